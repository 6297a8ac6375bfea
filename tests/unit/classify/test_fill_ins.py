"""Requests to write a secret, and passwords of words that look like one."""

from __future__ import annotations

import pytest

from secure_xcom.classify.fill_ins import LONGEST, MOST_WORDS, asks_for_a_secret
from secure_xcom.classify.orders import orders_to_change
from secure_xcom.classify.values import Strength, is_harmless

REQUESTS = (
    "dev-secret-key-change-in-production",
    "dev-jwt-secret-change-in-production-immediately",
    "change-this-secret-in-production",
    "change this secret key",
    "secret_key_change_me",
    "super-secret-key-please-replace-me",
    "jwt-secret-change-before-deployment",
    "put your unique phrase here",
    "paste_your_api_key_here",
    "insert the token of the bot here",
    "api_key_here",
    "token-goes-here",
    "your_64_char_hex_private_key_here____",
    "YOUR_32_BYTES_SECRET_KEY",
    "sk_test_placeholder",
    "placeholder_for_the_token",
    "dummy-api-key",
    "example_secret_key",
    "fake-token-for-test",
    "<REPLACE_WITH_BASE64_KEY>",
    "[your secret key]",
    "tu_clave_secreta_aqui",
    "sua-senha",
    "votre_cle",
    "dein-passwort-hier",
    "请修改为你的MySQL密码",
    "你的密钥",
    "your_yahoo_finance_api_key_here",
    "alpha_vantage_api_key_here",
    "smtp_username_here",
    "your-acme-portal-client-secret",
    "PleaseChangeMe!",
    "ThisTokenIsNotSoSecretChangeIt",
    "PRODUCTION_SECRET_KEY_MUST_BE_AT_LEAST_32_CHARACTERS_LONG_AND_SECURE",
    "PRODUCTION_API_KEY_MUST_BE_SECURE_AND_UNIQUE",
    "INSECURE_DEFAULT_JWT_SECRET_CHANGE_IN_PRODUCTION_MIN_32_CHARS",
    "CHANGE_ME_64_HEX_CHARS",
    "redis_secure_password_change_in_production",
    "replace_with_actual_secret_key",
    "USER_PASSWORD",
    "CAMBIAR_EN_PRODUCCION_min_32_chars",
    "GENERA_UNA_CLAVE_SEGURA_DE_64_CARACTERES_AQUI",
    "cambiar_esta_clave_super_secreta_jwt_de_64_caracteres",
    "GERE-UMA-SECRET-FORTE-PARA-PRODUCAO",
    "SEU-TOKEN-DO-PORTAL-AQUI",
    "TU_PASSWORD_DE_POSTGRES_AQUI",
    "tu_contraseña_aquí",
    "changez-cette-clé-en-production",
    "acme-jwt-secret-rotate-in-prod",
    "vibra_db_password_change_me",
    "CHANGE_ME_STRONG_OPERATOR_PASSWORD",
    "CHANGE_ME_DIFFERENT_BASE64_32_BYTE_KEY",
    "CHANGE-ME-use-openssl-rand-hex-32",
    "CHANGE-ME-get-from-openrouter-dashboard",
    "sk_test_CHANGE-ME",
    "whsec_REPLACE_ME",
    "tobemodified",
    "yourpassword",
    "YOUR_PASSKEY",
    "REDACTED_DB_PASSWORD",
    "????",
    "sk-or-v1-troque-aqui",
    "CAMBIAR_EN_PRODUCCION_generar_fernet_key",
    "apiSecret",
    "change-this-in-production",
    "change-this-to-a-secure-random-string",
    "replace-with-a-cryptographically-random-secret-key-32bytes",
    "demo_jwt_secret_change_me_abcdefghijklmnopqrstuvwxyz_1234567890",
    "yoursecretpassword",
    "--- change me now ---",
    "docker-dev-jwt-refresh-secret-change-in-prod-min32chars",
    "SU_CLAVE_SECRETA_PRODUCCION_MINIMO_32_CARACTERES",
    "USE_A_DIFFERENT_RANDOM_SECRET_MIN_32_CHARS",
    "HA_OIDC_CLIENT_SECRET",
    "paperflow_prod_change_me",
    "you_must_generate_a_random_string_of_more_than_twenty_chars_and_configure_this",
    "<base64-encoded>",
    "$_ENV['DB_PASSWORD']",
    "xxxxyourgithubtokenxxxx",
    "Füge hier deine Zeichenkette ein",
    "Mettez une phrase unique ici",
    "pon aquí tu frase aleatoria",
    "** LOADED FROM AZURE KEY VAULT **",
    "!env_var DUCKDNS_TOKEN",
    "!secret duckdns_token",
)

