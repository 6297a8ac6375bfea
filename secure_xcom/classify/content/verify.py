"""``Verifier``: whether a rule matches where one of its literals stands."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.content.placeholders import entropy, is_placeholder
from secure_xcom.classify.content.rule import SECRET, Rule

if TYPE_CHECKING:
    from secure_xcom.classify.spans import Span

_BEFORE: Final = r"(?>(?<![{0}])|(?<=\\[nrt])|(?<=%[0-9A-F]{{2}})|(?<=\\u00[0-9a-f]{{2}}))"
"""What stands before a match: no character of the token itself, unless it ends an escape as in ``\\n`` and ``%3D``."""

WORD_CHARACTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")

_AROUND: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_~.+/-="
"""Characters of tokens: the span of a match is widened to the whole run of them, in which a literal may stand amid."""

_WIDEST: Final = 256


Verdicts = dict[tuple[float | str, str], bool]
"""Whether texts are random enough and no placeholders; and by a rule's id whether they pass its check. A text that
repeats one is looked at once."""

_REMEMBERED: Final = 4096


class Verifier:
    """One rule, whose pattern is compiled when one of its literals turns up for the first time."""

    def __init__(self, rule: Rule) -> None:
        self.id = rule.id
        self.literals = rule.literals
        self._rule = rule

    def stands_alone(self, character: str) -> bool:
        """Whether no match stands right after ``character``, except for the end of an escape."""
        boundary = self._rule.boundary
        return bool(boundary) and re.fullmatch(f"[{boundary}]", character) is not None

    def is_bounded(self) -> bool:
        """Whether no match stands right after any of ``WORD_CHARACTERS``, except for the end of an escape."""
        boundary = self._rule.boundary
        return bool(boundary) and all(re.fullmatch(f"[{boundary}]", one, re.ASCII) for one in WORD_CHARACTERS)

    @cached_property
    def match(self) -> Callable[[str, int], re.Match[str] | None]:
        """What matches the pattern at a place where one of the literals begins."""
        return self._compiled.match

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        rule = self._rule
        before, after = (_BEFORE.format(rule.boundary), rf"(?![{rule.boundary}])") if rule.boundary else ("", "")
        return re.compile(f"{before}{rule.pattern}{after}", re.ASCII)

    @cached_property
    def _secret(self) -> int:
        return self._compiled.groupindex.get(SECRET, 0)

    def is_secret(self, found: re.Match[str], verdicts: Verdicts) -> bool:
        """Whether what matched is random enough, no placeholder, and passes the rule's check."""
        rule = self._rule
        # The group may be in one of several alternatives.
        secret = found[self._secret] or found[0]
        verdict = verdicts.get((rule.entropy, secret))
        # What stands around a match is looked at first, unless the match is harmless wherever it stands.
        looks_around = rule.check is not None and not rule.checks_itself
        if verdict is False or (looks_around and not self.passes(found)):
            return False
        if verdict is None:
            verdict = not is_placeholder(secret) and (not rule.entropy or entropy(secret) >= rule.entropy)
            if len(verdicts) < _REMEMBERED:
                verdicts[rule.entropy, secret] = verdict
        return verdict and (looks_around or rule.check is None or self._passes_check(found, verdicts))

    def passes(self, found: re.Match[str]) -> bool:
        """Whether what matched passes the check of a rule that asks for nothing else."""
        return self._rule.check is None or self._rule.check(found)

    def _passes_check(self, found: re.Match[str], verdicts: Verdicts) -> bool:
        verdict = verdicts.get((self.id, found[0]))
        if verdict is None:
            verdict = self.passes(found)
            if len(verdicts) < _REMEMBERED:
                verdicts[self.id, found[0]] = verdict
        return verdict


def has_escapes(text: str) -> bool:
    """Whether a token may stand right after a letter or a digit, since that ends an escape."""
    return "\\" in text or "%" in text


def widened(text: str, span: Span) -> Span:
    """Return the span of the whole run of a token's characters."""
    start, stop = span
    before, after = text[max(0, start - _WIDEST) : start], text[stop : stop + _WIDEST]
    return (start - len(before) + len(before.rstrip(_AROUND)), stop + len(after) - len(after.lstrip(_AROUND)))
