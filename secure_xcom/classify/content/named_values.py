"""``NamedValues``: values beside a sensitive name in a text: lines of settings, JSON, XML, queries and options.

``DB_PASSWORD=x``, ``password: x``, ``"apiKey": "x"``, ``?token=x&``, ``Pwd=x;`` and ``<secret>x</secret>``.
Prose and code name passwords too, so the value has to look like one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.content.late import late
from secure_xcom.classify.content.values import is_secret_value

if TYPE_CHECKING:
    from secure_xcom.classify.spans import Span

ID: Final = "named-value"

_WORDS: Final = ("pass", "pwd", "psw", "secret", "token", "key", "cred", "auth", "cookie", "jwt", "session")
"""Parts of names: a name that is sensitive has one of them. Each is looked for in three spellings."""

_NAME: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"

_LONGEST_NAME: Final = 64
"""Characters of a name on each side of the word that is found."""

_REMEMBERED: Final = 4096
"""Harmless values of a piece of text that are remembered."""

Case = tuple[str, str, bool, bool]
"""A name and its value, whether it is in quotes, and whether both are all of a line."""

_AFTER: Final = (
    r"[\w.\-]{0,64}+(?P<separator>(?>\\{0,3}+[\"'`]\]?+|\])?+[ \t]{0,16}+"
    r"(?>(?>=>|:=|=(?!=)|:(?!:))(?>(?<=:)[ \t]{0,4}+(?>[|>][+-]?+)?+[\r\n]{1,2}+[ \t]{1,16}+)?+|,(?="
    r"[ \t]{0,4}+\\{0,3}+[\"'])|>(?=[^<>]{1,512}+</))[ \t]{0,16}+)"
    r"(?>\\{0,3}+[\"'`](?P<quoted>[^\"'`\r\n\\]{0,512}+)|(?P<bare>[^\s\"'`,:;&<>\\)\]}=][^\s\"'`,;&<>\\)\]}=]{0,512}+={0,2}+))"
)
"""The rest of a name, what separates it from its value, and the value."""


class NamedValues:
    """Finds values by their names; a name is judged by what it is given."""

    def __init__(self, is_sensitive_name: Callable[[str], bool]) -> None:
        self._is_sensitive_name = is_sensitive_name
        self.literals = tuple(spelling for word in _WORDS for spelling in (word, word.capitalize(), word.upper()))

    @cached_property
    def _after(self) -> Callable[[str, int], re.Match[str] | None]:
        return re.compile(_AFTER, re.ASCII).match

    def at(self, text: str, starts: Iterable[int]) -> Iterator[tuple[str, Span]]:
        """Yield the secrets whose names hold a word that begins at one of ``starts``."""
        after, is_sensitive_name = self._after, self._is_sensitive_name
        # Lines may repeat, and a long text may be made of the same one.
        harmless: set[Case] = set()
        looked_at = 0
        for word in starts:
            # A name with two words is looked at once.
            if word < looked_at or (found := after(text, word)) is None:
                continue
            looked_at = found.start("separator")
            before = text[word - _LONGEST_NAME if word > _LONGEST_NAME else 0 : word]
            start = word - len(before) + len(before.rstrip(_NAME))
            name = text[start:looked_at].strip(".-")
            if is_sensitive_name(name) and (span := _secret(name, start, found, harmless)) is not None:
                yield ID, span
                # Else each of many names within a value would have the rest of it as its own.
                looked_at = span[1]


def _secret(name: str, start: int, found: re.Match[str], harmless: set[Case]) -> Span | None:
    """Return the span of the value, if it is a secret; else remember it as harmless."""
    text, separator = found.string, found["separator"]
    sign = separator.strip(" \t\r\n\\\"'`]")
    if not _separates(sign, separator, text[start - 1 : start]):
        return None
    group = "bare" if found["quoted"] is None else "quoted"
    is_quoted, is_line = group == "quoted" and sign != ",", _is_line(text, start, found.end(group), separator)
    case = (name, found[group], is_quoted, is_line)
    if case in harmless:
        return None
    if is_secret_value(name, found[group], is_quoted=is_quoted, is_line=is_line):
        return found.span(group)
    if len(harmless) < _REMEMBERED:
        harmless.add(case)
    return None


def _separates(sign: str, separator: str, preceding: str) -> bool:
    """Whether a value follows, and not the text after a tag of HTML, or the next part of an ARN or of a path."""
    if sign == ">":
        return preceding == "<"
    return not (sign == ":" and preceding == ":") and not (separator == ":" and preceding == "/")


def _is_line(text: str, start: int, stop: int, separator: str) -> bool:
    """Whether name and value are all of a line, as in settings, or are joined by ``=`` as nothing in prose is."""
    if "=" in separator or ">" in separator:
        return True
    end_of_line = text.find("\n", stop, stop + 64)
    rest = text[stop : stop + 64 if end_of_line < 0 else end_of_line].strip()
    beginning = text[max(0, start - 64) : start].rpartition("\n")[2].strip(" \t\r\"'-{")
    return not beginning and (not rest or rest[0] in "#,}")


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
