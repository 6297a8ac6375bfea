"""``is_secret_value``: whether what stands beside a sensitive name is the secret, and no word, path or code."""

from __future__ import annotations

import re
from typing import Final

from secure_xcom.classify.content.late import late
from secure_xcom.classify.content.placeholders import is_placeholder
from secure_xcom.classify.content.words_abroad import WORDS, Told
from secure_xcom.classify.fill_ins import asks_for_a_secret

_STRONG: Final = late(
    r"pass(?:w|phrase|code|e?$|[^a-z])|pwd|(?<=[a-z_.-])pw$|secret|credential|private[_-]?key|"
    r"kennwort|wachtwoord|senha|contrase|(?:^|[_ -])mdp(?![a-z])|segredo|parola|parool|heslo|haslo|salasana|geslo|"
    r"lozinka|adgangskode|kodeord|jelszo|slaptazodis|kata[_ -]?sandi|mat[_ -]?khau|kata[_ -]?laluan",
    re.IGNORECASE,
)
"""Names whose values are secrets also when they are words."""

SHORTEST_STRONG: Final = 3
SHORTEST_WEAK: Final = 8
"""Characters below which a value is a secret under no name, and under one such as ``token`` or ``key``."""

_SHORTEST_IN_COLUMN: Final = 16
"""Characters of a token or a key in a column; shorter ones are words of a text, or counts."""

_IN_COLUMN: Final = late(r"(?!0x[0-9a-fA-F]{40}$)(?=.*[0-9])(?=.*[A-Za-z])[\w+/=.~-]+", re.ASCII)

_PIN: Final = late("[0-9]{4,8}|[A-Z2-7]{16,128}")
_OF_PIN: Final = late(r"(?:^|[_. -]|[a-z](?=[PO]))(?i:pin|puk|otp|totp)(?:[_. -]?(?i:code|number))?[0-9]?$")
"""A number that lets somebody in, or the seed that makes such numbers, in base32, and what either is called."""

_POSTAL: Final = 6

_OF_MORE: Final = late("pass|pw|secret|token|key|cred|auth|cookie|jwt|session|psk", re.IGNORECASE)

_LONGEST: Final = 512
"""Characters of a value that are looked at."""

