"""``compile_search``: what finds all of some texts in another one, in one pass over it, however many they are.

An Aho-Corasick automaton (ahocorasick-rs, optional) where it is installed, and windows of the texts where it is not.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secure_xcom.classify.spans import Find, Span

_WORTH: Final = 128
"""Characters to search for each one of the texts at which a table (DFA) has been worth it: it finds twice as fast, and
takes six times as long to build."""

_SMALL: Final = 400_000
"""Characters of texts up to which there is a table: it takes some 300 bytes for each."""

_SHORT: Final = 1_000
"""Characters of a text up to which such a table is built: in the length of a run of one character it is quadratic."""

_NESTED: Final = 1_024
"""Characters of a text that are searched for others of the texts, and matches in them beyond which these are nested."""

_FEW: Final = 44
"""Characters of a text that has less than that many parts."""

_SURROGATES: Final = re.compile("[\ud800-\udfff]")


def compile_search(texts: list[str]) -> Find:
    """Return what yields where ``texts``, none of them empty, stand in a text that UTF-8 can hold; some may overlap."""
    plain = sorted({without_surrogates(text) for text in texts})
    try:
        from ahocorasick_rs import AhoCorasick, BytesAhoCorasick, Implementation
    except ImportError:
        from secure_xcom.classify.windows import compile_windows

        return compile_windows(plain)
    # Its own choice for few texts takes minutes to build for a long run of one character.
    kind = Implementation.ContiguousNFA
    in_ascii = [text.encode() for text in plain if text.isascii()]
    # A text in ASCII holds none of the others, and is searched as bytes, three times as fast.
    of_bytes = BytesAhoCorasick(in_ascii, implementation=kind)
    of_texts = functools.cache(lambda: AhoCorasick(plain, implementation=kind, store_patterns=False))
    table = functools.cache(lambda: BytesAhoCorasick(in_ascii, implementation=Implementation.DFA))
    size = sum(map(len, plain))
    is_small = size <= _SMALL and max(map(len, plain)) <= _SHORT
    searched = 0

    if any(
        len(of_bytes.find_matches_as_indexes(text[:_NESTED].encode(), overlapping=True)) > _NESTED
        for text in plain
        if len(text) > _FEW
    ):
        # Of texts that stand in one another many times, each would be a match of its own.
        from secure_xcom.classify.trie import compile_trie

        return compile_trie(plain)

    def find(text: str) -> Iterator[Span]:
        nonlocal searched
        if text.isascii():
            searched += len(text)
            automaton = table() if is_small and searched > _WORTH * size else of_bytes
            matches = automaton.find_matches_as_indexes(text.encode(), overlapping=True)
        else:
            matches = of_texts().find_matches_as_indexes(text, overlapping=True)
        return ((start, stop) for _, start, stop in matches)

    return find


def without_surrogates(text: str) -> str:
    """Return a text of the same length that UTF-8 can hold."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)
