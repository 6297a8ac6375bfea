"""What people read about each rule of a deployment, its own ones too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from secure_xcom.assembly.content import rules_of
from secure_xcom.classify.key_rules import KEY_RULES
from secure_xcom.classify.rule_text import RuleText
from secure_xcom.classify.rules import OWN, STORED, WITHIN_TEXTS
from secure_xcom.classify.shape_rules import SHAPES

if TYPE_CHECKING:
    from secure_xcom.settings.settings import Settings


def rule_texts(settings: Settings) -> Mapping[str, RuleText]:
    """Return the rules by their ids as findings name them. Raises ``ConfigurationError`` for a mistaken rules file."""
    return {text.id: text for text in (*OWN, *_names(), *SHAPES, *STORED, *WITHIN_TEXTS, *_content(settings))}


def _names() -> Iterator[RuleText]:
    for rule in KEY_RULES:
        yield RuleText(
            id=rule.id,
            description=rule.description,
            reason=rule.reason,
            example=rule.example,
            counterexample=rule.counterexample,
        )


def _content(settings: Settings) -> Iterator[RuleText]:
    from secure_xcom.classify.content.invention import invent

    for rule in rules_of(settings):
        yield RuleText(
            id=f"content-{rule.id}",
            description=rule.description,
            reason=rule.reason,
            example=invent(rule.example),
            counterexample=invent(rule.counterexample),
            source=rule.source,
        )
