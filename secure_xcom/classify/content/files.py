"""Rules for files that hold credentials: netrc, pgpass, Docker's, Kubernetes' and Google's."""

from __future__ import annotations

import re
from typing import Final

from secure_xcom.classify.content.decoded import holds_a_password
from secure_xcom.classify.content.late import late
from secure_xcom.classify.content.placeholders import is_placeholder
from secure_xcom.classify.content.rule import Rule, row
from secure_xcom.classify.content.values import is_secret_value
from secure_xcom.classify.cookies import NO_SESSION

_NEAR: Final = 2048
"""Characters after the beginning of a manifest in which its data stand."""

_SHORTEST: Final = 4
"""Characters below which a value of a manifest is no secret."""

_KIND: Final = late(r"kind: [\"']?Secret[\"']?\s")


def _has_login(found: re.Match[str]) -> bool:
    text, stop = found.string, found.start()
    start = max(0, stop - _LONGEST_ENTRY)
    # A text made for it has such a word at each tenth character: one search, and no copy.
    login = text.find("login", start, stop)
    return login >= 0 and (text.find("machine ", start, stop) >= 0 or text.find("default login", start, stop) >= 0)


_LONGEST_ENTRY: Final = 512
"""Characters of an entry of netrc before its password."""


def _is_of_a_secret(found: re.Match[str]) -> bool:
    """Whether the manifest is a secret's, before or after its data: its keys have no order."""
    around = found.string[max(0, found.start() - _NEAR) : found.end() + _NEAR]
    if _KIND().search(around) is None:
        return False
    values = (line.partition(":")[2].strip(" \"'") for line in found["lines"].splitlines())
    return any(len(value) >= _SHORTEST and not is_placeholder(value) for value in values)


def _is_in_a_session(found: re.Match[str]) -> bool:
    """Whether a client of FTP reads the line: its command, or the line that opens the connection, stands before."""
    before = found.string[max(0, found.start() - _LONGEST_LINE) : found.start()]
    return _SESSION().search(before) is not None and _is_password(found)


def _is_password(found: re.Match[str]) -> bool:
    return is_secret_value("password", found["secret"], is_quoted=False, is_line=True)


_LONGEST_LINE: Final = 256

_SESSION: Final = late(
    r"(?:(?<!\w)|(?<=\\n))(?:open [\w-]{1,63}(?:\.[\w-]{1,63}){1,8}(?: [0-9]{2,5})?|"
    r"ftp (?:-[a-z]{1,8} ){0,4}[\w.-]{2,253}(?: <<-? ?['\"]?\w{1,16}['\"]?)?)$",
    re.ASCII,
)


def _is_no_resource(found: re.Match[str]) -> bool:
    """Whether a line does not begin as the name of a resource of AWS, in which a star stands for a region."""
    if not found[0].startswith(":*:"):
        return True
    before = found.string[max(0, found.start() - 64) : found.start()]
    return _RESOURCE().search(before) is None


def _is_a_session(found: re.Match[str]) -> bool:
    """Whether scripts of a page cannot read the cookie, or its name says what it is."""
    line = found.string[max(0, found.start() - _LONGEST_DOMAIN) : found.start()].rpartition("\n")[2]
    is_hidden = line.startswith("#HttpOnly_") and NO_SESSION.search(found["name"]) is None
    return is_hidden or _OF_SESSION().search(found["name"]) is not None


_LONGEST_DOMAIN: Final = 512
"""Characters of a line before the rest of it: a domain and a path."""

_OF_SESSION: Final = late("(?i:sess|(?<![a-z])sid(?![a-z])|token|auth(?!or)|jwt|remember|csrf|xsrf)")

_RESOURCE: Final = late(r"arn:aws[^\s\"']{0,56}$")

