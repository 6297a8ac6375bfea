"""``NamedValues``: values beside a sensitive name in a text: lines of settings, JSON, XML, queries and options.

``DB_PASSWORD=x``, ``password: x``, ``"apiKey": "x"``, ``?token=x&``, ``Pwd=x;`` and ``<secret>x</secret>``.
Prose and code name passwords too, so the value has to look like one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.content.late import late
from secure_xcom.classify.content.values import is_secret_value

if TYPE_CHECKING:
    from secure_xcom.classify.spans import Span

ID: Final = "named-value"

_WORDS: Final = (
    *("pass", "pw", "psw", "secret", "token", "key", "cred", "auth", "cookie", "jwt", "session", "psk", "bearer"),
    *("otp", "pin"),
)
_IN_OTHER_LANGUAGES: Final = (
    "communit",
    "kennwort",
    "wachtwoord",
    "senha",
    "contrase",
    "jeton",
    "clave",
    "chave",
    "segredo",
    "parol",
    "parool",
    "heslo",
    "haslo",
    "salasana",
    "geslo",
    "lozinka",
    "adgangskode",
    "kodeord",
    "jelszo",
    "sandi",
    "khau",
)
"""Parts of names: a name that is sensitive has one of them. Each is looked for in three spellings."""

_NAME: Final = "ñÑABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"

_LONGEST_NAME: Final = 64
"""Characters of a name on each side of the word that is found."""

_REMEMBERED: Final = 4096
"""Names of a piece of text, and values in it, whose verdicts are remembered."""

Case = tuple[str, str, bool]
"""A name and its value, and whether it is in quotes."""


class Verdict(Enum):
    """What a value beside a sensitive name is."""

    HARMLESS = 0
    SECRET_ON_A_LINE = 1
    """It is one if both are all of a line: a word, which in prose is only a word."""
    SECRET = 2


SEPARATOR: Final = "separator"
"""The group of what stands between a name and its value."""

_AFTER: Final = (
    r"[\w.\-ñÑ]{0,64}+(?P<separator>(?>\\{0,3}+[\"'`]\]?+|\])?+[ \t]{0,16}+"
    r"(?>(?>=>|:=|=(?!=)|:(?!:|//))(?>(?<=:)[ \t]{0,4}+(?>[|>][+-]?+)?+[\r\n]{1,2}+[ \t]{1,16}+)?+|,(?="
    r"[ \t]{0,4}+\\{0,3}+[\"'])|>(?=[^<>]{1,512}+</))[ \t]{0,16}+)"
    r"(?=\\{0,3}+[\"'`]|[^\s\"'`,:;&<>\\)\]}=])"
)
"""The rest of a name, and what separates it from its value: no scheme of a URL, as in Kafka's ``TOKEN://broker:9092``."""

_VALUE: Final = (
    r"\\{0,3}+[\"'`](?P<quoted>[^\"'`\r\n\\]{0,512}+)|"
    r"(?P<bare>[^\s\"'`,:;&<>\\)\]}=][^\s\"'`,;&<>\\)\]}=]{0,512}+={0,2}+)"
)

_MOST_IN_A_VALUE: Final = 4
"""Sensitive names that are looked at within a value without quotes, as in ``auth:token:key:x``: each of them has the
rest of that value as its own, which would be read again and again."""


@dataclass(slots=True)
class _Piece:
    """What is remembered while a piece of a text is looked at."""

    names: dict[str, bool] = field(default_factory=dict)
    verdicts: dict[Case, Verdict] = field(default_factory=dict)


@dataclass(slots=True)
class _Look:
    """What a look at a word finds: a secret, or how far the name and its value reach from it."""

    secret: Span | None
    name: int
    value: int
    """Not above 0 for a value in quotes: its end is plain to see, and names in it have values of their own."""
    text: str
    """All that makes it harmless, empty where its surroundings have a say."""
    before: int
    """Characters of ``text`` before the word."""


_NOTHING: Final = _Look(None, 0, 0, "", 0)


