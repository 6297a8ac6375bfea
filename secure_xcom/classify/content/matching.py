"""``ContentRules``: which rules a text matches, and where.

A gate finds the literals of all rules in one pass. Only where one is found, its rules look closer. A long text is read
in pieces, so the memory that is needed does not grow with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from heapq import merge
from itertools import chain
from typing import TYPE_CHECKING, Final, Protocol

from secure_xcom.classify.content.encoded_text import may_hold, text_in
from secure_xcom.classify.content.gate import Gate, Hit, Word, compile_gate
from secure_xcom.classify.content.inserted import InsertedValues
from secure_xcom.classify.content.named_values import NamedValues, looks_sensitive
from secure_xcom.classify.content.rule import SECRET
from secure_xcom.classify.content.text_tables import TableSearch
from secure_xcom.classify.content.told_abroad import secrets_abroad, words_abroad
from secure_xcom.classify.content.told_values import ToldValues
from secure_xcom.classify.content.verify import WORD_CHARACTERS, Verdicts, Verifier, has_escapes, widened

if TYPE_CHECKING:
    from secure_xcom.classify.content.rule import Rule
    from secure_xcom.classify.spans import Span

Match = tuple[str, int, int]
"""A rule's id, and where the match begins and ends."""

Matcher = Callable[[str, int], re.Match[str] | None]

_SHORTEST: Final = 8
"""Characters below which a text is no token, and no line with a name and a value."""

_LONGEST_KEPT: Final = 256
"""Characters of a key beyond which no answer about it is kept."""

_PIECE: Final = 1 << 16
"""Characters of a long text that are read at once."""


SpanOf = Callable[[str, re.Match[str]], "Span"]
"""Returns the part of a text that a match stands for."""


def _whole_of(text: str, found: re.Match[str]) -> Span:
    return widened(text, found.span())


def _secret_of(text: str, found: re.Match[str]) -> Span:
    """Return the secret alone: of an address with a password, that one."""
    return found.span(SECRET) if SECRET in found.re.groupindex else _whole_of(text, found)


class Search(Protocol):
    """What looks for values by the words of their names, piece by piece of one text."""

    def at(self, starts: Iterable[int]) -> Iterator[tuple[str, Span]]:
        """Yield the secrets whose names hold a word that begins at one of ``starts``."""


_preloaded: dict[tuple[str, ...], Gate] = {}


