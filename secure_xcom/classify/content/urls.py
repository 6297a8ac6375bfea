"""Rules for URLs and connection strings that hold credentials or a signature."""

from __future__ import annotations

import re
from string import ascii_letters, digits
from typing import Final
from urllib.parse import unquote

from secure_xcom.classify.content.late import late
from secure_xcom.classify.content.placeholders import is_placeholder
from secure_xcom.classify.content.rule import Rule, row
from secure_xcom.classify.fill_ins import asks_for_a_secret
from secure_xcom.classify.randomness import looks_drawn

_NEAR: Final = 1024
"""Characters around a signature in which the rest of its URL stands."""

_LONGEST_PASSWORD: Final = 128
"""Characters of a user and a password before ``@tcp(``."""

_DIGEST: Final = late(r"sha(?:256|384|512):")

_USERS_OF_EXAMPLES: Final = frozenset(("me", "login", "name", "account", "uid", "usr", "myuser", "dbuser", "db_user"))

_LONGEST_USER: Final = 64
"""Characters of a user before ``:password@``."""

_HOST_OF_EXAMPLES: Final = late(
    r"(?:(?:[\w-]{1,63}\.){0,4}example\b|(?:my|your|db|the)?[._-]?(?:host|hostname|server|address|endpoint|proxy|account)\b|[^\w\[])",
    re.IGNORECASE,
)


def _is_password(found: re.Match[str]) -> bool:
    user, password = found["user"], found["secret"]
    is_port = password.isdigit() and len(password) <= 5 and ("." in user or user == "localhost")
    is_digest = _DIGEST().match(found.string, found.end()) is not None
    if "@" in user and _PORT_OF_ANOTHER().match(password) is not None:
        # Several hosts, each with its user.
        return False
    password = unquote(password)
    stands_for_one = is_placeholder(password) or asks_for_a_secret(password)
    return not (is_port or is_digest or stands_for_one or _is_version(password))


_PORT_OF_ANOTHER: Final = late("[0-9]{2,5}(?:,|$)")


def _is_default(found: re.Match[str]) -> bool:
    before = found.string[max(0, found.start() - _LONGEST_USER) : found.start()]
    slashes, user = before.rpartition("//")[1:]
    return bool(slashes) and _is_deployed(found, user)


def _is_deployed(found: re.Match[str], user: str) -> bool:
    """Whether neither the user nor the host is one of an example."""
    return (
        bool(user)
        and user.lower() not in _USERS_OF_EXAMPLES
        and not is_placeholder(user)
        and re.search(r"[\s:/@]", user) is None
        and _HOST_OF_EXAMPLES().match(found.string, found.end()) is None
    )


def _is_password_before(found: re.Match[str]) -> bool:
    around = found.string[max(0, found.start() - _LONGEST_PASSWORD) : found.start()]
    before = around.rsplit(None, 1) if ":" in around else ()
    user, colon, password = (before[-1] if before else "").rpartition("=")[2].partition(":")
    return bool(user and colon and password) and not is_placeholder(password)


def _is_beside_a_host(found: re.Match[str]) -> bool:
    """Whether other keywords of libpq stand around it, and nobody is asked to write a password."""
    secret, around = found["secret"], _around(found)
    is_connection = any(keyword in around for keyword in ("host=", "dbname=", "hostaddr=")) and "user=" in around
    return is_connection and not is_placeholder(secret) and not asks_for_a_secret(secret)


def _follows_a_login(found: re.Match[str]) -> bool:
    """Whether a user and a password stand right before an address.

    A text made for it has such an address at each tenth character: a regular expression would take ten times as long.
    """
    before, slash, password = found.string[max(0, found.start() - _LONGEST_LOGIN) : found.start()].rpartition("/")
    password = password.strip('"')
    rest = before.rstrip(_OF_USER)
    is_user = before[len(rest) : len(rest) + 1].isalpha() and not rest.endswith(("/", ".", "-", "@"))
    is_password = len(password) >= _SHORTEST_PASSWORD and not any(map(password.__contains__, " \t\n\r'\"@{}$<>&"))
    return bool(slash) and is_user and is_password and not is_placeholder(password)


