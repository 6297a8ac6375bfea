"""``words_of``: the words of a name, however its author joined them.

``clientSecret``, ``client-secret``, ``CLIENT_SECRET`` and ``clientsecret`` are the same two words. What the words mean
is decided in ``classify.key_names``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Final

LONGEST: Final = 256
"""Characters of a name that are read, from its end: the noun that decides stands there, and the work stays bounded."""

_LONGEST_GLUED: Final = 32
"""Letters beyond which a run of them is a text and not a few words that were glued together."""


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case, and each run of digits as a word.

    A hump of camelCase, an acronym, a digit and each character that is neither letter nor digit begin another word.
    Words glued in lower case are parted if each of them is known, or if the last is unmistakable, as in
    ``acmepassword``. Words that are one word for a reader come as one: ``passWord``, ``OAuth``.

    Only the last ``LONGEST`` characters are read.
    """
    text = as_read(name[-LONGEST:])
    # Letters of other alphabets have no ranges for a pattern: their shadow has one letter for each kind.
    shadow = text if text.isascii() else "".join(map(_kind, text))
    return tuple(_whole(_parted([text[piece.start() : piece.end()].lower() for piece in _pieces().finditer(shadow)])))


def as_read(name: str) -> str:
    """Return a name as people read it: a zero-width space or full-width letters hide nothing."""
    if name.isascii():
        return name
    compatible = unicodedata.normalize("NFKC", name)
    return "".join(character for character in compatible if unicodedata.category(character) != "Cf")


@cache
def _pieces() -> re.Pattern[str]:
    """Acronyms in the plural (``ARNs``) or before ``APIKey``, other acronyms, capitalised or small words, and numbers.

    Nothing in it nests.
    """
    return re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]{2,8}(?=APIKeys?(?![a-z]))|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def _kind(character: str) -> str:
    if character.isascii():
        return character
    if character.isupper():
        return "A"
    # A combining mark belongs to its letter.
    if character.isalpha() or unicodedata.category(character)[0] == "M":
        return "a"
    return "0" if character.isdecimal() else "_"


def _parted(pieces: list[str]) -> Iterator[str]:
    for position, piece in enumerate(pieces, start=1):
        yield from _parts(piece, is_last=position == len(pieces)) if _may_be_glued(piece) else (piece,)


def _may_be_glued(piece: str) -> bool:
    return (
        (
            5 < len(piece) <= _LONGEST_GLUED
            if piece.isascii()
            else piece.endswith(_PASSWORDS) or not _sentence().match(piece)
        )
        and piece not in _VOCABULARY
        and any(stem in piece for stem in _STEMS)
    )


def _parts(piece: str, *, is_last: bool) -> tuple[str, ...]:
    """Part a run of letters into known words, longest words first; or cut off an unmistakable last word.

    A key is one at the end of a name alone: ``valkey_password`` is Valkey's.
    """
    parted: dict[int, tuple[str, ...]] = {0: ()}
    for stop in range(2, len(piece) + 1):
        for start in range(max(0, stop - _LONGEST_WORD), stop - 1):
            if start in parted and (word := piece[start:stop]) in _VOCABULARY:
                parted[stop] = (*parted[start], word)
                break
    if len(piece) in parted:
        return parted[len(piece)]
    ending = next((ending for ending in _ENDINGS if piece.endswith(ending) and (is_last or ending != "key")), None)
    return (piece,) if ending is None else (piece.removesuffix(ending), *_ENDINGS[ending])


def _whole(words: Iterator[str]) -> Iterator[str]:
    """Join two words that are one for a reader."""
    before = ""
    for word in words:
        if (joined := _JOINED.get((before, word))) is not None:
            before = joined
            continue
        if before:
            yield before
        before = word
    if before:
        yield before