PASSWORDS = (
    "DragonChangeMe!",
    "change-this-dragon-in-production",
    "baby-please-change-me",
    "sunshine_live_change_me",
    "dragon_rider_change_me",
    "change_me_dragon_123",
    "TigerLilyChangeIt",
    "server-monitor-change-me",
    "tiger-lily-change-me",
    "CHANGE_ME_DRAGON",
    "CHANGE_ME_12",
    "$trongPassword",
    "SARAH-LOVES-GOOGLE-KEY",
    "GO_BLUE_ROOT_KEY",
    "WINTER_IS_COMING_ADMIN_PASSWORD",
    "QXKZPLMWNBV_NBVTRWSDXYZ_API_KEY",
    "cole-secret",
    "cola-google",
    "gib-admin",
    "be-the-change-now",
    "real-change-now",
    "use-a-strong-password",
    "use the key",
    "** in god we trust **",
    "** correct horse battery staple **",
    "You_must_set_sail",
    "You Must Generate Love Key",
    "** READ MY LIPS **",
    "** SET GVGSEJYIKK **",
    "!secret oqLQAZgOpxSEyUCx",
    "LOVE YOURSELF JWT KEY",
    "HORSE-EMAIL-KEY",
    "BLUE_MAX_EMAIL_SECRET",
    "<correct horse base64>",
    "<base64 oqLQAZgOpxSEyUCx>",
    "you must change your life",
    "!secret Tr0ub4dor.3",
    "!vault X9k2Qw8Lz7",
    "youradminpassword",
    "getenv('9fK2xQ7LmZpR4vTb')",
    "use-a-dragon-secret",
    "su-dragon-rojo",
    "HUNTER_2024_PASSWORD",
    "--- hunter2 now ---",
    "abcdefghijklmnopqrstuvwxyz_dragon",
    "yourdragonpassword",
    "yourpassword4711",
    "xxxxhunterxxxx",
    "demo-password",
    "Füge dem Drachen hunter2 ein",
    "** hunter2 **",
    "ChangeMe",
    "cambiar-mi-dragon-rojo",
    "troque-meu-coracao",
    "genera-luna-clave",
    "genera-clave-9fK2xQ7L",
    "cambiar-esta-clave-4711",
    "tu-dragon-rojo-clave-aqui",
    "mi-casa-token-aqui",
    "aqui-vive-el-dragon",
    "the-key-to-my-heart-is-here",
    "we-keep-the-secret-here",
    "salt-and-pepper-salt-here",
    "dragon-9fK2xQ7L-key-here",
    "your-9fK2xQ7L-api-key-here",
    "tiger-key-must-be-strong",
    "dragon-must-be-my-key",
    "DRAGON_PASSWORD",
    "WINTER_KEY_2024",
    "DB_PASSWORD_4711",
    "user_password",
    "Your_Password_123",
    "Your-Secret-2024",
    "your-dragon-password-2024",
    "your-acme-token-12345",
    "ChangePassword",
    "ChangeMasterPassword",
    "your-tiger-key-123456",
    "secret_key",
    "your-tiger-lily",
    "your-dragon-lily-secret-garden",
    "tiger-64-hex-chars",
    "change-is-the-only-key",
    "changes-in-my-secret-garden",
    "hunter2-secret-change-me",
    "secret-change-me-4711",
    "change-this-secret-482913",
    "change-me-secret-9fK2xQ7Lm",
    "change-in-the-key-of-life",
    "replace-in-my-heart-the-key",
    "replace-the-dragon",
    "put-the-kettle-on",
    "put-another-key-on-the-table",
    "here-lies-the-secret-of-tom",
    "the-dragon-sleeps-here",
    "the-dragon-key-is-here",
    "your-9fK2xQ7L-secret",
    "yours-truly-secret",
    "save-your-secret-for-later",
    "placeholder7Xk29fQz",
    "placeholder-9fK2xQ7L",
    "placeholder-winter-red",
    "blue-placeholder-lily-secret",
    "dummy-dragon-key",
    "example",
    "example-hunter-secret",
    "fake-plastic-trees",
    "sample-the-honey-token",
    "secret_firefly_password",
    "mi-casa-es-tu-password",
    "su-casa-bonita",
    "su-sesame-secret",
    "tu-casa-es-mi-clave",
    "tu-dragon-rojo",
    "votre-dame",
    "修改hunter2密码",
    "你的hunter2",
    "open sesame",
    "correct horse battery staple",
    "a secret 4711",
    "pin-4711-secret",
    "<tr0ub4dor&3>",
    "<dragon>",
    "secret-key!change-me!tr0ub4dor&3",
    "change-me-secret/9fK2",
    "change-me-secret=hunter",
    "dragon-key-change-with-moon",
    "update me tiger key",
    "your-secret-is-dragon",
    "your password is hunter",
    "your-token-winter-blue",
    "your-favourite-secret-book-of-poems",
    "Your-Dog-Ate-My-Key",
    "winter-red-placeholder",
    "add a little salt here",
    "put my key to the dragon here",
    "dragon-4711-hex-key-changeme",
    "prod-4711-char-key-change-me",
    "tu-luna-clave",
    "su-clave-perro",
    "sua-senha-lua",
    "deine-passwort-katze",
    "uw-wachtwoord-fiets",
    "你的名字叫王小明密码",
    "您的dragon密码",
    "CHANGE-ME-9fK2xQ7L",
    "CHANGE_ME_PASSWORD_4711",
    "whsec_9fK2change-me",
    "tobemodest",
    "yourpasswordisdragon",
    "REDACTED_9FK2",
    "sk-or-v1-dragon-aqui",
    "sk_live_dragon_key",
    "apiDragon",
    "4711...",
    "love...",
    "Pa55...",
    "HIDDEN_DRAGON",
    "MASKED_SINGER",
    "REDACTED_DRAGON",
    "dragon-the-key-update-me",
    "CHANGEME-16",
    "CHANGE_ME_256",
    "ghp_MASTER_KEY",
    "batman_endpoint_here",
    "你的爱password",
)


