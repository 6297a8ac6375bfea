"""What is harmless under the name of a secret."""

import secrets
import string
from random import Random
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.classify.values import LONGEST_HARMLESS, MOST_PARTS, Strength, is_harmless

RANDOM = "q7Rw2" + "ZkP9xLm4Vt8"

ALWAYS_HARMLESS: dict[str, object] = {
    "nothing": None,
    "a bool": True,
    "an empty text": "",
    "spaces": "   ",
    "an empty dict": {},
    "an empty list": [],
    "a mask": "***",
    "a mask of bullets": "••••••••",
    "a redaction": "[REDACTED]",
    "Terraform's mask": "(sensitive value)",
    "Jinja": "{{ var.value.db_password }}",
    "a variable of a shell": "${DB_PASSWORD}",
    "a bare variable": "$DB_PASSWORD",
    "a variable of Windows": "%DB_PASSWORD%",
    "a variable of GitHub": "${{ secrets.TOKEN }}",
    "a word in brackets": "<your token>",
    "a name of a service in brackets": "<your_n2yo_api_key>",
    "a parameter of Symfony's": "%database_password%",
    "a parameter of Symfony's that is one word": "%secret%",
    "a variable of Symfony's": "%env(DATABASE_PASSWORD)%",
    "a line": "-",
    "a reference of App Engine's": "sm://projects/acme-1/secrets/JWT_SECRET/versions/latest",
    "a request to change it in development": "change-me-in-dev",
    "a request to generate it": "generateme",
    "a request with a size": "generate-a-random-64-character-string-here",
    "the beginning of a token and a run": "sk-ant-" + "xxxxx",
    "a placeholder": "changeme",
    "a placeholder with an owner": "YOUR_API_KEY",
    "a placeholder that speaks": "insert-token-here",
    "crosses": "xxxxxxxx",
    "an example of AWS": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "an ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf",
    "a name in Google's store": "projects/acme/secrets/db/versions/latest",
    "a path": "/run/secrets/db_password",
    "a path with a step below a root of Unix": "/opt/hunter2",
    "a name in braces": "{db_password}",
    "a key of Google's": "projects/acme/locations/eu/keyRings/r/cryptoKeys/k/cryptoKeyVersions/3",
    "a resource of Azure": f"/subscriptions/{'1234abcd-12ab-34cd-56ef-1234567890ab'}/resourceGroups/g/providers/"
    "Microsoft.KeyVault/vaults/v",
    "a name in a region of Google's store": "projects/acme/locations/eu/secrets/db/versions/3",
    "a resource of IBM's": "crn:v1:bluemix:public:kms:us-south:a/acme:4e5f:key:6a7b",
    "a key of a Secret of Kubernetes": {"valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
    "a resource of Oracle": "ocid1.key.oc1.eu-frankfurt-1.abc.def",
    "the kind of authorization": {"type": "CUSTOM", "authorizerId": "a1b2c3"},
    "what a service tells of a key": {
        "name": "ci",
        "ownerArn": "arn:aws:iam::123456789012:role/ci",
        "dnsViewId": "view-1",
        "createdAt": "2024-01-01T00:00:00Z",
        "description": "for the pipeline, until 2025",
        "authorizationUrl": "https://example.org/authorize",
        "allowedNames": ["a", "b"],
    },
    "names that people give": {"name": "Backup2Prod2026Credentials", "key_arn": "arn:aws:kms:x:1:key/9fK2xQ77aZ0pLmQ9"},
    "a list of what a service tells": [{"name": f"key-{number}", "status": "active"} for number in range(100)],
    "a key of a Secret alone": {"name": "db", "key": "postgres-password", "optional": False},
    "no number": float("nan"),
    "infinity": float("inf"),
    "a number with a fraction": 1556311319.069,
    "a moment": "2024-01-01T12:00:00Z",
    "a moment with a zone": "2024-01-01 12:00:00.123+02:00",
    "a request with a number": "YOUR_CLIENT_KEY_1",
    "a schema": {"type": "string", "enum": ["read", "write"], "example": "<your key>"},
    "a schema of a field that may be empty": {"type": ["string", "null"], "default": "", "maxLength": 64},
    "a placeholder that shouts": "!!changeme!!",
    "a request without signs": "REPLACEMEWITHANACTUALKEY",
    "a request between lines": "------ Stripe Secret Key here ------",
    "a description of a length": "data encryption key with 32 char",
    "nothing in quotes": "''",
    "a default that shouts": "${POSTGRES_PASSWORD:-!ChangeMe!}",
    "a file of a Secret of Kubernetes": "tls.crt",
    "a variable with a length for a default": {"length": "${OTP_LENGTH:6}"},
    "a request with a description": "change-me-to-a-long-random-key",
    "a request with a format": "replace-with-base64-encoded-32-byte-key",
    "a request that shouts": "REPLACE_ME_WITH_A_SECURE_PASSWORD",
    "an order": "generate_a_new_key",
    "an order with a place": "get_the_secret_of_above_key",
    "question marks": "??",
    "the beginning of a token": "sk-",
    "the beginning of a token and question marks": "sk-??",
    "a name of Spring's": "${app.s3.access-key}",
    "a polite request": "PLEASE_REPLACE_WITH_32_CHAR_CODE",
    "a request in Chinese": "\u586b\u5199\u4f60\u7684AccessKey",
    "a variable that Supabase reads": "env(S3_SECRET_KEY)",
    "measures of a password": {"length": 16, "expires_in_days": 90},
    "a path with an extension": "/etc/ssl/private/server.key",
    "a name in Vault": "vault:secret/data/db#password",
    "how somebody logs in": {"mode": "rbac", "provider": "github"},
    "a moment of Airflow's": {"__classname__": "datetime.datetime", "__version__": 2, "__data__": {"timestamp": 1.7e9}},
    "a description of a secret": {
        "SecretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf",
        "rotation": True,
    },
}

PUBLIC_KEY = "-----BEGIN PUBLIC KEY-----\n" + "MFkwEwYHKoZIzj0CAQYI\n" * 6 + "-----END PUBLIC KEY-----\n"

HARMLESS_UNDER_A_WEAK_NAME: dict[str, object] = {
    "a count": 4096,
    "a large count": 12_345_678,
    "a huge number": 10**5000,
    "a count as a text": "4096",
    "a date": "2024-01-01",
    "a status": "ENABLED",
    "a kind of authentication": "Bearer",
    "a member of an enumeration": "AWS_IAM",
    "a file of credentials": "kafka1_keystore_creds",
    "a path from home": "~/.ssh/id_rsa",
    "a path of Windows": "C:\\keys\\server.pem",
    "a path of Windows as JSON has it": "C:\\\\keys\\\\server.json",
    "a file of SQLite": "sqlite:////opt/airflow/airflow.db",
    "SQLite in memory": "sqlite+pysqlite:///:memory:",
    "a database whose password is a variable": "postgresql+psycopg2://${DB_USER}:${DB_PASSWORD}@postgres/${DB}",
    "a database of a user with a variable": "mysql://app:{{ db_password }}@db.internal:3306/sales",
    "a file": "server.key",
    "an object": "s3://bucket/keys/server.pem",
    "a public key of OpenSSH": "ssh-ed25519 " + "AAAAC3NzaC1lZDI1NTE5" * 3 + " me@example.org",
    "a long public key of OpenSSH": "ssh-rsa " + "AAAAB3NzaC1yc2EAAAAD" * 40,
    "a public key": PUBLIC_KEY,
    "a database without a password": "mongodb+srv://cluster0.example.mongodb.net",
    "a database with a masked password": "postgresql+psycopg2://app:***@db.example.org:5432/orders",
    "a user with a masked password": "app:***",
    "a database of Windows": "Data Source=DB1;Initial Catalog=SALES;Integrated Security=True;",
    "the host of a database": "db-1.example.rds.example.org:3306",
    "a database of Java's": "jdbc:mysql://localhost:3306/sales?useSSL=false&serverTimezone=UTC",
    "a server of Java's": "jdbc:sqlserver://db1:1433;databaseName=sales;encrypt=true;",
    "a database with a dash": "mongodb://127.0.0.1:27017/bar-members",
    "a machine with a port": "203.0.113.118:6379",
    "a database of Go's": "root:@tcp(mariadb:3306)/sales",
    "a module of JAAS": "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;",
    "a transport of Symfony's": "doctrine://default?auto_setup=0",
    "a file among Java's classes": "classpath:credentials/rp-private.key",
    "a service that speaks gRPC": "grpc://localhost:8086",
    "a database of Oracle's": "db.example.org:1521/orders",
    "statuses": {"a": "active", "b": ["inactive", 3]},
}

KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"

OF_A_KEY_SERVICE: dict[str, object] = {
    "an id": KEY_ID,
    "an id with its kind": f"key/{KEY_ID}",
    "an id of several regions": "mrk-" + "1234abcd" * 4,
    "an alias": "alias/data",
    "an algorithm": "AES256",
    "an algorithm with its mode": "aes-256-gcm",
    "a dict with an id and a kind": {"id": f"arn:aws:kms:eu-west-1:123456789012:key/{KEY_ID}", "type": "KMS"},
    "a dict with an id alone": {"keyId": "data-key-7", "type": "CUSTOMER_MANAGED_KEY"},
    "a list of such dicts": [{"kmsKeyId": KEY_ID}],
}
"""Harmless under an encryption key: what tells which key of a key service is meant."""

NEVER_HARMLESS: dict[str, object] = {
    "a default of a schema": {"type": "string", "default": RANDOM},
    "an example of a schema": {"type": "string", "example": RANDOM},
    "a schema with a value": {"type": "string", "value": RANDOM},
    "a kind that no schema has": {"type": "Opaque", "example": RANDOM},
    "a request with another number": "YOUR_CLIENT_KEY_4711",
    "a moment and more": "2024-01-01T12:00:00Z" + RANDOM,
    "a random text": RANDOM,
    "a long random text": RANDOM * 20,
    "a text beyond what is looked at": "/etc/" + "a" * LONGEST_HARMLESS,
    "a PEM": "-----BEGIN " + "PRIVATE KEY-----\nMIIE",
    "a PEM after a public key": PUBLIC_KEY + "-----BEGIN " + "PRIVATE KEY-----\nMIIE",
    "a text after a public key": "ssh-rsa AAAAB3NzaC1yc2E me\n" + RANDOM,
    "a database with a password": "postgresql://app:" + RANDOM + "@db.example.org/orders",
    "a database of Java's with a password": "jdbc:mysql://localhost:3306/sales?user=ann&password=dragon",
    "a database of Java's with a user and a password": "jdbc:mysql://ann:dragon@localhost:3306/sales",
    "a server of Java's with a password": "jdbc:sqlserver://db1:1433;databaseName=sales;password=dragon",
    "an option that nobody knows": "jdbc:postgresql://db1/sales?dragon=9fK2xQ7L",
    "a number with a port": "4711.4711:6379",
    "a database of Go's with a password": "root:dr@g0n-9@tcp(mariadb:3306)/sales",
    "a variable with a password for a default": {"length": "${OTP_LENGTH:hunter2}"},
    "a variable with a code for a default": {"length": "${OTP_LENGTH:48291374}"},
    "a module of JAAS with options": 'org.x.PlainLoginModule required username="a" password="hunter2";',
    "a default with signs": "${POSTGRES_PASSWORD:-!dr@gon!}",
    "a server of mail with a password": "smtp://bob:dr@g0n-9@mail.internal",
    "a transport with a secret": "doctrine://default?token=9fK2xQ77",
    "a word between signs of per cent": "%hunter%",
    "a random text between signs of per cent": "%q7Rw2ZkP%",
    "a key in the query of SQLite": "sqlite:///x.db?key=" + RANDOM,
    "a password of SQLite": "sqlite+pysqlcipher://:dragon@/x.db",
    "a database with a variable for its user": "postgresql://${DB_USER}:dragon@postgres/sales",
    "a database with a variable and a password": "postgresql://app:${DB_PASSWORD}@db/sales?password=" + RANDOM,
    "the beginning of a token": "sk-ant-" + RANDOM,
    "words and a number": "correct horse battery staple 32",
    "a password after a request": "replacemewithX9fK2xQ7Lm",
    "a password between lines": "------ tr0ub4dor&3 here ------",
    "a password beside a masked one": "postgresql://app:***@db.example.org/orders?password=" + RANDOM,
    "a password that ends in a mask": f"postgresql://app:{RANDOM}***@db.example.org/orders",
    "a password after a mask": "app:***" + RANDOM,
    "a mask as the user": f"***:{RANDOM}@db.example.org",
    "a secret where Kubernetes names one": {"secretKeyRef": {"name": "db", "key": RANDOM}},
    "the secret of an approle": {"role_id": "web", "secret_id": RANDOM},
    "a session's cookie": {"session_id": RANDOM},
    **{
        f"a random text under {name}": {name: "9fK2xQ77" + "aZ0pLmQ9"}
        for name in ("ref", "at", "state", "source", "endpoint", "database_name", "description")
    },
    "a random text in an address": {"url": "https://example.org/hooks/" + "9fK2xQ77" + "aZ0pLmQ9"},
    "a random text in a list of names": {"names": ["ci", "9fK2xQ77" + "aZ0pLmQ9"]},
    "a word after the name of a key's kind": "ssh-rsa hunter2Zx9pLmQ9aZ0",
    "an address with a user": {"name": "db", "endpoint": "https://app:" + RANDOM + "@db.example.org"},
    "an address with a query": {"name": "file", "url": "https://example.org/file?key=" + RANDOM},
    "a secret beside a description": {"description": "for the pipeline", "value": RANDOM},
    "a key beside its name": {"name": "prod", "key": RANDOM},
    "a long number": 4_242_424_242_424_242,
    "a text that begins with a template": "{{ prefix }}" + RANDOM,
    "a template with a default": "${DB_PASSWORD:-" + RANDOM + "}",
    "a template of Jinja with a default": "{{ x | default('" + RANDOM + "') }}",
    "a text that begins with a mask": "***" + RANDOM,
    "a request with a number at its end": "change-to-the-real-password-123",
    "a request in Chinese with a secret": "\u586b\u5199\u4f60\u7684hunter2",
    "a passphrase with your": "save-your-tears-for-another-day",
    "another passphrase with your": "keep-your-secrets",
    "a request with a secret": "change-me-to-hunter2xK9",
    "an order with a secret": "replace-with-hunter2xK9",
    "a format with a number": "replace-with-base64-1234",
    "the beginning of a song": "get-the-party-started",
    "a default of Spring's": "${db.password:-hunter2}",
    "a default of a shell": "${a-secret}",
    "a database of Windows with a password": "Server=db1;Database=sales;Uid=sa;Pwd=hunter2xK9;",
    "a function of a secret": "env(9fK2xQ7LmZpR)",
    "a length that is a text": {"length": RANDOM},
    "a password that begins with a slash": "/hunter2",
    "a password with two slashes": "/hunter2/x",
    "braces around more than a name": "{hunter-2!}",
    "base64 that begins with a slash": "/9j/4AAQ+kZJ" + RANDOM + "==",
    "a secret among harmless ones": {"type": "Bearer", "value": RANDOM},
    "a secret in a list": ["", RANDOM],
    "too many parts": [0] * (MOST_PARTS + 1),
    "too many parts that describe": {f"{number}_name": "x" for number in range(MOST_PARTS + 1)},
    "bytes": b"x",
}


@pytest.mark.parametrize("strength", Strength, ids=lambda strength: strength.value)
@pytest.mark.parametrize("value", ALWAYS_HARMLESS.values(), ids=ALWAYS_HARMLESS)
def test_what_cannot_be_a_secret_is_harmless_under_any_name(value: object, strength: Strength) -> None:
    assert is_harmless(value, strength)


@pytest.mark.parametrize("value", HARMLESS_UNDER_A_WEAK_NAME.values(), ids=HARMLESS_UNDER_A_WEAK_NAME)
def test_a_strong_name_makes_a_secret_of_what_is_harmless_under_a_weak_one(value: object) -> None:
    assert is_harmless(value)
    assert not is_harmless(value, Strength.STRONG)


@pytest.mark.parametrize(
    "strength",
    [each for each in Strength if each not in (Strength.OPAQUE, Strength.DRAWN, Strength.CHOSEN)],
    ids=lambda strength: strength.value,
)
@pytest.mark.parametrize("value", NEVER_HARMLESS.values(), ids=NEVER_HARMLESS)
def test_what_may_be_a_secret_is_harmless_under_no_name(value: object, strength: Strength) -> None:
    assert not is_harmless(value, strength)


@pytest.mark.parametrize("value", ["hunter2", "admin", 4711, "4711", "2024-01-01", "password", 0])
def test_a_password_may_be_a_word_a_number_or_a_date(value: object) -> None:
    assert not is_harmless(value, Strength.STRONG)


VARIABLES: dict[str, tuple[object, bool]] = {
    "letters of both cases and digits": ("FaXbGf5gkhswzDqSMYI42QCPYoHsu5MI", True),
    "the same with a sign": ("FaXbGf5gkhswz_DqSMYI42QCPYoHsu5MI", True),
    "a path": ("data/2026/01/File1234567890xyz", False),
    "a class": ("org.apache.kafka.MyClass1Serializer", False),
    "a number of an order": ("ORD-2026-Abc1234567890xyz", False),
    "32 bytes in base64": ("l0lkQCers9e4fHoKifvYNR88gGM4T4PvGF/qDqbY1UO=", True),
    "a key of Fernet": ("8Jq-xV_c0aH2-wq3k1F0mJv7oXcPqZ2s5n9T4uYbE6M=", True),
    "the key of a licence": ("2K7QW-9RT4X-B3N8M-6HJ5P-YC2VD", True),
    "words in groups of equal length": ("NORTH-SOUTH-EAST1-WESTS", False),
    "numbers in groups of equal length": ("4242-4242-4242-4242", False),
    "small letters and digits": ("on22z66ysn71ft51un2w943u862q9ex38", True),
    "capitals and digits": ("YS9PVMU789AM4MFGBC10", True),
    "words and numbers": ("orders2026backup20260101", False),
    "a path that ends with a sign": ("data/File1234567890/xyz=", False),
    "a digest": ("c8c0ea1c4a6b199b3429722512fbd17f", False),
    "a digest in capitals": ("C8C0EA1C4A6B199B3429722512FBD17F", False),
    "an id": ("1f2e3d4c-0000-4000-8000-1a2b3c4d5e6f", False),
    "a short text": ("FaXbGf5gkhswzDqSMYI", False),
    "a text with spaces": ("the Key of 2 customers in all", False),
    "a number": (4_242_424_242_424_242, False),
    "a dict": ({"a": "FaXbGf5gkhswzDqSMYI42QCPYoHsu5MI"}, False),
}


@pytest.mark.parametrize(
    "value",
    [
        "Monthly_Revenue_Report_2024",
        "Census_2020_Population_By_Age",
        "Run42_Model_ResNet50_Best",
        "RevenueByRegion2026Chart",
    ],
)
def test_words_with_a_number_are_no_key_that_was_drawn(value: str) -> None:
    assert is_harmless(value, Strength.DRAWN)


@pytest.mark.parametrize(("length", "most"), [(20, 0.06), (32, 0.02)])
def test_few_keys_that_were_drawn_are_taken_for_words(length: int, most: float) -> None:
    drawn = Random(7)
    keys = ["".join(drawn.choices(string.ascii_letters + string.digits, k=length)) for _ in range(2000)]
    assert sum(is_harmless(key, Strength.DRAWN) for key in keys) <= most * len(keys)


@pytest.mark.parametrize(("value", "is_secret"), VARIABLES.values(), ids=VARIABLES)
def test_a_key_that_nobody_lists_is_what_was_drawn(value: object, is_secret: bool) -> None:
    assert is_harmless(value, Strength.DRAWN) is not is_secret


@pytest.mark.parametrize(("value", "is_secret"), VARIABLES.values(), ids=VARIABLES)
def test_a_key_of_an_unknown_service_is_what_looks_random(value: object, is_secret: bool) -> None:
    assert is_harmless(value, Strength.OPAQUE) is not is_secret


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@given(JSON)
def test_what_is_harmless_under_a_strong_name_is_so_under_a_weak_one(value: object) -> None:
    assert is_harmless(value) or not is_harmless(value, Strength.STRONG)


def test_a_dict_of_a_million_names_is_not_read() -> None:
    names = {f"{number}_name": "x" for number in range(1_000_000)}
    started = perf_counter()
    is_harmless(names)
    assert perf_counter() - started < 0.05


def test_a_cycle_is_not_harmless_and_ends() -> None:
    cycle: list[object] = []
    cycle.append(cycle)
    assert not is_harmless(cycle)


@pytest.mark.parametrize(
    "piece",
    [
        "a/",
        "a.",
        "{{",
        "${",
        "x",
        "X-",
        "*",
        "your_",
        "your_a_",
        "<a ",
        "/etc/a",
        "A_",
        "-",
        "crn:v1:",
        "a:1521/a",
        "tcp://a",
        "a:***",
        "a://a:***@",
        "ssh-rsa A",
        "a-.",
        "a******",
        "!ref a.",
        "<base64 a ",
    ],
)
def test_no_pattern_backtracks(piece: str) -> None:
    # Only short texts reach a pattern. One that backtracks takes hours for the longest of them.
    longest = piece * (LONGEST_HARMLESS // len(piece))
    started = perf_counter()
    for text in (longest, longest[:-1] + "\0", longest[:-1] + "\n/"):
        is_harmless(text)
    assert perf_counter() - started < 1


@pytest.mark.parametrize(
    ("value", "harmless"),
    [
        (["the", "quick", "brown", "fox"], True),
        ([1, 17, 4096], True),
        ("in_progress", True),
        ([secrets.token_hex(16)], False),
        (["9fK2xQ-7fjw"], False),
    ],
    ids=["words", "numbers", "a word", "random", "letters, digits and signs"],
)
def test_what_mostly_counts_something_is_a_secret_only_if_it_is_hard_to_guess(value: object, harmless: bool) -> None:
    assert is_harmless(value, Strength.FAINT) is harmless


@pytest.mark.parametrize("value", OF_A_KEY_SERVICE.values(), ids=OF_A_KEY_SERVICE)
def test_what_names_a_key_of_a_key_service_is_harmless_where_such_a_key_is_meant(value: object) -> None:
    assert is_harmless(value, Strength.STORED)


@pytest.mark.parametrize("value", [KEY_ID, "alias/" + RANDOM, {"id": RANDOM, "type": "x"}], ids=["id", "alias", "dict"])
@pytest.mark.parametrize("strength", [Strength.WEAK, Strength.STRONG], ids=lambda strength: strength.value)
def test_the_same_is_not_harmless_under_other_names(value: object, strength: Strength) -> None:
    assert not is_harmless(value, strength)


@pytest.mark.parametrize(
    "value", [{"type": RANDOM, "value": RANDOM}, {"id": KEY_ID, "plaintext": RANDOM}, RANDOM + "=="]
)
def test_a_key_itself_is_not_harmless(value: object) -> None:
    assert not is_harmless(value, Strength.STORED)


@pytest.mark.parametrize(
    ("value", "is_secret"),
    [
        ("Cinnamon-Bridge12", True),
        ("k7#mPq92x", True),
        ("Qw7kd92mX", True),
        ("refreshed", False),
        ("password1", False),
        ("at least 8 characters", False),
        ("Passwort ist zu schwach, 8 Zeichen", False),
        ("${DB_PASSWORD_1}", False),
        ("2026-11-28", False),
        (4711, False),
        ({"value": "Cinnamon-Bridge12"}, False),
        (None, False),
    ],
)
def test_only_what_looks_chosen_counts_where_a_name_may_mean_anything(value: object, is_secret: bool) -> None:
    assert is_harmless(value, Strength.CHOSEN) is not is_secret