_STATES: Final = frozenset(
    """
    yes no on off enabled disabled required optional invalid expired missing valid int integer bool boolean number
    object array any bytes char varchar basic bearer unknown ok error failed success default n/a nan not is was
    are the a an of
    for to in and or must should cannot will has been may can field value type name id default auto generated prompt
    deleted removed
    function class return self this new await async const let var def lambda never always provided given used
    latest securestring
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
"""States, types, keywords of languages and words of prose: none is a secret."""

_CODE: Final = late(
    r"(?!(?!Sha|Md|Base(?:32|64)|Utf|Aes|Rsa|Int|Uint|Float|Oauth|Ed|Http|Api)[A-Z][a-z]{2,}[0-9]{1,4}\.[A-Z][a-z]{2,}$)"
    r"(?![A-Z][a-z]+\.(?!Sha|Md|Base|Utf|Aes|Rsa|Int|Uint|Float|Oauth)[A-Z][a-z]{2,}[._-]?[0-9]{1,4}$)[A-Za-z_$][\w$]*(?:[.:]{1,2}[A-Za-z_$][\w$]*)+[(\[]?.*|[A-Za-z_$][\w$.]*[(\[].*|[A-Za-z_$.]{2,40}\{$|[a-z-]{2,24}\{[a-z-]{2,32}:.*|[({\[]\S*|[-+]?[0-9]+[smhd]|[!&*@?:$%<|>=]\S*|"
    r"\"?\+(?![A-Za-z0-9+/]{16,512}={0,2}$).*|\.\.\..*|\.\*[#/|)$].*",
    re.ASCII | re.DOTALL,
)
"""Attributes, calls, tags and anchors of YAML, parameters of SQL, durations, but no two words with a number."""

_REFERENCE: Final = late(
    r"--|arn:|(?:https?|file|s3|gs|op|vault|secret|secrets|env|ssm|awssm|gcpsm|azurekv|keyvault|ref|doppler)(?:\+\w+)?:|"
    r"projects/[\w-]+/secrets/|secretsmanager|kms:|"
    r"(?:kv[12]?|secrets?)/data/[\w./-]{1,128}:[a-z_]{2,32}['\")} ]{0,6}$|ENC\[|ENC\(|\{cipher\}|\$ANSIBLE_VAULT",
    re.IGNORECASE,
)
"""Where a secret is kept, or what it is encrypted to: not the secret."""

_PUBLISHED: Final = late(
    r"pk_(?:live|test)_[A-Za-z0-9]{8,}|phc_[A-Za-z0-9]{32,64}$|dvc_(?:client|mobile)_[\w-]{20,}|sb_publishable_\w{16,}|"
    r"NRJS-[0-9a-f]{19}$|pk\.eyJ|(?:sub|pub)-c-[0-9a-f-]{36}$|AIza[\w-]{35}$|Ag[A-D][A-Za-z0-9+/]{120}"
)
"""What providers call publishable, and what kubeseal writes. A key of Google's is judged by a rule of its own."""

_IDENTIFIER: Final = late(r"_?[A-Z]+(?:_[A-Z]+)+|(?i:[a-z_]*(?:pass|key|token|secret|cred|auth|cookie)[a-z_]*)")
"""A name in code, on the right of an assignment: a secret is rarely called one."""

_MADE: Final = late(
    r"0[0-9]{3}_[a-z]{2,24}(?:_[a-z0-9]{1,24}){0,12}|(?:\{[a-z_.]{1,32}\}[:@/]?){1,8}|\+ [a-z]{2,24}\(.*"
)
"""The name of a migration, names that a program puts values in the place of, and a sum that begins in a text."""

_PATH: Final = late(
    r"(?:~|\.{1,2}|[A-Za-z]:|[A-Za-z][\w-]{1,63}:(?=/[a-z]{2,8}/))(?:[/\\][\w.@-]{1,40})+[/\\]?|(?:[/\\][\w.@-]{1,40}){2,}[/\\]?|"
    r"/[A-Za-z]+(?:[_-][A-Za-z]+)*/?|[\w.-]+\.(?:pem|key|crt|json|ya?ml|txt|env|p12|jks|pub)"
)
"""Paths from a home or a drive, or with two steps, and files. One step alone is a path if it is made of words, as
``/etc`` and ``/reset-password`` are: a password may begin with a slash."""

_COOKIE: Final = late(r"(?:OptanonConsent|[Cc]ookie_?[Cc]onsent|_ga\w{0,16}|_gid|_fbp|locale|lang|theme)=.*")
"""Cookies that remember a consent or a language, and that count visitors."""

_NUMBER: Final = late(r"[-+]?[0-9]{1,3}(?:[.,][0-9]*)?|[0-9]+\.[0-9]+")

_ARTIFACT: Final = late(
    r"[a-z]{2,24}[0-9]?(?:[._-][a-z]{1,24}[0-9]?){0,6}:v?[0-9]{1,4}(?:\.[0-9]{1,6}){2}(?:-[A-Za-z0-9]{1,16})?"
)
"""What a build depends on, with its version."""

_DATE: Final = late(r"[0-9]{4}-[01][0-9]-[0-3][0-9](?:[T ].*)?")

_JOINED_WORDS: Final = late(r"(?:[A-Za-z]+[ _./-])+[A-Za-z]+")
"""Words that are joined: a label and no secret, under a name that is not strong."""

_WORD: Final = late(r"[A-Za-z]+")


def is_strong(name: str) -> bool:
    """Whether the values under a name are secrets also when they are words."""
    return _STRONG().search(name) is not None or WORDS.get(name) is Told.PASSWORD


def is_pin(name: str, value: str) -> bool:
    """Whether a value is a number that lets somebody in, or the seed of such numbers, by its name and its form.

    Six digits behind ``pin`` are where somebody lives in India. JSON is judged as a value, and they count there.
    """
    if name[:3].lower() == "pin" and len(value) == _POSTAL:
        return False
    return _PIN().fullmatch(value) is not None and _OF_PIN().search(name) is not None


def may_be_in_column(name: str, value: str) -> bool:
    """Whether a value may be a secret in a column of that name: columns of tokens and keys hold words in other tables.

    The address of a contract on a block chain is public.
    """
    if is_strong(name) or is_pin(name, value):
        return True
    return len(value) >= _SHORTEST_IN_COLUMN and _IN_COLUMN().fullmatch(value) is not None


def is_secret_value(name: str, value: str, *, is_quoted: bool, is_line: bool) -> bool:
    """Whether ``value`` is a secret, given that ``name`` is the name of one."""
    value = value[:_LONGEST]
    value = value.strip() if is_quoted else value.rstrip(".:!?")
    may_be_word = is_strong(name)
    if not may_be_word and _ARTIFACT().fullmatch(value) is not None:
        return False
    if _COOKIE().fullmatch(value) is not None and "cookie" in name.lower():
        return False
    if is_pin(name, value):
        return True
    if _OF_PIN().search(name) is not None and _OF_MORE().search(name) is None:
        # What is pinned is called so too.
        return _IN_COLUMN().fullmatch(value) is not None and len(value) >= SHORTEST_WEAK
    if len(value) < (SHORTEST_STRONG if may_be_word else SHORTEST_WEAK) or _is_harmless(value, is_quoted=is_quoted):
        return False
    if may_be_word and (is_line or is_quoted):
        return " " not in value or _mixed(value)
    return _mixed(value) and " " not in value


def _is_harmless(value: str, *, is_quoted: bool) -> bool:
    return (
        value.lower() in _STATES
        or is_placeholder(value)
        or asks_for_a_secret(value.lstrip("-"))
        or _REFERENCE().match(value) is not None
        or _PUBLISHED().match(value) is not None
        or _NUMBER().fullmatch(value) is not None
        or _DATE().fullmatch(value) is not None
        or _is_path(value)
        or _MADE().fullmatch(value) is not None
        or (not is_quoted and (_CODE().fullmatch(value) or _IDENTIFIER().fullmatch(value)) is not None)
    )


def _is_path(value: str) -> bool:
    return _PATH().fullmatch(value) is not None and not re.search(r"[+=]", value)


def _mixed(value: str) -> bool:
    """Whether a text is made of letters and digits, or of signs too, as no word is."""
    return (
        (re.search(r"[0-9]", value) is not None and re.search(r"[A-Za-z]", value) is not None)
        or (_WORD().fullmatch(value) is None and _JOINED_WORDS().fullmatch(value) is None)
        or _random_letters(value)
    )


def _random_letters(value: str) -> bool:
    humps = len(re.findall(r"[a-z][A-Z]|[A-Z]{2}[a-z]", value))
    return len(value) >= 20 and humps * 5 >= len(value)