_LONGEST_LOGIN: Final = 256
_SHORTEST_PASSWORD: Final = 3
_OF_USER: Final = f"{ascii_letters}{digits}_$#"
"""Characters of the name of a user of Oracle's."""


def _is_in_braces(found: re.Match[str]) -> bool:
    """Whether a string of ODBC is around it, and no template puts something in its place."""
    if _FILLED_IN().fullmatch(found["secret"]) is not None:
        return False
    # Not by a pattern, which takes fifty times as long for a text that is made of nothing else.
    around = _around(found).lower()
    return any(keyword in around for keyword in _OF_ODBC)


_FILLED_IN: Final = late(
    r"[A-Za-z_][A-Za-z_.]*[0-9]?|[a-z_][a-z0-9_.]*|[A-Z_][A-Z0-9_.]*|#\w*#|"
    r"[A-Za-z_][\w.]*(?:\[[^\]]*\]|\([^)]*\))+|[a-z_][a-z0-9_.]*(?:![rsa]|:\w{0,16})",
    re.ASCII,
)
"""What a template puts a value in the place of: a name, an item, a call, and how it is written."""

_OF_ODBC: Final = ("driver=", "server=", "dsn=", "uid=")


def _is_version(text: str) -> bool:
    return re.fullmatch(r"v?[0-9]+(?:\.[0-9]+)+", text) is not None


def _around(found: re.Match[str]) -> str:
    return found.string[max(0, found.start() - _NEAR) : found.end() + _NEAR]


def _is_shared_access_signature(found: re.Match[str]) -> bool:
    around = _around(found)
    return re.search(r"[?&;\"'\s](?:amp;)?s[evrp]=", around) is not None


def _is_cloud_front(found: re.Match[str]) -> bool:
    around = _around(found)
    if "/login/embed/" in around and "nonce=" in around:
        # Looker's signed address of a page that is embedded.
        return True
    return "Key-Pair-Id=" in around or "AccessKeyId=" in around or "GoogleAccessId=" in around or "Expires=" in around