class ContentRules:
    """Rules compiled for texts, lazily and once. Safe to use from several threads.

    ``is_sensitive_name`` answers for the names that stand before values in a text, such as ``DB_PASSWORD``.
    """

    def __init__(self, rules: Sequence[Rule], is_sensitive_name: Callable[[str], bool] | None = None) -> None:
        is_sensitive = is_sensitive_name or looks_sensitive
        self._rules = tuple(rules)
        self._named = NamedValues(is_sensitive)
        self._is_sensitive_name = is_sensitive
        self._kept = lru_cache(maxsize=4096)(self.rule_of)

    def rule_of(self, text: str) -> str | None:
        """Return the id of the first rule that matches anywhere in ``text``, or ``None``."""
        if len(text) < _SHORTEST:
            return None
        if len(text) > _PIECE:
            return _first(self._in_pieces(text)) or self._rule_of_encoded(text)
        hits = self._gate(text)
        abroad = () if text.isascii() else words_abroad(text)
        if not hits and not abroad:
            return self._rule_of_encoded(text)
        found = self._at(text, (hits, abroad), 0, [], _whole_of, is_escaped=has_escapes(text))
        return _first(found) or self._rule_of_encoded(text)

    def rule_of_name(self, name: str) -> str | None:
        """As ``rule_of``, for a key; the answers about short ones are kept."""
        return self._kept(name) if len(name) <= _LONGEST_KEPT else self.rule_of(name)

    def may_match(self, text: str) -> bool:
        """Whether a rule may match something in ``text``: a literal or a word stands in it, or a text in base64."""
        return bool(self._gate(text) or words_abroad(text)) or may_hold(text)

    def explain(self, text: str) -> list[Match]:
        """Return all matches in their order. What is found in a text in base64 has the place of the whole text."""
        found = sorted({(rule, *span) for rule, span in self._in_pieces(text)}, key=lambda match: (match[1:], match[0]))
        if not found and len(text) >= _SHORTEST and (rule := self._rule_of_encoded(text)) is not None:
            return [(rule, 0, len(text))]
        return found

    def secrets_in(self, text: str) -> Iterator[str]:
        """Yield what rules match in ``text``, in the order of its pieces; some of it twice.

        Of a text in base64, that is what they match in the text that it encodes.
        """
        yield from (text[start:end] for _, (start, end) in self._in_pieces(text, _secret_of))
        if (inner := text_in(text)) is not None:
            yield from (inner[start:end] for _, (start, end) in self._in_pieces(inner, _secret_of))

    @cached_property
    def _by_literal(self) -> Mapping[str, Sequence[Verifier]]:
        by_literal: dict[str, list[Verifier]] = {literal: [] for literal in self._named.literals}
        for verifier in map(Verifier, self._rules):
            for literal in verifier.literals:
                by_literal.setdefault(literal, []).append(verifier)
        return by_literal

    @cached_property
    def _longest_literal(self) -> int:
        return max(map(len, self._by_literal))

    @cached_property
    def _verifiers_of(self) -> Sequence[Sequence[Verifier]]:
        return list(self._by_literal.values())

    @cached_property
    def _matchers_of(self) -> list[Sequence[tuple[Matcher, Verifier]] | None]:
        """What matches at each literal; ``None`` before it turns up for the first time: then it is compiled."""
        return [None] * len(self._by_literal)

    @cached_property
    def _runs(self) -> frozenset[int]:
        """The literals of one character again and again: within a longer run of it, the first place alone can match."""
        return frozenset(
            literal
            for literal, (text, verifiers) in enumerate(self._by_literal.items())
            if len(set(text)) == 1 and all(verifier.stands_alone(text[0]) for verifier in verifiers)
        )

    @cached_property
    def _bounded(self) -> frozenset[int]:
        """The literals that stand right after no letter, digit or low line in any match, but for the end of an escape.

        Most of them stand amid a word: ``sk_`` in ``task_id``. To see that costs less than to try their patterns.
        """
        verifiers_of = enumerate(self._verifiers_of)
        return frozenset(literal for literal, verifiers in verifiers_of if all(one.is_bounded() for one in verifiers))

    @cached_property
    def _gate(self) -> Gate:
        literals = tuple(self._by_literal)
        return _preloaded.get(literals) or compile_gate(literals)

    def preload(self) -> None:
        """Compile what finds the literals, for this process and for those that are forked from it."""
        literals = tuple(self._by_literal)
        _preloaded[literals] = _preloaded.get(literals) or compile_gate(literals)

    def _in_pieces(self, text: str, span_of: SpanOf = _whole_of) -> Iterator[tuple[str, Span]]:
        longest, escaped = self._longest_literal, has_escapes(text)
        searches: list[Search] = []
        for start in range(0, len(text), _PIECE):
            piece = text[start : start + _PIECE + longest]
            hits = self._gate(piece)
            abroad = [(begin + start, end + start) for begin, end in words_abroad(piece)]
            yield from self._at(text, (hits, abroad), start, searches, span_of, is_escaped=escaped)

    def _at(  # noqa: PLR0913 - what is known of the piece
        self,
        text: str,
        found_in: tuple[Sequence[Hit], Sequence[Word]],
        offset: int,
        searches: list[Search],
        span_of: SpanOf,
        *,
        is_escaped: bool,
    ) -> Iterator[tuple[str, Span]]:
        """Yield what rules match, and after it what has only a name: the former tell more.

        ``searches`` of the text go on from piece to piece; they are made when the first name turns up.
        """
        within = () if is_escaped else self._bounded
        matchers_of = self._matchers_of
        hits, abroad = found_in
        words = len(self._named.literals)
        names: list[int] = []
        verdicts: Verdicts = {}
        runs, before = self._runs, -2
        for literal, start, _ in hits:
            if literal < words:
                names.append(start + offset)
            elif literal in runs:
                is_within, before = start == before + 1, start
                if is_within:
                    continue
            if literal in within and (at := start + offset) and text[at - 1] in WORD_CHARACTERS:
                continue
            if (matchers := matchers_of[literal]) is None:
                matchers = self._compiled(literal)
            # Here and not in a function: a text made for it has a hit in each third character.
            for match, verifier in matchers:
                found = match(text, start + offset)
                if found is not None and verifier.is_secret(found, verdicts):
                    yield verifier.id, span_of(text, found)
        if names or abroad:
            searches += self._searches_of(text, searches)
            told, inserted, tables = searches
            lines = [*merge(names, (start for start, _ in abroad))] if abroad else names
            yield from chain(self._named.at(text, names), told.at(names), inserted.at(lines), tables.at(lines))
            yield from secrets_abroad(text, abroad)

    def _searches_of(self, text: str, known: Sequence[Search]) -> tuple[Search, ...]:
        if known:
            return ()
        judge = self._is_sensitive_name
        return ToldValues(text, judge), InsertedValues(text, judge), TableSearch(text, judge)

    def _compiled(self, literal: int) -> Sequence[tuple[Matcher, Verifier]]:
        self._matchers_of[literal] = found = [(one.match, one) for one in self._verifiers_of[literal]]
        return found

    def _rule_of_encoded(self, text: str) -> str | None:
        inner = text_in(text)
        return None if inner is None else _first(self._in_pieces(inner))


def _first(found: Iterator[tuple[str, Span]]) -> str | None:
    return next((rule for rule, _ in found), None)
