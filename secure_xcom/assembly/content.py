"""The content rules of a deployment, compiled with the first text that could match one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from secure_xcom.classify.content import ContentRules, Rule
    from secure_xcom.settings.settings import Settings

SHORTEST: Final = 8
"""Characters below which no rule matches: a task that pushes only such texts loads none."""


class LazyContent:
    """Implements ``classify.policy.ContentRules``. Threads that come together at first may each compile the rules."""

    def __init__(self, make: Callable[[], ContentRules]) -> None:
        self._make = make
        self._rules: ContentRules | None = None

    def rule_of(self, text: str) -> str | None:
        """Return the id of the rule by which a text is sensitive. Raises ``ConfigurationError`` for a mistaken file."""
        return self._compiled().rule_of(text) if len(text) >= SHORTEST else None

    def may_match(self, text: str) -> bool:
        """Whether a rule may match something in ``text``. Raises ``ConfigurationError`` for a mistaken file."""
        return len(text) >= SHORTEST and self._compiled().may_match(text)

    def _compiled(self) -> ContentRules:
        if self._rules is None:
            self._rules = self._make()
        return self._rules


def build_content(settings: Settings, is_sensitive_name: Callable[[str], bool]) -> LazyContent:
    """Return the built-in rules with those of the deployment's file; nothing is loaded yet."""
    return LazyContent(lambda: _compiled(settings, is_sensitive_name))


def rules_of(settings: Settings) -> tuple[Rule, ...]:
    """Return the built-in rules and the deployment's own. Raises ``ConfigurationError`` for a mistaken file."""
    from secure_xcom.classify.content import RULES

    return RULES if settings.rules is None else (*RULES, *_rules_in(settings.rules))


def _rules_in(path: Path) -> tuple[Rule, ...]:
    from secure_xcom.classify.content.custom import rules_from_toml

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = f"rules: {path} cannot be read ({type(error).__name__})"
    else:
        return rules_from_toml(text)
    raise ConfigurationError(problem)


def _compiled(settings: Settings, is_sensitive_name: Callable[[str], bool]) -> ContentRules:
    from secure_xcom.classify.content import ContentRules

    return ContentRules(rules_of(settings), is_sensitive_name)
