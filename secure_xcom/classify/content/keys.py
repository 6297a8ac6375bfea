"""Rules for private keys, signed tokens and the headers that carry credentials."""

from __future__ import annotations

import json
import re
from typing import Final

from secure_xcom.classify.content.decoded import decoded, holds_a_password
from secure_xcom.classify.content.placeholders import is_regular
from secure_xcom.classify.content.rule import URL_SAFE, Rule, row
from secure_xcom.classify.content.values import is_secret_value, is_strong
from secure_xcom.classify.key_names import rule_of_key_name
from secure_xcom.classify.name_words import words
from secure_xcom.classify.randomness import is_random

_PEM: Final = "https://www.rfc-editor.org/rfc/rfc7468"
_BASIC: Final = "https://www.rfc-editor.org/rfc/rfc7617"
_BEARER: Final = "https://www.rfc-editor.org/rfc/rfc6750"

_BETWEEN: Final = (
    r"(?>(?>\\{0,4}+[nrt]|\s|[\"',+]){0,16}+(?>(?>Proc-Type|DEK-Info|Version|Comment|Charset|Hash|Subject)"
    r"[^\r\n\\]{0,120}+)?+){0,5}+"
)
"""What stands between the lines of a key: ends of lines, escaped ones too, and headers."""


def _is_jwt(found: re.Match[str]) -> bool:
    """Whether the header is JSON and names an algorithm that signs or encrypts, and the payload is no example.

    A damaged header counts if a payload follows that begins like JSON too.
    """
    try:
        header = json.loads(decoded(found["header"]))
    except (ValueError, RecursionError):
        return len(found["payload"]) >= _SHORTEST_PAYLOAD and found["payload"].startswith("eyJ")
    algorithm = header.get("alg") if isinstance(header, dict) else None
    is_example = b'"John Doe"' in decoded(found["payload"])
    return isinstance(algorithm, str) and algorithm.lower() != "none" and not is_example


_SHORTEST_PAYLOAD: Final = 24
"""Characters of a claim and its value in base64."""


def _has_private_lines(found: re.Match[str]) -> bool:
    """Whether the private part of a PuTTY key is there: its number of lines, and the first of them."""
    after = found.string[found.end() : found.end() + 4096].partition("Private-Lines:")[2].split(None, 2)
    return len(after) > 1 and not is_regular(after[1])


def _is_mixed(found: re.Match[str]) -> bool:
    secret = found["secret"]
    return any(map(str.isdigit, secret)) and any(map(str.isalpha, secret))


def _is_of_cookie(found: re.Match[str]) -> bool:
    before = found.string[max(0, found.start() - 512) : found.start()]
    return _is_mixed(found) and ("ookie" in before or "COOKIE" in before)


def _is_value_of_option(found: re.Match[str]) -> bool:
    """Whether an option takes a secret, as its name ends, and what follows is one, and no word of a sentence."""
    option = found[0][2:].partition("=")[0].partition(" ")[0]
    value = found["secret"].strip("\"'.,;:)")
    is_joined = "=" in found[0][: found.start("secret") - found.start()]
    if rule_of_key_name(option) is None or (not is_joined and value.lower() in _SAID_OF_OPTIONS):
        return False
    # Tokens and keys are no words. A password may be one, and the secret of a client too.
    is_word = value.isalpha() and len(value) < _LONGEST_WORD and not is_strong(option) and not is_random(value)
    return not (is_word and not is_joined) and is_secret_value("password", value, is_quoted=False, is_line=True)


_LONGEST_WORD: Final = 16

_SAID_OF_OPTIONS: Final = words(
    "argument arguments parameter parameters option options flag flags via requires isn't wasn't doesn't"
)
"""Words after an option in messages and manuals: "Using --password via the CLI is insecure"."""