class NamedValues:
    """Finds values by their names; a name is judged by what it is given."""

    def __init__(self, is_sensitive_name: Callable[[str], bool]) -> None:
        self._is_sensitive_name = is_sensitive_name
        self.literals = tuple(
            spelling for word in (*_WORDS, *_IN_OTHER_LANGUAGES) for spelling in (word, word.capitalize(), word.upper())
        )

    @cached_property
    def _after(self) -> Callable[[str, int], re.Match[str] | None]:
        return re.compile(_AFTER, re.ASCII).match

    @cached_property
    def _value(self) -> Callable[[str, int], re.Match[str] | None]:
        return re.compile(_VALUE, re.ASCII).match

    def at(self, text: str, starts: Iterable[int]) -> Iterator[tuple[str, Span]]:
        """Yield the secrets whose names hold a word that begins at one of ``starts``."""
        piece = _Piece()
        last = _NOTHING
        after = self._after
        looked_at = end_of_value = looks = 0
        for word in starts:
            # A name with two words is looked at once.
            if word < looked_at:
                continue
            # A long text may be made of the same line: what is harmless once is so again.
            if not (last.text and text.startswith(last.text, word - last.before)):
                # Here and not in the look: a text made for it has many words that no value follows.
                if (found := after(text, word)) is None:
                    continue
                last = self._look(word, found, piece)
            if last.secret is not None:
                yield ID, last.secret
                # Else each of many names within a value would have the rest of it as its own.
                looked_at = last.secret[1]
                continue
            looked_at = word + last.name
            if last.value <= 0:
                continue
            if word >= end_of_value:
                end_of_value, looks = word + last.value, 0
            elif (looks := looks + 1) == _MOST_IN_A_VALUE:
                looked_at = end_of_value

    def _look(self, word: int, found: re.Match[str], piece: _Piece) -> _Look:
        text = found.string
        separator = found.start(SEPARATOR)
        start = start_of_name(text, word) if text[word - 1 : word] in _NAME else word
        name = text[start:separator]
        if (is_sensitive := piece.names.get(name)) is None:
            is_sensitive = self._is_sensitive(name, piece.names)
        if not is_sensitive or continues_a_list(text, start, name):
            return _Look(None, separator - word, 0, _stretch(text, start, separator), word - start + 1)
        if (value := self._value(text, found.end())) is None:
            return _NOTHING
        secret, verdict = _judged(name, start, found[SEPARATOR], value, piece.verdicts)
        stretch = _stretch(text, start, value.end()) if verdict is Verdict.HARMLESS else ""
        return _Look(secret, separator - word, value.end("bare") - word, stretch, word - start + 1)

    def _is_sensitive(self, name: str, names: dict[str, bool]) -> bool:
        is_sensitive = self._is_sensitive_name(name.strip(".-"))
        if len(names) < _REMEMBERED:
            names[name] = is_sensitive
        return is_sensitive


def _stretch(text: str, start: int, stop: int) -> str:
    """Return a part of a text with what stands before and after it, since a longer name or value is another one."""
    return text[start - 1 : stop + 1] if start else ""


def continues_a_list(text: str, start: int, name: str) -> bool:
    """Whether the word before a name says that it is where a list goes on: ``Next page token: x``."""
    if text[start - 1 : start] != " " or name.lower() not in ("token", "key"):
        return False
    return _CONTINUING().search(text, max(0, start - 16), start) is not None


_CONTINUING: Final = late("(?i:(?:next|previous|prev) (?:page|sync)|pagination|continuation|resume) $")


def start_of_name(text: str, word: int) -> int:
    """Return where the name begins that holds a word."""
    before = text[max(0, word - _LONGEST_NAME) : word]
    return word - len(before) + len(before.rstrip(_NAME))