ORDERS = (
    "ChangeMe-Now-123!",
    "ChangeMe_StrongPassword_123!",
    "Please-Change-Me-1234!",
    "live-and-change-it",
    "ChangeMe_DragonPassword_123!",
    "zebra-lamp-secret-change-in-prod",
    "anna-secret-changeme",
    "dragon change me password",
    "CHANGE_ME_TIGER_LILY_PASSWORD",
    "change_me_dragon_password",
    "tiger_lily_db_password_change_me",
    "dragon_password_change_me",
    "db_password_dragon_change_me",
    "redis_dragon_key_change_me",
    "CHANGE_ME_dragon_password",
    "CHANGEME-tiger-key",
    "love-me-password-REPLACE_ME",
    "monkey-my-password-change-it",
)
"""Orders to change the text, with other words beside them that may be anybody's."""

UNORDERED = (
    "change-me-to-dragon-tail",
    "replace with tiger lily",
    "CHANGE_ME_PASSWORD_4711",
    "change-me-k3Jd92LmQx7v",
    "hunter2-secret-change-me",
    "change-me-secret=hunter",
    "the-exchange-me-dragon",
    "time-for-change-dragon",
    "changeme",
    "ChangeMe",
    "ChangeMe123!",
    "Changeme1!",
    "ChangeMe!Kupfer",
    "changeme-Sommerregen",
    "climate-change-in-production-hub",
    "replace-me-cobalt-otter-lamp",
    "changeme-kxqvbnztrwplmd",
    "changeme_VHJBWKQZLPMXCNRT",
    "change_me_secret_xkqjzvbwpm",
    "change-before-prod-WJXKQPZM",
    "change-me-key-WTFxqzpt",
)
"""Beside such an order, or what reads like one, stands what may be the secret."""


@pytest.mark.parametrize("text", ORDERS)
@pytest.mark.parametrize("strength", [Strength.STRONG, Strength.WEAK])
def test_an_order_to_change_a_text_says_that_it_is_no_secret(text: str, strength: Strength) -> None:
    assert is_harmless(text, strength)


@pytest.mark.parametrize("text", UNORDERED)
def test_what_is_more_than_words_beside_an_order_may_be_the_secret(text: str) -> None:
    assert not orders_to_change(text)


@pytest.mark.parametrize("text", REQUESTS)
@pytest.mark.parametrize("strength", [Strength.STRONG, Strength.WEAK])
def test_a_request_for_a_secret_is_none(text: str, strength: Strength) -> None:
    assert is_harmless(text, strength)


@pytest.mark.parametrize("text", PASSWORDS)
def test_words_that_ask_for_no_secret_may_be_one(text: str) -> None:
    assert not asks_for_a_secret(text)


@pytest.mark.parametrize("text", ["${DB_PASSWORD:-%s}", "${DB_PASSWORD:%s}", "${A:${B:%s}}"])
def test_a_default_is_what_stands_there(text: str) -> None:
    assert is_harmless(text % "your_database_password", Strength.STRONG)
    assert is_harmless(text % "false", Strength.STRONG)
    assert is_harmless(text % "", Strength.STRONG)
    for secret in ("hunter2", "4711", "dragon", "password", "admin", "secret-change-me-4711", "DRAGON", "H7"):
        assert not is_harmless(text % secret, Strength.STRONG), secret
        assert not is_harmless(text % secret), secret


@pytest.mark.parametrize(
    "text",
    [
        "%%9fK2xQ7L%%",
        "@hunter2@",
        "@dragon@",
        "__9fK2xQ7L__",
        "#{9fK2!xQ7L}#",
        "Bearer ${TOKEN}9fK2",
        "Bearer 9fK2xQ7L",
        "${A}9fK2xQ7L${B}",
        "https://${USER}:dragon@${HOST}/",
        "%%hunter%%",
    ],
)
def test_marks_around_more_than_a_name_hide_nothing(text: str) -> None:
    assert not is_harmless(text, Strength.STRONG)


@pytest.mark.parametrize(
    "text", ["%%DB_PASSWORD%%", "@db.password@", "__DB_PASSWORD__", "#{Db.Password}#", "Bearer ${API_TOKEN}"]
)
def test_a_name_between_marks_stands_for_a_secret(text: str) -> None:
    assert is_harmless(text, Strength.STRONG)


def test_a_long_text_is_no_request() -> None:
    assert not asks_for_a_secret("change-me-secret-" + "a" * LONGEST)
    assert not asks_for_a_secret("-".join(["secret", "change", "me"] * MOST_WORDS))
