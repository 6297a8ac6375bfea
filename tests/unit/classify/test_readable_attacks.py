"""Secrets beside what the rules leave readable: services, references, levels, measures, requests and commands."""

from __future__ import annotations

import pytest

from benchmarks.detection.detectors import policy
from secure_xcom.classify import scan
from secure_xcom.classify.content.invention import invent
from secure_xcom.classify.fill_ins import asks_for_a_secret
from secure_xcom.classify.values import Strength, is_harmless
from secure_xcom.model.value import findings_of

JSON = object
TOKEN = invent("dop_v1_<64 hex>")
Paths = set[tuple[str | int, ...]]

REQUESTS = (
    "your-jwt-secret-key-at-least-256-bits",
    "your-secret-key-must-be-at-least-32-characters-long",
    "your-256-bit-secret-key-here-must-be-long-enough",
    "your_super_secure_jwt_secret_key_32_chars_or_more_2024",
    "your-super-secret-jwt-key-change-this-12345",
    "your_sandbox_consumer_key_here",
    "your appPrivateKey",
    "your-aws-access-key",
    "dev-secret-change-in-production-32chars-min",
    "change-me-to-a-long-random-secret-at-least-32-bytes",
    "admin-password-need-to-change",
    "whsec_placeholder_change_me",
    "yourSecretKey",
    "sk_test_...",
    "$2a$...",
    "xxxx xxxx xxxx xxxx",
    "<generate with: openssl rand -base64 32>",
    "<at least 32 random characters>",
    "[<YOURKEYHERE>]",
    "\u5bc6\u7801",
    "\u6570\u636e\u5e93\u5bc6\u7801",
)

PASSWORDS = (
    "your-9fK2xQ7L-secret",
    "your-9fK2xQ7L-zz",
    "your-xkqjzvwpl",
    "your-xKqZpLmW-secret",
    "your-purple-elephant",
    "your-winter-blue-moon-secret",
    "your-tiger-lily-password",
    "your-dragon",
    "your-secret-4711",
    "your-secret-482913",
    "YOUR_9FK2XQ7L_KEY",
    "your_hunter2_password",
    "yourDragon",
    "changeDragon",
    "changeTigerPassword",
    "at-least-32-characters",
    "dragon-at-least-32-chars",
    "secret-32-chars",
    "tiger-secret-at-least-32-chars",
    "dragon-password-need-to-change",
    "change-me-to-dragon",
    "change-me-to-hunter2-secret",
    "sk_test_4",
    "sk_test_9fK2...",
    "hunter2...",
    "abc123...",
    "$2a$10$9fK2...",
    "shvq shvq shvq shvz",
    "vsie wpgx rkej jhfs",
    "<tr0ub4dor 3>",
    "<my pin 482913 digits>",
    "[<9fK2xQ7L>]",
    "\u5bc6\u7801123",
    "\u6211\u7684\u5bc6\u7801",
    "\u738b\u5c0f\u660e\u5bc6\u7801",
)

