"""Passwords, codes and keys in texts of other languages, beside words that are not ASCII."""

from __future__ import annotations

from pathlib import Path

import pytest

from secure_xcom.assembly.policy import build_policy
from secure_xcom.classify import scan
from secure_xcom.classify.content.told_abroad import secrets_abroad, words_abroad
from secure_xcom.classify.policy import Policy
from secure_xcom.model.value import Node, findings_of
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost

SECRETS = [
    "логин;пароль\nivan;Qw7kd92mX\npetr;Kd82mmXq\n",
    "用户名,密码\nadmin,Qw7kd92mX\nli,Kd82mmXq\n",
    "| ユーザー | パスワード |\n|---|---|\n| ann | kf93JdkQ2 |\n",
    '{"пароль": "Qw7kd92mX"}',
    '{"密码": "Qw7kd92mX"}',
    'log: {"пароль": "Qw7kd92mX"}',
    "login: ann\nпароль: Qw7kd92mX\n",
    "пароль=Qw7kd92mX",
    "Логин: ivan, пароль: Qw7kd92mX",
    "Здравствуйте! Ваш новый пароль для входа в систему: Qw7kd92mX",
    "Ваш временный пароль — Qw7kd92mX.",
    "Вы можете войти с паролем Qw7kd92mX",
    "您的登录密码已重置为 Qw7kd92mX,请尽快修改",
    "新しいパスワードはQw7kd92mXです。",
    "임시 비밀번호는 Qw7kd92mX 입니다.",
    "初始密码（首次登录）：Qw7kd92mX",
    "Twoje hasło to Qw7kd92mX",
    "Hasło do bazy: zima2024",
    "Şifreniz: Qw7kd92mX",
    "Nowe hasło tymczasowe: Qw7kd92mX",
    "heslo: Qw7kd92mX",
    "parola: Qw7kd92mX",
    "Vaše heslo je Qw7kd92mX",
    "salasana: Qw7kd92mX",
    "lösenord: Qw7kd92mX",
    "mật khẩu của bạn là Qw7kd92mX",
    "كلمة المرور الخاصة بك هي Qw7kd92mX",
    "הסיסמה שלך היא Qw7kd92mX",
    "รหัสผ่านของคุณคือ Qw7kd92mX",
    "Ο κωδικός πρόσβασης σας είναι Qw7kd92mX",
    "Ваш код подтверждения: 4829",
    "123456 是您的验证码",
    "483920 — ваш код подтверждения",
    "Doğrulama kodunuz: 483920",
    "токен: 9d8sk29d8sKKw0dkq92m",
    "密钥：9d8sk29d8sKKw0dkq92m",
    "APIキー: 9d8sk29d8sKKw0dkq92m",
    "mot de passe: Qw7kd92mX",
    "Pin-код: 4821",
    "db_user=ann\nпароль_бд=Qw7kd92mX",
]

HARMLESS = [
    "токенизатор_ruBERT_v2_2024",
    "şifrelemeAES256GCM",
    "密码错误：E1017",
    "密码长度：12-64",
    "パスワードエラー：E1017",
    "密码已重置",
    "密码长度至少8位",
    "请输入密码：",
    "密码：请输入",
    "密码: ******",
    "пароль: изменён",
    "Пароль: минимум 8 символов",
    "Пароль должен содержать 8 символов",
    "Введите пароль: ",
    "Код ошибки: 483920",
    "код города: 495",
    "Забыли пароль? Перейдите на https://acme.ru/reset",
    "パスワード：8文字以上",
    "パスワードを変更しました 2026-11-28",
    "비밀번호 변경 완료 2026-11-28",
    "密码使用SHA256加密",
    "密码哈希算法 bcrypt-12",
    "пароль хранится в vault-prod-01",
    "пароль истекает 2026-12-31",
    "пароль пользователя ivan.petrov@acme.ru изменён",
    "пароль: ${DB_PASSWORD}",
    "密码: {{ conn.db.password }}",
    "пароль: <введите пароль>",
    "токен получен: true",
    "Токен: истёк",
    "токенов использовано: 12345678901234567890",
    "令牌数量: 4096",
    "Hasło zostało zmienione 2026-11-28",
    "hasło: wymagane",
    "parola è richiesta",
    "Schlüssel: customer_id",
    "Schlüssel: 550e8400-e29b-41d4-a716-446655440000",
    "ключ доступа: /etc/keys/deploy_key.pem",
    "密钥路径: /etc/keys/prod/deploy_key.pem",
    "验证码已发送至 13800138000",
    "验证码有效期 5 分钟",
    "验证码错误 10086",
    "Ваш заказ 483920 оформлен",
    "Пароль v2.14.0 release",
    "密码 policy-v2 已启用",
    "пароль от пользователя user123 не принят",
]

NAMES = {
    "请输入密码": "Hunter2x9!",
    "登录密码": "Qw7kd92mX",
    "初期パスワード": "Qw7kd92mX",
    "초기비밀번호": "Qw7kd92mX",
    "пароль_бд": "Qw7kd92mX",
    "كلمة المرور": "Qw7kd92mX",
    "รหัสผ่าน": "Qw7kd92mX",
    "mật_khẩu": "Qw7kd92mX",
    "ключ_API": "9d8sk29d8sKKw0dkq92m",
    "接口密钥": "9d8sk29d8sKKw0dkq92m",
    "短信验证码": "483920",
    "код подтверждения": "483920",
    "doğrulama kodu": "483920",
}

HARMLESS_NAMES = {
    "密码长度": 8,
    "пароль_истекает": "2026-12-31",
    "ключ": "customer_id",
    "код": "483920",
    "токенов": 4096,
}


@pytest.fixture(scope="module")
def policy() -> Policy:
    return build_policy(Settings.parse({}, Path("/nowhere")), FakeHost(listed=()))


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_noticed_behind_a_word_of_another_language(text: str, policy: Policy) -> None:
    assert _is_noticed(text, policy)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_speaks_of_passwords_in_another_language_is_left_alone(text: str, policy: Policy) -> None:
    assert not _is_noticed(text, policy)


@pytest.mark.parametrize("name", NAMES)
def test_a_secret_is_noticed_under_a_name_of_another_language(name: str, policy: Policy) -> None:
    assert _is_noticed({name: NAMES[name]}, policy)


@pytest.mark.parametrize("name", HARMLESS_NAMES)
def test_a_harmless_name_of_another_language_is_left_alone(name: str, policy: Policy) -> None:
    assert not _is_noticed({name: HARMLESS_NAMES[name]}, policy)


def test_the_secret_alone_is_what_logs_mask() -> None:
    text = "Ваш временный пароль — Qw7kd92mX. 密码为Kd82mmXq，请修改"
    spans = [span for _, span in secrets_abroad(text, words_abroad(text))]
    assert [text[slice(*span)] for span in spans] == ["Qw7kd92mX.", "Kd82mmXq"]


def test_a_text_in_ascii_is_not_looked_at() -> None:
    assert words_abroad("parol: Qw7kd92mX") == ()


def _is_noticed(value: Node, policy: Policy) -> bool:
    return next(findings_of(scan(value, "return_value", policy)), None) is not None
