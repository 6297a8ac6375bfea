"""``compile_search``: what finds all of some texts in another one, in one pass over it, however many they are.

Aho-Corasick automata (ahocorasick-rs, optional) where they are installed, and windows of the texts where they are not.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.beginnings import Beginnings
from secure_xcom.classify.heads import HEAD, Heads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ahocorasick_rs import BytesAhoCorasick

    from secure_xcom.classify.spans import Find, Span

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
    # A text in ASCII holds none of the others, and is searched as bytes, three times as fast.
    in_ascii = [text for text in plain if text.isascii()]
    beginnings = functools.cache(lambda: Beginnings(in_ascii))
    longer = Heads(plain)
    of_bytes = functools.cache(
        lambda: BytesAhoCorasick([head.encode() for head in _heads(in_ascii)], implementation=kind)
    )
    of_texts = functools.cache(lambda: AhoCorasick(_heads(plain), implementation=kind, store_patterns=False))
    trie = functools.cache(lambda: _trie_of_nested(plain, of_bytes))

    def find(text: str) -> Iterable[Span]:
        if text.isascii():
            spans = beginnings().find(text)
            if spans is not None:
                return spans
        if found := trie():
            return found(text)
        if text.isascii():
            matches = of_bytes().find_matches_as_indexes(text.encode(), overlapping=True)
        else:
            matches = of_texts().find_matches_as_indexes(text, overlapping=True)
        end_of = longer.comparing(text)
        return [(start, end) for _, start, stop in matches if (end := end_of(start, stop)) > start]

    return find


def _heads(texts: Iterable[str]) -> list[str]:
    return sorted({text[:HEAD] for text in texts})


def _trie_of_nested(plain: Sequence[str], of_bytes: Callable[[], BytesAhoCorasick]) -> Find | None:
    """Return another way to find texts that stand in one another many times: each would be a match of its own."""
    longer = (text[:_NESTED].encode() for text in plain if len(text) > _FEW)
    if not any(len(of_bytes().find_matches_as_indexes(text, overlapping=True)) > _NESTED for text in longer):
        return None
    from secure_xcom.classify.trie import compile_trie

    return compile_trie(list(plain))


def without_surrogates(text: str) -> str:
    """Return a text of the same length that UTF-8 can hold."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)
