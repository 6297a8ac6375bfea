"""What people read about each rule of a deployment, its own ones too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from secure_xcom.classify.rules import OWN, SHAPES, RuleText

if TYPE_CHECKING:
    from secure_xcom.settings.settings import Settings


def rule_texts(settings: Settings) -> Mapping[str, RuleText]:  # noqa: ARG001
    """Return the rules by their ids as findings name them. Raises ``ConfigurationError`` for a mistaken rules file."""
    return {text.id: text for text in (*OWN, *SHAPES)}