READABLE: dict[str, JSON] = {
    "a service called auth": {
        "auth": {"image": "acme/auth:1", "container_name": "acme-auth", "environment": {"TTL": "1"}, "ports": ["80:80"]}
    },
    "secrets of a service": {"api": {"image": "acme/api:1", "secrets": ["db_password", "jwt-private-key"]}},
    "a certificate of a route": {"host": "a.example", "tls_secret": "shop-tls"},
    "a store of secrets": {"secrets": {"clusterSecretStore": "acme-aws-secrets"}},
    "levels of logging": {"level": {"com.acme": {"auth.jwt": "debug"}, "root": "info"}},
    "users of credentials": {"credentials": {"usernames": ["ann", "client1"]}},
    "a person with credentials": {"credentials": {"usernames": {"ann": {"name": "Ann Lee", "email": "a@b.example"}}}},
    "an id in one word": {"auth": {"google": {"clientid": "432605547164-d7ovwa04jh.apps.example"}}},
    "an account of Twilio": {"auth": {"twilio": {"account_sid": "AC9fK2xQ7L", "enabled": True}}},
    "a period of a token": {"jwt": {"expire": 86400000, "user": "bob"}},
    "the site of a cookie": {"cookie": {"domain": "localhost", "path": "/"}},
    "measures of codes": {"totp": {"period": 30, "skew": 1, "enabled": True}},
    "how passwords are hashed": {"password": {"salt": {"size": 16}, "iteration": 10000}},
    "nothing in a Secret": {"kind": "Secret", "data": {"AWS_ACCESS_KEY_ID": "", "CODE": "MDE=", "PORT": "MQ=="}},
    "a kind of service in a Secret": {"kind": "Secret", "stringData": {"type": "rabbitmq", "region": "eu-west-1"}},
    "a connection string with capitals": {
        "ConnectionStrings": {"A": "Server=(localdb)\\db;Database=AuthCore;Trusted_Connection=True;"}
    },
    "an option of MySQL": ["mysql", "-pipeline"],
    "a join of tables": {"join_code": "LEFT OUTER"},
    "a host of curl": "curl -u host:8080",
    "a book": {"title": "The Secret Garden", "value": 12},
    "a code of a sale": "Use code 202512 at checkout for 20% off",
    "a code of SAP": "Enter code 100200 in SAP",
    "a code in parentheses": "use code 110220 (ICD)",
    "an attempt to log in": "INFO vault login attempt2 failed, vault login 10.0.0.12:8200 ok",
    "a code of a place": {"pincode": "560001", "city": "Mumbai"},
    "a key of a hub": {"hub_key": "a1b2c3d4e5f60718293a4b5c6d7e8f90"},
    "a certificate of a listener": {"hosts": ["a.example"], "ssl_secret": "wildcard-example-com"},
    "a service that is built beside": {"auth": {"build": "./auth", "ports": ["80:80"]}},
    "a word after a login": "vault login production",
    "a default that asks": {"x": "${JWT_SECRET:-dev-secret-key-change-in-production}"},
}