RULES: Final[tuple[Rule, ...]] = (
    row(
        "netrc-password",
        "Password in a netrc file",
        "Signs in to the machine.",
        ("password ", "password\t", "passwd "),
        r"passw(?>or)?+d\s{1,8}+(?P<secret>[^\s#]{3,256}+)",
        example="machine api.internal login ann password <12 base62>",
        counterexample="machine api.internal login ann",
        source="https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html",
        boundary="",
        entropy=0,
        check=_has_login,
    ),
    row(
        "ftp-password",
        "Password after the user in a script of FTP",
        "Signs in to the server.",
        ("USER ", "quote user "),
        r"(?>USER|quote user)[ \t]{0,8}+[^\s]{1,64}+[ \t]{0,8}+\r?+\n[ \t]{0,16}+(?>quote )?+(?>PASS|pass)[ \t]{1,8}+"
        r"[\"']?+(?P<secret>[^\s\"']{3,128}+)[\"']?+[ \t]{0,8}+(?=\r?+\n|$)",
        example="USER ann\nPASS <12 base62>\n",
        counterexample="USER ann\nPASS ***\n",
        source="https://www.rfc-editor.org/rfc/rfc959#section-4.1.1",
        boundary=r"\w",
        entropy=0,
        check=_is_password,
    ),
    row(
        "ftp-login",
        "User and password in a script of FTP",
        "Signs in to the server.",
        ("\nuser ", "\nUSER "),
        r"\n(?>user|USER)[ \t]{1,8}+[^\s]{1,64}+[ \t]{1,8}+(?P<secret>[^\s]{3,128}+)[ \t]{0,8}+(?=\r?+\n)",
        example="open files.internal\nuser ann <12 base62>\nbinary\n",
        counterexample="open files.internal\nuser ann\nbinary\n",
        source="https://www.gnu.org/software/inetutils/manual/html_node/ftp-invocation.html",
        boundary="",
        entropy=0,
        check=_is_in_a_session,
    ),
    row(
        "pgpass-line",
        "Line of PostgreSQL's password file",
        "Signs in to the database.",
        ":5432: :5433: :6432: :6543: :5439: :26257: :*:",
        r":(?>5432|5433|6432|6543|5439|26257|\*):[^\s:]{1,64}+:[^\s:]{1,64}+:(?P<secret>[^\s:]{3,256}+)(?!\S)",
        example="db.internal:5432:sales:ann:<12 base62>",
        counterexample="db.internal:5432:sales:ann",
        source="https://www.postgresql.org/docs/current/libpq-pgpass.html",
        boundary="",
        entropy=0,
        check=_is_no_resource,
    ),
    row(
        "cookie-jar",
        "Session in a file of cookies, as curl and wget keep it",
        "Acts as the user until the session ends.",
        ("\tTRUE\t", "\tFALSE\t"),
        r"\t(?>TRUE|FALSE)\t/[^\t\n]{0,256}+\t(?>TRUE|FALSE)\t[0-9]{1,12}+\t(?P<name>[^\s=;]{1,128}+)\t(?P<secret>[^\s]{16,4096}+)(?=\r?+\n|$)",
        example="#HttpOnly_api.internal\tFALSE\t/\tTRUE\t0\tJSESSIONID\t<32 HEX>\n",
        counterexample="api.internal\tFALSE\t/\tTRUE\t0\t_ga\tGA1.2.<9 digits>.<10 digits>\n",
        source="https://curl.se/docs/http-cookies.html",
        boundary="",
        check=_is_a_session,
    ),
    row(
        "cloud-init-password",
        "Password of a user in cloud-init's settings",
        "Signs in to the machine as the user.",
        "chpasswd:",
        r"chpasswd:\s{1,64}+(?>expire: \w{1,8}+\s{1,64}+)?+list:\s{0,4}+(?>\|[+-]?+)?+\s{1,64}+(?>- )?+[\w.\-]{1,64}+:"
        r"(?P<secret>[^\s:]{3,256}+)",
        example="chpasswd:\n  list: |\n    ann:<12 base62>\n",
        counterexample="chpasswd:\n  expire: false\n",
        source="https://cloudinit.readthedocs.io/en/latest/reference/modules.html#set-passwords",
        boundary="",
        entropy=0,
        check=_is_password,
    ),
    row(
        "snmp-community",
        "Community of SNMP in the settings of a router",
        "Reads what the router knows of its network, and changes it where the community may write.",
        ("snmp-server community ",),
        r"snmp-server community (?P<secret>[^\s\"'<>]{3,64}+)",
        example="snmp-server community <12 base62> RO",
        counterexample="snmp-server community <removed> RO",
        source="https://www.rfc-editor.org/rfc/rfc3584#section-5",
        entropy=0,
        check=_is_password,
    ),
    row(
        "sql-user-password",
        "Password of a user in SQL",
        "Signs in to the database as the user.",
        ("PASSWORD '", "password '", "Password '", "IDENTIFIED BY '", "identified by '"),
        r"(?>PASSWORD|[Pp]assword|IDENTIFIED BY|identified by) '(?P<secret>[^'\r\n]{3,128}+)'",
        example="CREATE USER load WITH PASSWORD '<12 base62>'",
        counterexample="CREATE USER load WITH PASSWORD '***'",
        source="https://www.postgresql.org/docs/current/sql-createrole.html",
        boundary="",
        entropy=2.0,
    ),
    row(
        "docker-auth",
        "Registry credentials of Docker's config.json",
        "Pulls and pushes images as its owner.",
        ('auth":', 'auth" :', 'auth\\":', "_auth=", "_auth =", ":_auth"),
        r"(?>:?+_auth\s{0,2}+=|auth\\{0,2}+\"\s{0,2}+:)\s{0,4}+\\{0,2}+\"?+(?P<secret>[A-Za-z0-9+/]{8,1024}+={0,2}+)",
        example='{"auths": {"registry.internal": {"auth": "<b64 ann:a-password-4711>"}}}',
        counterexample='{"auths": {"registry.internal": {}}}',
        source="https://docs.docker.com/reference/cli/docker/login/",
        boundary="",
        check=holds_a_password,
    ),
    row(
        "kubernetes-secret",
        "Manifest of a Kubernetes secret",
        "Reads what the secret is for: its values are encoded, and not encrypted.",
        "data: stringData:",
        r"(?>data|stringData):[ \t]{0,8}+\r?+\n(?P<lines>(?>[ \t]{1,32}+[^\s][^\n]{0,512}+\n?+){1,8}+)",
        example="apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  value: <24 base62>\n",
        counterexample="apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n",
        source="https://kubernetes.io/docs/concepts/configuration/secret/",
        boundary="",
        entropy=0,
        check=_is_of_a_secret,
    ),
    row(
        "java-keystore",
        "Key store of Java's, in base64",
        "Holds private keys, and its password is often guessable.",
        ("/u3+7Q", "zs7Ozg"),
        r"(?>/u3\+7Q|zs7Ozg)(?P<secret>[A-Za-z0-9+/]{64,4096}+)",
        example="/u3+7QAAAAIAAAAB<80 base64>",
        counterexample="/u3+7Q is how it begins",
        source="https://docs.oracle.com/en/java/javase/21/docs/specs/man/keytool.html",
        boundary="A-Za-z0-9+",
    ),
    row(
        "google-service-account-key",
        "Key file of a Google service account",
        "Acts as the service account.",
        ("private_key_id",),
        r"private_key_id\\{0,2}+[\"']\s{0,4}+:\s{0,4}+\\{0,2}+[\"'](?P<secret>[0-9a-f]{40})",
        example='{"type": "service_account", "project_id": "sales", "private_key_id": "<40 hex>"}',
        counterexample='{"type": "service_account", "project_id": "sales"}',
        source="https://cloud.google.com/iam/docs/keys-create-delete",
        boundary="",
        check=lambda found: "service_account" in found.string[max(0, found.start() - _NEAR) : found.end() + _NEAR],
    ),
)
