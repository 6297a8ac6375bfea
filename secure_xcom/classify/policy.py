"""``Policy``: the deployment's answer to what is sensitive, assembled once from settings and host."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from secure_xcom.classify.names import REGISTERED, ContentRule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Which names and which texts are sensitive; ``everything`` seals every value whole."""

    rule_of_name: Callable[[str], str | None]
    """The rule by which a name is sensitive, or ``None``."""

    holds_registered_secret: Callable[[str], bool]
    content_rules: Sequence[ContentRule] = ()
    everything: bool = False
    marks_only: bool = False
    """Nothing is sensitive but what stands in ``Secret``."""

    def for_marks_only(self) -> Policy:
        """This policy without its rules."""
        return replace(
            self,
            rule_of_name=lambda _: None,
            holds_registered_secret=lambda _: False,
            content_rules=(),
            everything=False,
            marks_only=True,
        )

    def rule_of_text(self, text: str) -> str | None:
        """The rule by which a text is sensitive whatever its name, or ``None``."""
        if self.holds_registered_secret(text):
            return REGISTERED
        if not self.content_rules:
            return None
        return next((f"content-{rule.id}" for rule in self.content_rules if rule.matches(text)), None)