SEALED: dict[str, tuple[JSON, Paths]] = {
    "a token as a key of levels": ({"level": {TOKEN: "info"}}, {("level",)}),
    "a token as a key of levels of access": ({"access_level": {TOKEN: "all"}}, {("access_level",)}),
    "a token as a key of levels in levels": ({"level": {"a": {TOKEN: "info"}}}, {("level", "a")}),
    "an address as a key of levels in levels": (
        {"level": {"a": {"postgres://bob:tr0ub4dor9@db/x": "none"}}},
        {("level", "a")},
    ),
    "a passphrase of a listener": ({"host": "db", "ssl_secret": "correct-horse-battery-staple"}, {("ssl_secret",)}),
    "a word where an image is built": ({"token": {"build": "hunter2", "user": "bob"}}, {("token",)}),
    "a name that is a word of joins": ({"security_answer": "Cross"}, {("security_answer",)}),
    "four equal words": ({"password": "love love love love"}, {("password",)}),
    "a password that begins like an option": ("mysql -u root -port-4711 app", {()}),
    "a password that begins like a profile": ("mysql -u root -profile!9 app", {()}),
    "a server of Redis": ("redis-server --appendonly yes --requirepass hunter22", {()}),
    "a server of Redis in a list": (["redis-server", "--requirepass", "hunter22"], {(2,)}),
    "a PIN in a service": ({"auth": {"image": "acme/auth:1", "pin": "4711"}}, {("auth", "image"), ("auth", "pin")}),
    "a password in a service": (
        {"auth": {"image": "acme/auth:1", "environment": {"DB_PASSWORD": "tiger lily"}}},
        {("auth", "environment", "DB_PASSWORD")},
    ),
    "an image that is a word": ({"auth": {"image": "dragon", "tmpfs": "x"}}, {("auth", "image"), ("auth", "tmpfs")}),
    "a service called secrets": ({"secrets": {"image": "acme/a:1", "command": "dragon"}}, {("secrets",)}),
    "a password under the ports": (
        {"auth": {"image": "acme/a:1", "ports": "9fK2xQ7Lm"}},
        {("auth", "image"), ("auth", "ports")},
    ),
    "a phrase of a route": ({"host": "a.example", "tls_secret": "firefly_in_winter"}, {("tls_secret",)}),
    "a code of iterations": ({"password": {"iteration": 482913}}, {("password",)}),
    "a PIN as a strength": ({"password": {"strength": 4711}}, {("password",)}),
    "an id in a Secret": (
        {"kind": "Secret", "stringData": {"port": "1", "clientid": "x9"}},
        {("stringData", "clientid")},
    ),
    "an image alone": ({"token": {"image": "acme/auth:1"}}, {("token",)}),
    "a service called password": ({"password": {"image": "acme/db:1", "labels": "dragon"}}, {("password",)}),
    "words beside an image": ({"image": "acme/api:1", "secrets": ["tiger-lily"]}, {("secrets",)}),
    "a random secret beside an image": ({"image": "acme/api:1", "secrets": ["9fK2xQ7L_key"]}, {("secrets",)}),
    "a secret beside an image that is no name": (
        {"secrets": ["mysql.x7Hq2mZp"], "image": "mysql:8", "ports": ["1:1"]},
        {("secrets",)},
    ),
    "secrets beside no image": ({"secrets": ["db_password"], "image": 5}, {("secrets",)}),
    "a secret of a client": ({"host": "a.example", "client_secret": "tiger-lily"}, {("client_secret",)}),
    "a random secret of a route": ({"host": "a.example", "tls_secret": "a9-fK2xQ7"}, {("tls_secret",)}),
    "a word beside a route": ({"host": "a.example", "tls_secret": "dragon"}, {("tls_secret",)}),
    "a secret beside nothing": ({"tls_secret": "shop-tls"}, {("tls_secret",)}),
    "a password among levels": (
        {"level": {"auth.jwt": "debug", "password": "dragon"}},
        {("level", "auth.jwt"), ("level", "password")},
    ),
    "a PIN among levels": ({"level": {"pin": 4711}}, {("level", "pin")}),
    "a password of a person": (
        {"credentials": {"usernames": {"ann": {"name": "Ann Lee", "password": "dragon"}}}},
        {("credentials", "usernames", "ann", "password")},
    ),
    "a list of users": (
        {"staticPasswords": [{"email": "ann@a.example", "hash": "$2a$10$5u4sV1ZNhSAi", "username": "ann"}]},
        {("staticPasswords", 0, "hash")},
    ),
    "a user and something else": ({"credentials": [{"user": "bob", "x": "dragon"}]}, {("credentials",)}),
    "users, and one without a password": (
        {"passwords": [{"user": "bob", "password": "dragon"}, {"user": "tiger"}]},
        {("passwords",)},
    ),
    "a name that is a password": ({"credentials": [{"password": "x", "hunter2": None}]}, {("credentials",)}),
    "a switch that is a password": ({"credentials": [{"password": "x", "my-dog-rex": True}]}, {("credentials",)}),
    "a map in a list": ({"credentials": [{"password": "x", "user": {"dragon": "y"}}]}, {("credentials",)}),
    "a dict in a list": ({"credentials": [{"credentials": {"user": "dragon"}}]}, {("credentials",)}),
    "a password beside a note": (
        {"credentials": [{"user": "bob", "password": "dragon", "note": "tr0ub4dor&3"}]},
        {("credentials",)},
    ),
    "a sid of a session": ({"auth": {"sid": "9fK2xQ7LmZ", "user": "bob"}}, {("auth", "sid")}),
    "a phrase under a name": (
        {"auth": {"name": "correct horse battery", "user": "bob"}},
        {("auth", "name")},
    ),
    "a password among users": ({"credentials": {"usernames": ["tr0ub4dor&3"]}}, {("credentials", "usernames")}),
    "an id of a session": ({"auth": {"sessionid": "9fK2xQ7LmZ", "user": "bob"}}, {("auth", "sessionid")}),
    "an id that is secret": ({"auth": {"secretid": "dragon", "user": "bob"}}, {("auth", "secretid")}),
    "a code under a period": ({"jwt": {"expire": "dragon", "user": "bob"}}, {("jwt", "expire")}),
    "a cookie beside a site": ({"cookie": {"domain": "a.example", "sid": "9fK2xQ7LmZ"}}, {("cookie",)}),
    "a random site": ({"cookie": {"domain": "9fK2xQ7LmZ4bT8wR"}}, {("cookie",)}),
    "a code among measures": ({"otp": {"period": 30, "code": "482913"}}, {("otp",)}),
    "a number among measures": ({"otp": {"period": 482913}}, {("otp",)}),
    "a PIN in digits": ({"otp": {"timeout": "4711"}}, {("otp",)}),
    "a password beside its cost": ({"password": {"iteration": 10000, "value": "dragon"}}, {("password",)}),
    "a PIN in a Secret": ({"kind": "Secret", "stringData": {"port": "1", "x": "471"}}, {("stringData", "x")}),
    "a word under a kind": (
        {"kind": "Secret", "stringData": {"port": "1", "type": "dragon"}},
        {("stringData", "type")},
    ),
    "a word under a region": (
        {"kind": "Secret", "stringData": {"port": "1", "region": "tiger-lily-1"}},
        {("stringData", "region")},
    ),
    "a key of a Redis": ({"redis_key": "hunter2"}, {("redis_key",)}),
    "a phrase under a user in a Secret": (
        {"kind": "Secret", "stringData": {"port": "1", "user": "correct horse battery"}},
        {("stringData", "user")},
    ),
    "a connection with a password": (
        {"ConnectionStrings": {"A": "Server=db;Database=AuthCore;Password=dragon;"}},
        {("ConnectionStrings",)},
    ),
    "a connection under no name": ({"x": "server=db;port=1;user=root;password=rootpassword;"}, {("x",)}),
    "a password of MySQL": (["mysql", "-pipelines4"], {(1,)}),
    "a program beside its arguments": ({"command": ["mysql"], "args": ["-pHunter2x", "-u", "root"]}, {("args", 0)}),
    "a program in words": ({"command": "redis-cli -h db", "args": ["-a", "hunter22"]}, {("args", 1)}),
    "a command of an entrypoint": ({"entrypoint": ["/bin/mysql"], "command": ["-pHunter2x"]}, {("command", 0)}),
    "a code of an invitation": ({"join_code": "LEFT48"}, {("join_code",)}),
    "a word of an invitation": ({"join_code": "LEFT DRAGON"}, {("join_code",)}),
    "a PIN of curl": ("curl -u ann:8080 https://a.example", {()}),
    "a password of curl at a host": ("curl -u host:hunter22 https://a.example", {()}),
    "a token of Vault": ("vault login s.4XkLmQ92dkTTa8xY", {()}),
    "a token of Vault in a list": (["vault", "login", "-no-print", "s.4XkLmQ92dkTTa8xY"], {(3,)}),
    "a key that is set": ("aws configure set aws_secret_access_key wJ4lrXUtnFEMIK7MDENGbPxRfiCYab", {()}),
    "a key that is set for a profile": (["aws", "configure", "set", "p.aws_secret_access_key", "wJ4lrXUtnFEM"], {(4,)}),
    "a code to use": ("Use code 482913 to sign in", {()}),
    "a code to enter": ("Enter code 48291377.", {()}),
    "a field with a title": ({"title": "Password", "value": "dragon"}, {("value",)}),
    "a PIN with a title": ({"title": "PIN:", "value": "4711", "short": True}, {("value",)}),
    "a default that is a password": ({"x": "${JWT_SECRET:-dragon-key-9fK2xQ7L}"}, {("x",)}),
    "a line with a part at random": ("DB_PASSWORD=your-9fK2xQ7L-zz", {()}),
    "a line with a random secret of yours": ("DB_PASSWORD=your_9fK2xQ7L_secret", {()}),
}


def _sealed(value: JSON) -> Paths:
    return {finding.path for finding in findings_of(scan(value, "return_value", policy()))}  # type: ignore[arg-type]


@pytest.mark.parametrize("text", REQUESTS)
def test_a_text_that_asks_for_a_secret_is_none(text: str) -> None:
    assert is_harmless(text, Strength.STRONG)


@pytest.mark.parametrize("text", PASSWORDS)
def test_a_password_that_looks_like_a_request_is_sealed(text: str) -> None:
    assert not asks_for_a_secret(text)
    assert not is_harmless(text, Strength.STRONG)


@pytest.mark.parametrize("value", READABLE.values(), ids=READABLE.keys())
def test_what_holds_no_secret_is_readable(value: JSON) -> None:
    assert _sealed(value) == set()


@pytest.mark.parametrize(("value", "sealed"), SEALED.values(), ids=SEALED.keys())
def test_a_secret_beside_what_is_readable_is_sealed(value: JSON, sealed: Paths) -> None:
    assert _sealed(value) == sealed
