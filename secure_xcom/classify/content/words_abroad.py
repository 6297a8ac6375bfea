"""``WORDS``: what texts call a password, a code to log in with, and a token or a key, in words that are not ASCII.

In most of these languages nouns are inflected, so a word stands here with the endings that it has before a value.
A low line stands for a blank.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from secure_xcom.classify.name_words import words


class Told(Enum):
    """What a word stands for, by which the text behind it is judged."""

    PASSWORD = "password"  # noqa: S105 - a kind
    CODE = "code"
    KEY = "key"


_PASSWORDS: Final = words(
    """
    пароль пароля паролем паролю паролі паролем парола паролата пароли лозинка лозинку лозинке пин-код пин-кода pin-код
    пінкод пинкод құпиясөз
    κωδικός κωδικό κωδικου κωδικού κωδικός_πρόσβασης κωδικό_πρόσβασης συνθηματικό
    密码 密碼 口令 暗号 パスワード ﾊﾟｽﾜｰﾄﾞ 暗証番号 パスコード 비밀번호 비번 패스워드 암호
    סיסמה סיסמא סיסמתך ססמה كلمة_المرور كلمة_مرور كلمة_السر كلمة_سر الرقم_السري رمز_عبور گذرواژه رمزعبور
    รหัสผ่าน mật_khẩu पासवर्ड কূটশব্দ পাসওয়ার্ড கடவுச்சொல் პაროლი գաղտնաբառ
    hasło hasła hasłem haśle şifre şifreniz şifreyi şifresi parolanız lösenord lösenordet jelszó jelszava jelszavad
    heslo_účtu slaptažodis slaptažodį contraseña contraseñas contrasenya
    """
)
"""Russian, Ukrainian, Bulgarian, Serbian, Kazakh; Greek; Chinese, Japanese and Korean; Hebrew, Arabic and Persian;
Thai, Vietnamese, Hindi, Bengali, Tamil, Georgian and Armenian; Polish, Turkish, Swedish, Hungarian, Czech, Lithuanian,
Spanish and Catalan."""

_CODES: Final = words(
    """
    код_подтверждения код_доступа код_авторизации код_проверки код_безопасности код_для_входа код_входа проверочный_код
    одноразовый_код одноразовый_пароль код_підтвердження код_доступу код_за_вход код_за_потвърждение ваш_код
    κωδικός_επαλήθευσης κωδικός_επιβεβαίωσης κωδικός_μιας_χρήσης
    验证码 驗證碼 校验码 校驗碼 动态码 動態碼 动态密码 動態密碼 确认码 確認碼 安全码 登录码
    認証コード 確認コード 認証番号 確認番号 ワンタイムパスワード セキュリティコード ログインコード
    인증번호 인증_번호 인증코드 인증_코드 확인코드 확인_코드 보안코드 보안_코드 일회용_비밀번호
    קוד_אימות קוד_האימות קוד_כניסה קוד_חד_פעמי رمز_التحقق رمز_التأكيد رمز_الدخول رمز_تحقق كود_التحقق کد_تایید کد_ورود
    รหัส_otp รหัสยืนยัน mã_xác_minh mã_xác_nhận mã_xác_thực mã_otp सत्यापन_कोड ओटीपी
    doğrulama_kodu doğrulama_kodunuz giriş_kodu güvenlik_kodu onay_kodu onay_kodunuz
    ověřovací_kód přihlašovací_kód overovací_kód hitelesítő_kód ellenőrző_kód código_de_verificación código_de_acceso
    """
)

_KEYS: Final = words(
    """
    токен токена токеном ключ_api api-ключ api-ключа api_ключ ключ_доступа секретный_ключ закрытый_ключ
    令牌 访问令牌 密钥 密鑰 秘钥 私钥 访问密钥 秘密鍵 トークン アクセストークン apiキー アクセスキー シークレットキー
    시크릿_키 액세스_키
    토큰 액세스_토큰 api_키 api키 인증_키 비밀_키 비밀키 מפתח_api אסימון مفتاح_api الرمز_المميز khóa_api mã_thông_báo
    klucz_dostępu gizli_anahtar api_anahtarı erişim_anahtarı přístupový_klíč clé_secrète clé_privée clé_d'accès
    geheimschlüssel zugriffsschlüssel zugangsschlüssel api-schlüssel
    """
)


def _spelled() -> Mapping[str, Told]:
    """Return each word as it is, with a capital, and in capitals."""
    kinds = {Told.PASSWORD: _PASSWORDS, Told.KEY: _KEYS, Told.CODE: _CODES}
    listed = ((kind, word.replace("_", " ")) for kind, all_of in kinds.items() for word in all_of)
    return {
        spelling: kind
        for kind, word in listed
        for spelling in (word, word.capitalize(), word.title(), word.upper())
        if not spelling.isascii()
    }


WORDS: Final = _spelled()
