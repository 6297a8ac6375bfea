"""``passwords``, ``keys``, ``tokens``, ``secrets`` and ``codes``: what these are called in other languages.

In Romance languages the noun comes first, as in ``clave_de_api`` and ``token_de_acceso``: what follows it is listed
too. Words that stand for other things as often, as ``clave`` does, are judged by what stands under them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from secure_xcom.classify.name_words import words

PASSWORDS: Final = words(
    """
    passwort kennwort contraseña contrasena senha palavra-passe mdp mot-de-passe mot-passe motdepasse
    motpasse parola-d-ordine wachtwoord hasło haslo parola heslo lösenord losenord passord adgangskode
    passwörter passwoerter contraseñas contrasenas senhas mots-de-passe wachtwoorden hasła hasla hesla
    kodeord salasana jelszó jelszo şifre sifre parool geslo lozinka kata-sandi mat-khau slaptazodis
    contrasenya mật-khẩu slaptažodis kata-laluan
    пароль пароли парола лозинка пин-код κωδικός κωδικός-πρόσβασης 密码 密碼 口令 パスワード
    暗証番号 비밀번호 패스워드 암호
    סיסמה סיסמא كلمة-المرور كلمة-السر رمز-عبور گذرواژه รหัสผ่าน पासवर्ड পাসওয়ার্ড პაროლი
    """
)
"""German, Spanish, Portuguese, French, Italian, Dutch, Polish, Romanian, Czech, Swedish, Norwegian, Danish, Finnish,
Hungarian, Turkish, Estonian, Slovene, Croatian, Indonesian, Vietnamese, Lithuanian, Catalan, Malay; Russian, Bulgarian,
Serbian, Greek, Chinese, Japanese, Korean, Hebrew, Arabic, Persian, Thai, Hindi, Bengali and Georgian."""

_FIRST: Final = words("contraseña contrasena senha mot-de-passe mdp password пароль")
_WHOSE: Final = words(
    """
    api usuario usuário utente utilisateur cliente client banco banque bd bdd base base-datos base-de-datos
    base-donnees correo email temporal temporaria temporária provisoria provisória temporaire provisoire inicial
    iniziale initial nueva nova nouveau maestra mestre maitre administrador administrateur aplicacion application
    servicio wifi actual atual
    бд базы базы-данных пользователя администратора админа почты сервиса сервера root smtp ftp
    """
)
"""Whose password it is, behind the noun."""

_KEYS: Final = words("clave llave chave chiave clé cle clef")
_OPENING: Final = words(
    """
    api acceso acces accès accesso privada privee privée prive privata secreta secrete secrète segreta cifrado
    criptografia chiffrement crittografia licencia licença signature maestra mestra
    """
)
"""What a key opens, behind the noun."""

_TOKENS: Final = words("token jeton gettone")
_USES: Final = words(
    """
    acceso acesso acces accès accesso sesion sesión sessao sessão session sessione autenticacion autenticación
    autenticacao autenticação authentification autenticazione refresco rafraichissement rafraîchissement aggiornamento
    actualizacion atualizacao api
    """
)

_SECRETS: Final = words("secreto segredo segreto geheimnis geheim")

_CODES: Final = words(
    """
    codigo-acceso código-acceso codigo-acesso código-acesso code-acces code-accès codice-accesso zugangscode
    toegangscode codigo-verificacion código-verificación codigo-verificacao código-verificação codice-verifica
    bestätigungscode bestaetigungscode verificatiecode kod-weryfikacyjny doğrulama-kodu dogrulama-kodu
    код-подтверждения код-доступа код-авторизации одноразовый-код 验证码 驗證碼 校验码 动态码
    認証コード 確認コード 인증번호 인증코드
    קוד-אימות رمز-التحقق mã-xác-nhận
    """
)

_ANSWERS: Final = words(
    """
    respuesta-secreta resposta-secreta reponse-secrete réponse-secrète risposta-segreta sicherheitsantwort
    geheime-antwort
    """
)
"""Answers to the question by which somebody who forgot a password is known."""

_OTHER_KEYS: Final = words(
    """
    api-schlüssel api-schluessel geheimer-schlüssel geheimer-schluessel privater-schlüssel privater-schluessel
    zugangsschlüssel zugangsschluessel zugriffsschlüssel zugriffsschluessel api-sleutel geheime-sleutel
    toegangssleutel klucz-api api-anahtari api-anahtarı ключ-api api-ключ ключ-доступа секретный-ключ
    密钥 密鑰 秘钥 私钥 秘密鍵
    apiキー アクセスキー シークレットキー api키 비밀키 시크릿-키 מפתח-api مفتاح-api
    """
)

_OTHER_TOKENS: Final = words("jeton токен 令牌 トークン アクセストークン 토큰 액세스-토큰 אסימון")


def passwords() -> Iterator[str]:
    """Yield names of passwords, their words joined by hyphens."""
    yield from PASSWORDS
    yield from _headed(_FIRST, _WHOSE)


def keys() -> Iterator[str]:
    """Yield names of keys that open something."""
    yield from _OTHER_KEYS
    yield from _headed(_KEYS, _OPENING)


def tokens() -> Iterator[str]:
    """Yield names of tokens that are handed out."""
    yield from _OTHER_TOKENS
    yield from _headed(_TOKENS, _USES)


def secrets() -> Iterator[str]:
    """Yield names of secrets."""
    yield from _SECRETS
    yield from _headed(_SECRETS, words("cliente client api app aplicacion aplicativo"))


def codes() -> Iterator[str]:
    """Yield names of codes that let somebody in."""
    yield from _CODES
    yield from _ANSWERS
    for name in _CODES:
        yield name.replace("-", "-de-")


def open_names() -> Iterator[str]:
    """Yield names that say nothing by themselves: ``clave`` is a key, a password, and the number of a product."""
    yield from _KEYS


def _headed(nouns: frozenset[str], others: frozenset[str]) -> Iterator[str]:
    """Yield each noun with each word that may follow it, and with a preposition between them."""
    for noun, other in product(sorted(nouns), sorted(others)):
        yield f"{noun}-{other}"
        yield from (f"{noun}-{preposition}-{other}" for preposition in ("de", "di"))