def _judged(
    name: str, start: int, separator: str, found: re.Match[str], verdicts: dict[Case, Verdict]
) -> tuple[Span | None, Verdict]:
    """Return the span of the value, if it is a secret, and what the value is wherever it stands."""
    text = found.string
    sign = separator.strip(" \t\r\n\\\"'`]")
    if not _separates(sign, separator, text[max(0, start - 2) : start]):
        return None, Verdict.HARMLESS
    group = "bare" if found["quoted"] is None else "quoted"
    if found[group].endswith("=") and "ookie" in name and _FORGOTTEN().match(text, found.end(group)) is not None:
        return None, Verdict.HARMLESS
    if separator == ":" and group == "bare" and _OF_REDIS().fullmatch(found[group]) is not None:
        return None, Verdict.HARMLESS
    if sign == ":" and "\n" in separator and found[group].endswith(":"):
        # What stands on the next line is a name itself.
        return None, Verdict.HARMLESS
    is_apart = group == "quoted" or (sign == "=" and _is_in_connection(text, start, found.end(group)))
    # The default of a shell's variable stands behind a sign of its own, and ends where the variable does.
    is_default = text[max(0, start - 2) : start] == "${" and found[group].startswith("-")
    value = found[group].removeprefix("-") if is_default else found[group]
    case = (name, value, (is_apart and sign != ",") or is_default)
    if (verdict := verdicts.get(case)) is None:
        verdict = _verdict(*case)
        if len(verdicts) < _REMEMBERED:
            verdicts[case] = verdict
    is_secret = verdict is Verdict.SECRET or (
        verdict is Verdict.SECRET_ON_A_LINE and _is_line(text, start, found.end(group), separator)
    )
    return (found.span(group) if is_secret else None), verdict


def _is_in_connection(text: str, start: int, stop: int) -> bool:
    """Whether a value ends at a semicolon, and the text begins as a connection string of ADO.NET does."""
    if text[stop : stop + 1] not in (";", "") or text[max(0, start - 2) : start].rstrip()[-1:] != ";":
        return False
    return _CONNECTION().match(text) is not None


def _verdict(name: str, value: str, is_quoted: bool) -> Verdict:
    name = name.strip(".-")
    # What is harmless on a line of its own is harmless amid others too.
    if not is_secret_value(name, value, is_quoted=is_quoted, is_line=True):
        return Verdict.HARMLESS
    is_secret = is_secret_value(name, value, is_quoted=is_quoted, is_line=False)
    return Verdict.SECRET if is_secret else Verdict.SECRET_ON_A_LINE


def _separates(sign: str, separator: str, preceding: str) -> bool:
    """Whether a value follows, and not the text after a tag of HTML, or the next part of an ARN or of a path."""
    if sign == ">":
        return preceding.endswith("<")
    return not (sign == ":" and preceding.endswith(":") and preceding != "::") and not (
        separator == ":" and preceding.endswith("/")
    )


def _is_line(text: str, start: int, stop: int, separator: str) -> bool:
    """Whether name and value are all of a line, as in settings, or are joined by ``=`` as nothing in prose is."""
    if "=" in separator or ">" in separator:
        return True
    end_of_line = text.find("\n", stop, stop + 64)
    rest = text[stop : stop + 64 if end_of_line < 0 else end_of_line].strip()
    beginning = text[max(0, start - 64) : start].rpartition("\n")[2].strip(" \t\r\"'-{")
    if beginning.endswith("::"):
        # A name of Puppet's has the modules before it.
        beginning = ""
    return not beginning and (not rest or rest[0] in "#,}")


_FORGOTTEN: Final = late(r"(?:deleted|expired|accepted|true|false)?(?=;|\s|$)")
"""The value of a cookie that the browser is to forget, and of one that remembers a consent."""

_OF_REDIS: Final = late(r"[a-z]{2,16}(?::[a-z]{2,16}){0,4}:[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?")
"""The rest of a key of Redis that ends with a month or a day: ``token:stats:2026-11``."""

_CONNECTION: Final = late(r"\s{0,8}(?:server|host|data source|address|addr|database)\s{0,4}=", re.IGNORECASE)

_SENSITIVE: Final = late(
    r"pass(?:word|wd|phrase|code)?$|pwd$|secret$|(?:^|_)token$|credentials?$|(?:^|_)authorization$|(?:^|_)jwt$|(?:^|_)cookies?$|"
    r"(?:api|access|private|account|encryption|signing|secret|master|auth|client|ssh|shared_access|storage|session|webhook|license|"
    r"service|app|application)_?key$|connection_?string$"
)
"""A name's end, after camel case is split: enough where nothing better is given."""

_HUMP: Final = late(r"(?<=[a-z0-9])(?=[A-Z])")


@lru_cache(maxsize=1024)
def looks_sensitive(name: str) -> bool:
    """Whether a name's last words name a secret: what judges names where nobody else does."""
    snake = re.sub(r"[\W_]+", "_", _HUMP().sub("_", name).lower())
    return _SENSITIVE().search(snake) is not None
