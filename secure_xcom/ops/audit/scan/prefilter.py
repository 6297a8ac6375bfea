"""``Prefilter``: which texts of a batch need a look, found in one pass over all of them at once.

Almost no row holds a secret. To parse each one and walk through it takes longer than to fetch it. A row is harmless
without a match of a rule of contents, without a word that ends the name of a secret, and without a data frame. JSON
that escapes a character is always looked at, since a text that is searched must stand there as it is.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.content.gate import compile_gate
from secure_xcom.classify.name_endings import ENDINGS, WHOLE_NAMES
from secure_xcom.payload.stored_frames import CLASSES

if TYPE_CHECKING:
    from secure_xcom.classify.content.matching import Match

Explain = Callable[[str], Sequence["Match"]]

_STEMS: Final = ("pass", "pwd", "psw", "secret", "token", "key", "cred", "auth", "cookie", "jwt", "session")
"""One of these stands in most endings of names, and in all names of ``content.named_values``."""

_PARTED: Final = {"presigned": ("signed", "authenticated"), "kubeconfig": ("kube",), "webhook": ("hook",)}
"""Words that a name may write as two (``classify.words``), and parts that stand in both spellings."""

_COMMON: Final = frozenset(
    """
    alias answer assertion client config configs configuration conn connection customer db device domain fields gateway
    hash id info json post raw response service settings str string strings parameters security shared url
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
"""Words of endings that stand in many names: another word of the same ending is looked for, if there is one."""

_SHAPES: Final = ("sensitive", "secured", "masked", "signature", "encoded", "/secrets/", "securestring")
"""Words in each dict that is secret by its kind (``classify.kinds``) and that has none of the others."""

_FRAMES: Final = tuple(name.lower() for name in CLASSES)
"""One of them stands in each data frame that Airflow stored, whose Parquet tells nothing."""

_SHORT: Final = 3
"""Letters up to which a word counts only by itself: ``pat`` is a token, and ``path`` is not."""


class Prefilter:
    """Looks for words of names in any case, for matches of the rules of contents, and for data frames."""

    def __init__(self, explain: Explain, more_words: Iterable[str] = ()) -> None:
        words = sorted({*_words(), *_STEMS, *_SHAPES, *_FRAMES, *(word.lower() for word in more_words)})
        self._explain = explain
        self._gate = compile_gate(words)
        self._is_short = [len(word) <= _SHORT for word in words]

    def suspects(self, texts: Sequence[str]) -> list[int]:
        """Return the positions of the texts that may hold a secret; of the others no rule says so."""
        joined = "\n".join(texts)
        found = set(_escaped(texts)) if "\\" in joined or not joined.isascii() else set()
        starts = list(accumulate((len(text) + 1 for text in texts), initial=0))
        for start in self._hits(joined):
            found.add(bisect_right(starts, start) - 1)
        return sorted(found)

    def _hits(self, joined: str) -> Iterator[int]:
        is_short = self._is_short
        # Some letters become two in lower case. Texts that have others than ASCII's are suspects anyway.
        lowered = joined.encode("ascii", "replace").lower().decode("ascii")
        for word, start, stop in self._gate(lowered):
            if not is_short[word] or _stands_alone(joined, start, stop):
                yield start
        for _, start, _ in self._explain(joined):
            yield start


def _stands_alone(text: str, start: int, stop: int) -> bool:
    """Whether a word may be one by itself in a name: a small letter before or after it would be part of the word."""
    after, first, before = text[stop : stop + 1], text[start], text[start - 1 : start]
    return not (after.islower() or (first.islower() and before.islower()))


def _escaped(texts: Sequence[str]) -> Iterator[int]:
    return (position for position, text in enumerate(texts) if "\\" in text or not text.isascii())


def _words() -> Iterator[str]:
    endings = [ending for ending, rule in ENDINGS.items() if rule is not None]
    for ending in (*endings, *WHOLE_NAMES):
        # The endings of other alphabets stand in texts that are suspects anyway.
        if all(map(str.isascii, ending)) and not any(stem in word for word in ending for stem in _STEMS):
            yield from _parted(_telling(ending))


def _telling(ending: Sequence[str]) -> str:
    """Return the word of an ending that stands in the fewest names: a long one that is not common."""
    return max(ending, key=lambda word: (len(word) > _SHORT - 1, word not in _COMMON, len(word)))


def _parted(word: str) -> Sequence[str]:
    return _PARTED.get(word, (word,))


def words_of_patterns(patterns: Iterable[str]) -> list[str] | None:
    """Return a word that stands in each name that matches one of the operator's patterns; ``None`` if one has none."""
    words = [max(re.split(r"[^a-z0-9]+", pattern.lower()), key=len) for pattern in patterns]
    return words if all(words) else None
