"""``NamedValues``: values beside a sensitive name in a text: lines of settings, JSON, XML, queries and options.

``DB_PASSWORD=x``, ``password: x``, ``"apiKey": "x"``, ``?token=x&``, ``Pwd=x;`` and ``<secret>x</secret>``.
Prose and code name passwords too, so the value has to look like one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.content.values import is_secret_value

if TYPE_CHECKING:
    from secure_xcom.classify.spans import Span

ID: Final = "named-value"

_WORDS: Final = ("pass", "pwd", "psw", "secret", "token", "key", "cred", "auth", "cookie", "jwt", "session")
"""Parts of names: a name that is sensitive has one of them. Each is looked for in three spellings."""

_NAME: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"

_LONGEST_NAME: Final = 64
"""Characters of a name on each side of the word that is found."""

_AFTER: Final = (
    r"[\w.\-]{0,64}+(?P<separator>(?>\\{0,3}+[\"'`]\]?+|\])?+[ \t]{0,16}+"
    r"(?>(?>=>|:=|==?+|:(?!:))(?>(?<=:)[ \t]{0,4}+(?>[|>][+-]?+)?+[\r\n]{1,2}+[ \t]{1,16}+)?+|,(?=[ \t]{0,4}+\\{0,3}+[\"'])|>(?=[^<>]{1,512}+</))[ \t]{0,16}+)"
    r"(?>\\{0,3}+[\"'`](?P<quoted>[^\"'`\r\n\\]{0,2048}+)|(?P<bare>[^\s\"'`,;&<>\\)\]}]{1,2048}+))"
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

    @cached_property
    def _anywhere(self) -> re.Pattern[str]:
        return re.compile(f"(?>{'|'.join(self.literals)}){_AFTER}", re.ASCII)

    def at(self, text: str, start: int) -> tuple[str, Span] | None:
        """Return the value whose name holds a word that begins at ``start``, if it is a secret."""
        found = self._after(text, start)
        return found and self._value(text, start, found)

    def within(self, text: str, start: int, stop: int) -> Iterator[tuple[str, Span]]:
        """Yield the values whose names begin from ``start`` to ``stop``."""
        for found in self._anywhere.finditer(text, start):
            if found.start() >= stop:
                return
            if (value := self._value(text, found.start(), found)) is not None:
                yield value

    def _value(self, text: str, word: int, found: re.Match[str]) -> tuple[str, Span] | None:
        separator = found["separator"]
        before = text[max(0, word - _LONGEST_NAME) : word]
        start = word - len(before) + len(before.rstrip(_NAME))
        if separator.strip(" \t\r\n\\\"'`]") == ">" and text[start - 1 : start] != "<":
            return None
        name = text[start : found.start("separator")].strip(".-")
        group = "bare" if found["quoted"] is None else "quoted"
        if not self._is_sensitive_name(name):
            return None
        is_line = _is_line(text, start, found.end(group), separator)
        is_secret = is_secret_value(name, found[group], is_quoted=group == "quoted", is_line=is_line)
        return (ID, found.span(group)) if is_secret else None


def _is_line(text: str, start: int, stop: int, separator: str) -> bool:
    """Whether name and value are all of a line, as in settings, or are joined by ``=`` as nothing in prose is."""
    if "=" in separator or ">" in separator:
        return True
    end_of_line = text.find("\n", stop, stop + 64)
    rest = text[stop : stop + 64 if end_of_line < 0 else end_of_line].strip()
    beginning = text[max(0, start - 64) : start].rpartition("\n")[2].strip(" \t\r\"'-{")
    return not beginning and (not rest or rest[0] in "#,}")


_SENSITIVE: Final = re.compile(
    r"pass(?:word|wd|phrase|code)?$|pwd$|secret$|(?:^|_)token$|credentials?$|(?:^|_)authorization$|(?:^|_)jwt$|(?:^|_)cookies?$|"
    r"(?:api|access|private|account|encryption|signing|secret|master|auth|client|ssh|shared_access|storage|session|webhook|license|"
    r"service|app|application)_?key$|connection_?string$"
)
"""A name's end, after camel case is split: enough where nothing better is given."""

_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@lru_cache(maxsize=1024)
def looks_sensitive(name: str) -> bool:
    """Whether a name's last words name a secret: what judges names where nobody else does."""
    snake = re.sub(r"[\W_]+", "_", _HUMP.sub("_", name).lower())
    return _SENSITIVE.search(snake) is not None
