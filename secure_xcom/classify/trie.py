"""``compile_trie``: one regular expression in the shape of a trie, for texts that are short or stand in one another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.heads import HEAD, Heads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from secure_xcom.classify.spans import Find, Span

_BEGINNING: Final = 8
"""Characters of a text that the regular expression holds: more make it slow to compile, fewer tell too little."""


def compile_trie(texts: list[str]) -> Find:
    """Return what finds the longest of ``texts`` at each position; those that begin within another one, too.

    The pattern holds how the texts begin, so that long ones make it no longer. What it finds is compared as a whole.
    """
    heads = {text[:HEAD] for text in texts}
    longer, lengths = Heads(texts), _lengths(heads)
    root: dict[str, object] = {}
    for beginning in lengths:
        node = root
        for character in beginning:
            node = node.setdefault(character, {})  # type: ignore[assignment]  # a trie of tries
        node[""] = None
    # The lookahead finds matches that overlap: each position is a beginning of its own.
    pattern = re.compile(f"(?=({_pattern(root)}))", re.DOTALL)

    def find(text: str) -> Iterator[Span]:
        end_of = longer.comparing(text)
        for found in pattern.finditer(text):
            start = found.start(1)
            for length in lengths[found[1]]:
                if text[start : start + length] in heads and (end := end_of(start, start + length)) > start:
                    yield start, end
                    break

    return find


def _lengths(texts: Iterable[str]) -> dict[str, list[int]]:
    """Return the lengths, longest first, of the texts that can stand where each beginning does."""
    found: dict[str, set[int]] = {}
    for text in texts:
        found.setdefault(text[:_BEGINNING], set()).add(len(text))
    for beginning, lengths in found.items():
        # Shorter texts that begin this one stand there too.
        lengths.update(length for length in range(1, len(beginning)) if beginning[:length] in found)
    return {beginning: sorted(lengths, reverse=True) for beginning, lengths in found.items()}


def _pattern(node: dict[str, object]) -> str:
    """Write a trie as a pattern, longest texts first. It is as deep as a beginning is long."""
    branches = [re.escape(key) + _pattern(child) for key, child in node.items() if isinstance(child, dict)]
    if not branches:
        return ""
    inner = branches[0] if len(branches) == 1 and "" not in node else f"(?:{'|'.join(branches)})"
    return f"{inner}?" if "" in node else inner