_CRYPT: Final = r"[./A-Za-z0-9]"
_BASE64: Final = r"[A-Za-z0-9+/]{8,64}+={0,2}+"
_HASHES: Final = (
    rf"\$2[aby]\$[0-9]{{2}}\${_CRYPT}{{53}}",
    r"\$argon2(?>id|i|d)\$v=[0-9]{1,3}+\$m=[0-9]{1,9}+,t=[0-9]{1,6}+,p=[0-9]{1,4}+\$[A-Za-z0-9+/]{8,88}+\$[A-Za-z0-9+/]{16,128}+",
    rf"\$[56]\$(?>rounds=[0-9]{{1,9}}+\$)?+{_CRYPT}{{1,16}}+\${_CRYPT}{{43,86}}+",
    rf"\$y\${_CRYPT}{{2,8}}+\${_CRYPT}{{1,64}}+\${_CRYPT}{{43}}",
    r"pbkdf2_sha(?>256|1)\$[0-9]{1,9}+\$[A-Za-z0-9]{1,64}+\$[A-Za-z0-9+/]{27,44}+={0,2}+",
    rf"\$(?>1|apr1)\${_CRYPT}{{1,8}}+\${_CRYPT}{{22}}",
    r"\$A\$005\$.{20}[./A-Za-z0-9]{43}",
    rf"SCRAM-SHA-(?>1|256)\$[0-9]{{1,9}}+:{_BASE64}\${_BASE64}:{_BASE64}",
    r"\{S?+(?>SHA(?>256|384|512)?+|MD5)\}[A-Za-z0-9+/]{20,172}+={0,2}+",
    rf"\$7\$[0-9]{{1,6}}+\${_BASE64}\$[A-Za-z0-9+/]{{60,128}}+={{0,2}}+",
    r"digest,'[\w.\-]{1,64}+:[A-Za-z0-9+/]{27}=",
    "md5[0-9a-f]{32}",
    r"\*[0-9A-F]{40}",
)
"""bcrypt, Argon2, MD5, SHA-2 and yescrypt as crypt(5) describes them, Apache's and Django's, ``caching_sha2_password``
and ``mysql_native_password`` of MySQL, Mosquitto's, ZooKeeper's, what PostgreSQL keeps in ``pg_authid``, and what LDAP
does in ``userPassword`` (RFC 2307, section 5.3)."""

