"""``RuleText``: what people read about a rule."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """A rule for people: what it finds, why that is sensitive, and an example of what it finds and leaves alone."""

    id: str
    description: str
    reason: str
    example: str
    counterexample: str = ""
    source: str = ""
