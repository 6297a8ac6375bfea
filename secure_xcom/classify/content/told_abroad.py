"""``secrets_abroad``: values behind a word for passwords, codes or keys that is not ASCII, as in ``пароль: x``.

A text in ASCII has none of these words, and is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.content.gate import Word, compile_words
from secure_xcom.classify.content.late import late
from secure_xcom.classify.content.named_values import ID
from secure_xcom.classify.content.told_values import THING
from secure_xcom.classify.content.values import is_secret_value
from secure_xcom.classify.content.words_abroad import WORDS, Told
from secure_xcom.classify.distinct import is_distinctive
from secure_xcom.classify.name_words import words

if TYPE_CHECKING:
    from secure_xcom.classify.spans import Span

_SHORTEST_KEY: Final = 16
"""Characters of a token or a key."""

_MOST_WORDS: Final = 8192
"""Words of a piece of 65,536 characters that are looked at: one for each eight, as no list of logins has."""

_MOST_LOOKS: Final = 2048
"""Words of a piece behind which nothing is found: a text made for it has little else."""


@cache
def _finder() -> Callable[[str], Sequence[Word]]:
    return compile_words(tuple(WORDS), _MOST_WORDS)


def words_abroad(text: str) -> Sequence[Word]:
    """Return where the words stand in a text, the longest of those that begin at one place."""
    return () if text.isascii() else _finder()(text)


def secrets_abroad(text: str, found: Iterable[Word]) -> Iterator[tuple[str, Span]]:
    """Yield the secrets behind the words of a piece of a text, in their order."""
    behind, looks = _BEHIND().match, _MOST_LOOKS
    for start, stop in found:
        if _goes_on(text, stop):
            continue
        kind = WORDS[text[start:stop]]
        if (value := behind(text, stop)) is not None and _is_secret(kind, value):
            yield ID, value.span("value")
        elif kind is Told.CODE and (before := _code_before(text, start)) is not None:
            yield ID, before
        elif (looks := looks - 1) == 0:
            return


def _goes_on(text: str, stop: int) -> bool:
    """Whether a word is the beginning of another one, in letters that blanks part."""
    last, behind = text[stop - 1 : stop], text[stop : stop + 1]
    return behind.isalnum() and last < _FIRST_ASIAN and behind < _FIRST_ASIAN


_FIRST_ASIAN: Final = "\u0e00"

_ASIAN: Final = r"\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
"""Letters of Thai, Japanese, Chinese and Korean, which stand beside a value without a blank."""

_BEHIND: Final = late(
    rf"(?P<joined>[{_ASIAN}]{{0,16}}+)"
    r"(?>[ \t]?[(（\[【][^()（）\[\]【】\r\n]{1,24}+[)）\]】])?+"
    r"(?P<words>(?>[ ][^\W\d_]{1,20}+(?![\w@.])){0,4}+)"
    r"(?P<sign>\\{0,3}+[\"'`»」』”]?+[ \t\u3000]{0,8}+"
    r"(?>(?>[:：=＝→]|=>|->|[—–-](?=[ \t]))[ \t\u3000]{0,8}+(?>\r?+\n[ \t]{0,8}+){0,2}+)?+)"
    r"(?P<quote>\\{0,3}+[\"'`«「『“\[]?+)"
    rf"(?P<value>[^\s\"'`«»「」『』“”‘’,;，。；、！？：（）()<>|\[\]\\{_ASIAN}]{{3,256}}+)"
)
"""Up to four words of a sentence, or sixteen letters, a sign or none, and the value."""

_LINKS: Final = ("为", "為", "是", "は", "を", "는", "은", "가", "이", "คือ", "เป็น")
_LINKING_WORDS: Final = words("это теперь є είναι הוא היא هو هي است là to jest je är est è es to: jest:")
"""Letters, and words, that lead from the word to the value where no sign does."""

_ENDS: Final = late(r"\\{0,3}[\"'`»」』”,;，。；、！？（(<|\]]|[ \t.!]{0,8}(?:[\r\n]|$)")
"""What stands behind a value that ends where the sentence, the line or the field does."""

_CODE: Final = late(r"(?:[A-Z]{1,3}-)?[0-9]{3}[0-9-]?[0-9]{2,4}|[0-9]{4}")

_BEFORE: Final = late(r"(?<![\w.,:/-])(?P<code>[0-9]{4,8})[ ]?(?:是|为|為|—|–|-|は|が|는|은)[^\d\r\n]{0,12}$")
"""A code that the sentence begins with: ``123456 是您的验证码``."""

_LONGEST_LEAD: Final = 32
"""Characters before the word in which such a code stands."""

_AFTER_LATIN: Final = "\u0370"
"""The first letter that is not Latin."""

_WORDS_ALONE: Final = late(r"[^\W\d_]+(?:[-.][^\W\d_]+)*")


def _is_secret(kind: Told, found: re.Match[str]) -> bool:
    value, sign = found["value"].rstrip(".:!?"), found["sign"].strip()
    is_joined = bool(sign.strip("\"'`»」』”\\"))
    if not _leads_to_it(found["joined"], "" if is_joined else found["words"]):
        return False
    if value.startswith("//"):
        # The rest of an address, whose scheme was taken for a word.
        return False
    ends = _ENDS().match(found.string, found.end("value")) is not None
    if kind is Told.CODE:
        # How many were sent is said in the same words.
        return ends and _leads_to_it(found["joined"], "") and _CODE().fullmatch(value) is not None
    if kind is Told.KEY and len(value) < _SHORTEST_KEY:
        return False
    is_whole = ends and bool(sign)
    # Beside Latin letters a word is what is said of the password, and beside others it is the password.
    is_told = found.string[found.start() - 1] < _AFTER_LATIN or not value.isascii()
    if _WORDS_ALONE().fullmatch(value) is not None and (is_told or not is_whole):
        return False
    # What no sign joins to the word may be any word of the sentence.
    is_apart = is_whole or (_has_both(value) and is_distinctive(value) and THING().fullmatch(value) is None)
    return is_apart and is_secret_value(kind.value, value, is_quoted=bool(found["quote"]), is_line=is_whole)


def _leads_to_it(joined: str, between: str) -> bool:
    """Whether what stands between the word and the value says that the value follows."""
    return (not joined or joined.endswith(_LINKS)) and (not between or between.split()[-1].lower() in _LINKING_WORDS)


def _has_both(text: str) -> bool:
    return any(map(str.isdigit, text)) and any(map(str.isalpha, text))


def _code_before(text: str, start: int) -> Span | None:
    """Return where the code stands that ends before a word."""
    begin = max(0, start - _LONGEST_LEAD)
    found = _BEFORE().search(text[begin:start])
    return None if found is None else (begin + found.start("code"), begin + found.end("code"))