RULES: Final[tuple[Rule, ...]] = (
    row(
        "url-credentials",
        "User and password in a URL or a connection string",
        "Signs in to the server that the URL names.",
        "://",
        # The host follows the last sign: people forget to escape those in a password, as in ``p@ssw0rd``.
        r"(?<=[A-Za-z0-9+])://(?P<user>[^\s:/?#\"'<>\\]{0,128}+):(?P<secret>[^\s@/?\"'<>\\]{1,512}+"
        r"(?>@(?=[^\s@/?\"'<>\\]{1,128}+@)[^\s@/?\"'<>\\]{1,128}+){0,3}+)@(?=[\w.\[\-%$({*@])",
        example="postgresql://ann:<12 base62>@db.internal:5432/sales",
        counterexample="https://host:8080/path@v1",
        source="https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1",
        boundary="",
        entropy=0,
        check=_is_password,
    ),
    row(
        "url-default-credentials",
        "A user in a URL whose password is the word for one",
        "Servers for development are set up so, and some of them stay.",
        ":password@ :passwd@ :pass@ :secret@",
        r":(?>password|passwd|pass|secret)@(?=[\w.\[])",
        example="postgres://postgres:password@localhost:5432/sales",
        counterexample="postgres://user:password@host:5432/sales",
        source="https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1",
        boundary="",
        entropy=0,
        check=_is_default,
    ),
    row(
        "url-guessed-credentials",
        "A user in a URL with a password that everybody tries first",
        "Signs in to the server as the user.",
        "://",
        r"(?<=[A-Za-z0-9+])://(?P<user>[^\s:/?#@\"'<>\\]{1,128}+):(?>1234|qwert)[^\s@/?\"'<>\\]{0,64}+@(?=[\w.\[])",
        example="mongodb://root:1234567a@mongo.internal:27017",
        counterexample="mongodb://user:123456@example.com",
        source="https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1",
        boundary="",
        entropy=0,
        check=lambda found: _is_deployed(found, found["user"]),
    ),
    row(
        "oracle-easy-connect",
        "User and password before an address of Oracle's",
        "Signs in to the database as the user.",
        "@//",
        r"@//[\w.\-]{1,253}+:(?>15[0-9]{2}|2484)/[\w.$#]{1,128}+",
        example="scott/<12 base62>@//db.internal:1521/sales",
        counterexample="scott@//db.internal:1521/sales",
        source="https://docs.oracle.com/en/database/oracle/oracle-database/23/sqpug/starting-SQL-Plus.html",
        boundary="",
        entropy=0,
        check=_follows_a_login,
    ),
    row(
        "jdbc-oracle-credentials",
        "User and password in a JDBC URL of Oracle",
        "Signs in to the database.",
        "jdbc:oracle:",
        r"jdbc:oracle:[a-z0-9]{2,8}+:(?P<user>[^\s/@:]{1,64}+)/(?P<secret>[^\s@]{1,128}+)@",
        example="jdbc:oracle:thin:scott/<12 base62>@//db.internal:1521/sales",
        counterexample="jdbc:oracle:thin:@//db.internal:1521/sales",
        source="https://docs.oracle.com/en/database/oracle/oracle-database/23/jjdbc/data-sources-and-URLs.html",
        boundary="",
        entropy=0,
    ),
    row(
        "libpq-password",
        "Password in quotes in a connection string of PostgreSQL",
        "Signs in to the database.",
        ("password='",),
        r"password='(?P<secret>[^'\n]{3,128}+)'",
        example="host=db.internal dbname=sales user=ann password='<8 lower> <8 lower>' sslmode=require",
        counterexample="host=db.internal dbname=sales user=ann password='your password' sslmode=require",
        source="https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE",
        entropy=0,
        check=_is_beside_a_host,
    ),
    row(
        "odbc-password",
        "Password in braces in a connection string of ODBC",
        "Signs in to the database.",
        "PWD={ Pwd={ pwd={ PASSWORD={ Password={ password={",
        r"(?>PWD|Pwd|pwd|PASSWORD|Password|password)=\{(?P<secret>(?>[^{}\s]|\}\}){3,128}+)\}(?=[;\"'\s]|$)",
        example="DRIVER={ODBC Driver 18 for SQL Server};SERVER=db.internal;UID=etl;PWD={<16 base62>};Encrypt=yes",
        counterexample="DRIVER={ODBC Driver 18 for SQL Server};SERVER=db.internal;UID=etl;PWD={password};Encrypt=yes",
        source="https://learn.microsoft.com/sql/relational-databases/native-client/applications/using-connection-string-"
        "keywords-with-sql-server-native-client",
        entropy=0,
        check=_is_in_braces,
    ),
    row(
        "mysql-dsn-credentials",
        "User and password in a DSN of Go's MySQL driver",
        "Signs in to the database.",
        "@tcp( @unix(",
        r"@(?>tcp|unix)\(",
        example="ann:<12 base62>@tcp(db.internal:3306)/sales",
        counterexample="ann@tcp(db.internal:3306)/sales",
        source="https://github.com/go-sql-driver/mysql#dsn-data-source-name",
        boundary="",
        entropy=0,
        check=_is_password_before,
    ),
    row(
        "aws-presigned-url",
        "Presigned URL of Amazon S3 and other AWS services",
        "Reads or writes the object until the URL expires.",
        "X-Amz-Signature= x-amz-signature= X-Amz-Signature%3D",
        r"[Xx]-[Aa]mz-[Ss]ignature(?>=|%3D)(?P<secret>[0-9a-f]{64})",
        example="https://bucket.s3.amazonaws.com/key?X-Amz-Expires=300&X-Amz-Signature=<64 hex>",
        counterexample="https://bucket.s3.amazonaws.com/key?X-Amz-Signature=EXAMPLE",
        source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html",
        boundary="",
    ),
    row(
        "google-signed-url",
        "Signed URL of Google Cloud Storage",
        "Reads or writes the object until the URL expires.",
        "X-Goog-Signature= x-goog-signature= X-Goog-Signature%3D",
        r"[Xx]-[Gg]oog-[Ss]ignature(?>=|%3D)(?P<secret>[0-9a-f]{64,1024}+)",
        example="https://storage.googleapis.com/bucket/key?X-Goog-Expires=300&X-Goog-Signature=<256 hex>",
        counterexample="https://storage.googleapis.com/bucket/key?X-Goog-Signature=SIGNATURE",
        source="https://cloud.google.com/storage/docs/access-control/signed-urls",
        boundary="",
    ),
    row(
        "signed-url",
        "Signed URL of Amazon CloudFront, of older S3 clients, of Alibaba's OSS or of Looker",
        "Reads the object until the URL expires, or signs in once.",
        "Signature= signature=",
        r"[Ss]ignature=(?P<secret>[A-Za-z0-9%~_+/=\-]{24,1024}+)",
        example="https://<13 lower>.cloudfront.net/key?Expires=1700000000&Signature=<120 base62>&Key-Pair-Id=K<13 upp"
        "er>",
        counterexample="https://host/key?Signature=<30 base62>",
        source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-canned-policy.html",
        boundary=r"A-Za-z0-9_\-",
        check=_is_cloud_front,
    ),
    row(
        "azure-shared-access-signature",
        "Shared access signature of Azure",
        "Reads or writes what it names until it expires.",
        "sig= sig%3D",
        r"sig(?>=|%3D)(?P<secret>[A-Za-z0-9%+/\-_]{40,96}+={0,2}+)",
        example="https://logs.blob.core.windows.net/raw?sv=2022-11-02&se=2030-01-01&sr=c&sp=r&sig=<43 base62>%3D",
        counterexample="https://host/page?sig=<43 base62>",
        source="https://learn.microsoft.com/azure/storage/common/storage-sas-overview",
        check=_is_shared_access_signature,
    ),
    row(
        "oracle-preauthenticated-url",
        "Address of an object of Oracle Cloud that needs no login",
        "Reads or writes the object until it expires.",
        ".oraclecloud.com/p/",
        r"\.oraclecloud\.com/p/(?P<secret>[\w\-]{30,128}+)/n/",
        example="https://objectstorage.eu-frankfurt-1.oraclecloud.com/p/<43 url-safe>/n/example/b/reports/o/q1.csv",
        counterexample="https://objectstorage.eu-frankfurt-1.oraclecloud.com/n/example/b/reports/o/q1.csv",
        source="https://docs.oracle.com/en-us/iaas/Content/Object/Tasks/usingpreauthenticatedrequests.htm",
        boundary="",
    ),
    row(
        "oracle-preauthenticated-path",
        "Path of an object of Oracle Cloud that needs no login",
        "Reads or writes the object until it expires.",
        "/p/",
        r"/p/(?=[^A-Z/]{0,128}+[A-Z])(?=[^0-9/]{0,128}+[0-9])(?P<secret>[\w\-]{43,128}+)/n/[\w\-]{1,64}+/b/",
        example="/p/<64 url-safe>/n/example/b/reports/o/q1.csv",
        counterexample="/n/example/b/reports/o/q1.csv",
        source="https://docs.oracle.com/en-us/iaas/Content/Object/Tasks/usingpreauthenticatedrequests.htm",
        boundary="",
    ),
    row(
        "url-key-as-user",
        "Address with a key in the place of a user",
        "Signs in with the key: there is no password.",
        "://",
        r"(?<=https)://(?P<secret>[A-Za-z0-9]{20,256}+)@(?![\w.\-]{1,253}+(?>:[0-9]{1,5}+)?+/[0-9]{1,16}+(?![\w/]))(?=[\w\-])",
        example="https://<32 base62>@shop.internal/api/orders",
        counterexample="https://<32 hex>@shop.internal/api/orders",
        source="https://devdocs.prestashop-project.org/8/webservice/",
        boundary="",
        check=lambda found: looks_drawn(found["secret"]),
    ),
    row(
        "swift-temporary-url",
        "Temporary address of an object of OpenStack Swift",
        "Reads or writes the object until it expires.",
        "temp_url_sig=",
        r"temp_url_sig=(?P<secret>[0-9a-f]{40,128}+)",
        example="https://swift.internal/v1/AUTH_a/media/film.mkv?temp_url_sig=<64 hex>&temp_url_expires=1827532800",
        counterexample="https://swift.internal/v1/AUTH_a/media/film.mkv?temp_url_sig=",
        source="https://docs.openstack.org/swift/latest/api/temporary_url_middleware.html",
    ),
)