_JOINED: Final = {
    ("o", "auth"): "oauth",
    ("pass", "word"): "password",
    ("pass", "words"): "passwords",
    ("pass", "phrase"): "passphrase",
    ("pass", "code"): "passcode",
    ("pass", "wd"): "passwd",
    ("pre", "signed"): "presigned",
    ("pre", "shared"): "preshared",
    ("pre", "share"): "preshared",
    ("pre", "authenticated"): "presigned",
    ("web", "hook"): "webhook",
    ("kube", "config"): "kubeconfig",
    ("key", "tab"): "keytab",
    ("key", "file"): "keyfile",
    ("time", "stamp"): "timestamp",
    ("user", "name"): "username",
    ("priv", "key"): "privkey",
    ("priv", "keys"): "privkeys",
}


@cache
def _sentence() -> re.Pattern[str]:
    """A sentence without blanks, which is the key of a translation and no name of a field."""
    return re.compile("[请請获獲输輸搜查的]|入力|[\u3040-\u30ff\u3400-\u9fff]{11}")


_PASSWORDS: Final = ("密码", "密碼")
"""What a password is called in any sentence."""

_STEMS: Final = (
    "pass",
    "pw",
    "secret",
    "token",
    "key",
    "cred",
    "auth",
    "conn",
    "cookie",
    "url",
    "otp",
    "community",
    "kennwort",
    "wachtwoord",
    "密",
    "пароль",
    "парола",
    "パスワード",
    "비밀번호",
    "令牌",
    "秘钥",
    "トークン",
    "验证码",
    "認証",
)
"""One of these stands in each glued name that could matter: the others are not parted."""

_ENDINGS: Final = {
    "passphrase": ("passphrase",),
    "credentials": ("credentials",),
    "credential": ("credential",),
    "privatekey": ("private", "key"),
    "secretkey": ("secret", "key"),
    "accesskey": ("access", "key"),
    "password": ("password",),
    "passwort": ("passwort",),
    "kennwort": ("kennwort",),
    "wachtwoord": ("wachtwoord",),
    "passwd": ("passwd",),
    "apikey": ("api", "key"),
    "secret": ("secret",),
    "token": ("token",),
    "key": ("key",),
    "пароль": ("пароль",),
    "pwd": ("pwd",),
    "密码": ("密码",),
    "密碼": ("密碼",),
    "密钥": ("密钥",),
    "秘钥": ("秘钥",),
    "令牌": ("令牌",),
    "验证码": ("验证码",),
    "パスワード": ("パスワード",),
    "トークン": ("トークン",),
    "認証コード": ("認証コード",),
    "비밀번호": ("비밀번호",),
}
"""No other word ends like these: what stands before them may be any name. Longer ones come first."""

_VOCABULARY: Final = frozenset(
    """
    access account admin alchemy api app application arn auth authentication authorization basic bearer bind bot cert
    certificate client code community config conn connection continuation cookie cookies count cred credential
    credentials creds csrf data database db default deploy device email encryption endpoint env expiration expires
    expiry file ftp gateway github gitlab grpc hash header hmac host http https id idempotency ids input jdbc json jwt
    key keys keystore kms ldap length license limit list lock login mail manager master max mqtt my mysql name names
    new next number oauth old otp output page pagination param partition pass passcode passkey passphrase passwd
    password passwords path pem pg pgp pin policy port postgres preshared presigned primary priv private proxy public
    pw pwd query rds redis refresh registry request reset ro role root rotation rsa rw salt sasl secondary secret
    secrets security server service session shared signature signed signing size slack smtp snmp snowflake sort sql
    ssh ssl sso storage store str string table tag team test text time tls token tokens truststore ttl type upload uri
    url urls user username value vault vendor verification version webhook write xsrf

    author authority authors bypass compass conncheck connect connected connections connector credit curly custkey
    customerkey donkey hockey hotkey jockey keepkey keyboard keyed keyfile keyframe keyring keyspace keystone keytab
    keyword keywords masterauth mickey monkey nationkey nextauth nitrokey onlykey orderkey partkey passage passed
    passenger passing passive passport regionkey requirepass secretariat secretary suppkey surpass tokenize tokenized
    tokenizer turkey turnkey valkey whiskey yubikey yubikeys
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
"""Words that names glue together; and, in the second paragraph, words that are not made of them."""

_LONGEST_WORD: Final = max(map(len, _VOCABULARY))