RULES: Final[tuple[Rule, ...]] = (
    row(
        "password-hash",
        "Hash of a password: bcrypt, Argon2, crypt, Django, databases, LDAP",
        "Can be attacked where it is known: most passwords are found within days.",
        (
            *(
                "$2a$",
                "$2b$",
                "$2y$",
                "$argon2",
                "$5$",
                "$6$",
                "$y$",
                "pbkdf2_sha",
                "$1$",
                "$apr1$",
                "$A$005$",
                "$7$",
                "digest,'",
            ),
            *("SCRAM-SHA-1$", "SCRAM-SHA-256$", "{SSHA", "{SHA", "{SMD5}", "{MD5}", "md5"),
            *(f"*{digit}" for digit in "0123456789ABCDEF"),
        ),
        "(?>" + "|".join(_HASHES) + ")",
        example="$2b$12$<53 base62>",
        counterexample="$2b$12$",
        source="https://passlib.readthedocs.io/en/stable/modular_crypt_format.html",
        boundary=r"A-Za-z0-9./$",
    ),
    row(
        "private-key",
        "Private key in PEM, of OpenSSH or of PGP",
        "Signs and decrypts as its owner.",
        ("-----BEGIN ", "---- BEGIN SSH2 "),
        r"-{4,5}+ ?+BEGIN "
        r"(?>(?>(?!PRIVATE )[A-Z0-9]{1,12}+ ){0,3}+PRIVATE KEY(?> BLOCK)?+|OpenVPN Static key V1) ?+-{4,5}+"
        + _BETWEEN
        + r"[A-Za-z0-9+/=]{24}",
        example="-----BEGIN PRIVATE KEY-----\n<64 base64>\n",
        counterexample="-----BEGIN PUBLIC KEY-----\n<64 base64>\n",
        source=_PEM,
        boundary="",
        check=lambda found: "ENCRYPTED MESSAGE" not in found[0],
    ),
    row(
        "putty-private-key",
        "PuTTY private key",
        "Signs in to servers as its owner.",
        "PuTTY-User-Key-File-",
        r"PuTTY-User-Key-File-[0-9]: [a-z0-9\-@.]{4,40}+",
        example="PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: key\nPrivate-Lines: 1\n<44 base64>\n",
        counterexample="PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n",
        source="https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html",
        boundary="",
        check=_has_private_lines,
    ),
    row(
        "jwt",
        "JSON Web Token, signed or encrypted",
        "Acts as its subject until it expires.",
        "eyJ ewog ewogI ewo",
        r"(?P<header>e[yw][\w\-]{12,1024}+)\.(?P<payload>[\w\-]{2,4096}+)\.[\w\-]{16,2800}+",
        example='<b64url {"alg":"HS256","typ":"JWT"}>.<b64url {"sub":"invented","exp":1700000000}>.<43 base62>',
        counterexample="eyJ<20 base62>.<40 base62>.<43 base62>",
        source="https://www.rfc-editor.org/rfc/rfc7519",
        boundary=URL_SAFE,
        check=_is_jwt,
    ),
    row(
        "json-web-key",
        "Private or symmetric JSON Web Key",
        "Signs and decrypts as its owner.",
        ('"d":', '"d" :', '"k":', '"k" :', '"d\\":', '"k\\":'),
        r"\"[dk]\\{0,2}+\"\s{0,2}+:\s{0,4}+\\{0,2}+\"(?P<secret>[\w\-]{20,2048}+)",
        example='{"kty":"EC","crv":"P-256","x":"<43 base62>","y":"<43 base62>","d":"<43 base62>"}',
        counterexample='{"kty":"EC","crv":"P-256","x":"<43 base62>","y":"<43 base62>"}',
        source="https://www.rfc-editor.org/rfc/rfc7517",
        boundary="",
        check=lambda found: '"kty' in found.string[max(0, found.start() - 2048) : found.end() + 2048],
    ),
    row(
        "basic-authorization",
        "Basic credentials of HTTP",
        "Signs in as the user.",
        ("Basic ", "basic ", "BASIC "),
        r"[Bb](?>asic|ASIC) {1,4}+(?P<secret>[A-Za-z0-9+/_\-]{8,1024}+={0,2}+)",
        example="Authorization: Basic <b64 ann:a-password-4711>",
        counterexample="Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        source=_BASIC,
        check=holds_a_password,
    ),
    row(
        "bearer-authorization",
        "Bearer token of HTTP",
        "Acts as the token's owner.",
        ("Bearer ", "bearer ", "BEARER ", "Bearer%20"),
        r"[Bb](?>earer|EARER)(?>%20| ){1,4}+(?P<secret>[\w\-.~+/]{16,4096}+={0,2}+)",
        example="Authorization: Bearer <40 base62>",
        counterexample="Bearer authentication-is-required",
        source=_BEARER,
        check=_is_mixed,
    ),
    row(
        "command-line-secret",
        "Value of an option that takes a secret",
        "Signs in to what the command calls.",
        "--password --passwd --pass --pwd --token --secret --api-key --apikey --access-key --access-token --a"
        "uth-token --api-token "
        "--client-secret --secret-key --db-password --user-password --admin-password --proxy-password --docke"
        "r-password",
        r"--[a-z\-]{4,24}+[ =](?P<secret>[\"']?+[^\s\"'<>$;&|\-][^\s\"'<>;&|]{2,256}+)",
        example="mysql --user ann --password <12 base62> sales",
        counterexample="mysql --user ann --password $PASSWORD sales",
        source="https://dev.mysql.com/doc/refman/8.4/en/password-security-user.html",
        boundary=r"\-\w",
        entropy=0,
        check=_is_value_of_option,
        checks_itself=True,
    ),
    row(
        "cookie-header",
        "Session in a Cookie or Set-Cookie header",
        "Acts as the user who signed in.",
        "session= sessionid= SESSION= SESSIONID= SESSID= sid= SID=",
        r"[A-Za-z]{3,9}+=(?P<secret>[\w\-.%+/]{16,2048}+)",
        example="Set-Cookie: sessionid=<32 lower>; HttpOnly; Path=/",
        counterexample="Set-Cookie: theme=dark; Path=/",
        source="https://www.rfc-editor.org/rfc/rfc6265",
        boundary="",
        check=_is_of_cookie,
    ),
    row(
        "flask-session",
        "Session that Flask packed and signed",
        "Acts as the user who signed in.",
        ".eJ",
        r"\.eJ[\w\-]{16,4096}+\.[\w\-]{6}\.(?P<secret>[\w\-]{27})(?![\w\-.])",
        example=".eJ<60 url-safe>.<6 url-safe>.<27 url-safe>",
        counterexample=".eJ<60 url-safe>.<6 url-safe>.<8 url-safe>",
        source="https://itsdangerous.palletsprojects.com/en/stable/timed/",
        boundary=r"\w\-.",
    ),
    row(
        "token-authorization",
        "Token or key in an Authorization header of another scheme",
        "Acts as the token's owner.",
        tuple(f"{name}{quote}:" for name in ("uthorization", "UTHORIZATION") for quote in ("", '"', "'", '\\"')),
        r"(?<=[aA])(?>(?<![A-Za-z0-9:][aA])|(?<=\\[nrt][aA]))(?i:uthorization)\\{0,2}+[\"']?+:\s{0,4}+\\{0,2}+[\"']?+(?>(?!(?i:(?>basic|bearer|digest|aws4|negotiate|hawk|mac|signature|ssws|splunk)))"
        r"[A-Za-z][A-Za-z\-]{2,15}+[ =]{1,3}+(?>token=)?+\\{0,2}+\"?+)?+(?P<secret>[\w\-.~+/]{16,4096}+={0,2}+)",
        example="Authorization: token <40 hex>",
        counterexample="Authorization: required-for-this-operation",
        source="https://www.rfc-editor.org/rfc/rfc9110#name-authorization",
        boundary="",
        check=_is_mixed,
    ),
)
