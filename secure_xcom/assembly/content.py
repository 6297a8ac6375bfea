"""The content rules of a deployment, compiled with the first text that could match one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import ConfigurationError, translated

if TYPE_CHECKING:
    from pathlib import Path

    from secure_xcom.classify.content import Rule
    from secure_xcom.classify.names import NameRules
    from secure_xcom.classify.policy import ContentRules
    from secure_xcom.settings.entry_points import Declared
    from secure_xcom.settings.settings import Settings

SHORTEST: Final = 8
"""Characters below which no rule matches: a task that pushes only such texts loads none."""


AIRFLOW_PATTERN: Final = "airflow-pattern"
"""Airflow's own masker masks a part of it by what it looks like."""


class LazyContent:
    """Implements ``classify.policy.ContentRules``. Threads that come together at first may each compile the rules."""

    def __init__(self, make: Callable[[], ContentRules]) -> None:
        self._make = make
        self._rules: ContentRules | None = None

    def rule_of(self, text: str) -> str | None:
        """Return the id of the rule by which a text is sensitive. Raises ``ConfigurationError`` for a mistaken file."""
        return self._compiled().rule_of(text) if len(text) >= SHORTEST else None

    def rule_of_name(self, name: str) -> str | None:
        """As ``rule_of``, for a key. Raises ``ConfigurationError`` for a mistaken file."""
        return self._compiled().rule_of_name(name) if len(name) >= SHORTEST else None

    def may_match(self, text: str) -> bool:
        """Whether a rule may match something in ``text``. Raises ``ConfigurationError`` for a mistaken file."""
        return len(text) >= SHORTEST and self._compiled().may_match(text)

    def secrets_in(self, text: str) -> Iterator[str]:
        """Return the parts of a text that rules match. Raises ``ConfigurationError`` for a mistaken file."""
        return self._compiled().secrets_in(text) if len(text) >= SHORTEST else iter(())

    def _compiled(self) -> ContentRules:
        if self._rules is None:
            self._rules = self._make()
        return self._rules


class WithAirflows:
    """Implements ``classify.policy.ContentRules``: rules, and after them the patterns of Airflow's own masker."""

    def __init__(self, rules: LazyContent | None, matches: Callable[[str], bool]) -> None:
        self._rules = rules
        self._matches = matches

    def rule_of(self, text: str) -> str | None:
        """Return the id of the rule by which a text is sensitive. Raises ``ConfigurationError`` for a mistaken file."""
        rule = self._rules.rule_of(text) if self._rules else None
        return rule or (AIRFLOW_PATTERN if self._matches(text) else None)

    def rule_of_name(self, name: str) -> str | None:
        """As ``rule_of``, for a key. Patterns may be registered at any time, so that they are asked each time."""
        rule = self._rules.rule_of_name(name) if self._rules else None
        return rule or (AIRFLOW_PATTERN if self._matches(name) else None)

    def may_match(self, text: str) -> bool:
        """Answer that a rule may match: the patterns have no literals to look for first."""
        return bool(text)

    def secrets_in(self, text: str) -> Iterator[str]:
        """Return the parts of a text that rules match; Airflow's masker finds what its own patterns match."""
        return self._rules.secrets_in(text) if self._rules else iter(())


def build_content(
    settings: Settings, names: NameRules, airflows: Callable[[str], bool] | None = None
) -> LazyContent | WithAirflows | None:
    """Return the built-in rules with those of the deployment's file, and Airflow's own; nothing is loaded yet.

    What Airflow itself masks is sensitive also with ``content_rules = off``; without it there are no rules then.
    """
    rules = LazyContent(lambda: _compiled(settings, names)) if settings.content_rules else None
    return rules if airflows is None else WithAirflows(rules, airflows)


@cache
def preload() -> None:
    """Load what judges names and texts, once, for this process and for those that are forked from it."""
    from secure_xcom.classify import json_texts, key_names, key_rules, printed, returned, shapes  # noqa: F401 - for them
    from secure_xcom.classify.content import RULES, ContentRules
    from secure_xcom.settings.entry_points import rules

    rules()
    ContentRules(RULES).preload()


def rules_of(settings: Settings) -> tuple[Rule, ...]:
    """Return the built-in rules, those of installed distributions, and those of the deployment's file.

    Raises ``ConfigurationError`` for a mistaken file or text, and for two rules with one id.
    """
    from secure_xcom.classify.content import RULES
    from secure_xcom.settings.entry_points import rules

    found = [*RULES]
    for declared in rules():
        found += _parsed(_text_of(declared), f"rules of {declared.distribution}")
    if settings.rules is not None:
        found += _parsed(_text_in(settings.rules), f"rules: {settings.rules}")
    twice = sorted(name for name, count in Counter(rule.id for rule in found).items() if count > 1)
    if twice:
        raise ConfigurationError(f"rules: two rules have the same id: {', '.join(twice)}")
    return tuple(found)


def _parsed(text: str, where: str) -> tuple[Rule, ...]:
    from secure_xcom.classify.content.custom import rules_from_toml

    def told(error: ConfigurationError) -> ConfigurationError:
        return ConfigurationError(*(f"{where}: {problem}" for problem in error.problems))

    with translated(ConfigurationError, into=told):
        return rules_from_toml(text)


def _text_in(path: Path) -> str:
    def unreadable(error: Exception) -> ConfigurationError:
        return ConfigurationError(f"rules: {path} cannot be read ({type(error).__name__})")

    with translated((OSError, UnicodeDecodeError), into=unreadable):
        return path.read_text(encoding="utf-8")


def _text_of(declared: Declared) -> str:
    """Return the text that an entry point names; of what its module raises the class is shown alone."""
    module, _, attribute = declared.path.partition(":")

    def unloadable(error: Exception) -> ConfigurationError:
        return ConfigurationError(f"rules of {declared.distribution}: cannot be loaded ({type(error).__name__})")

    with translated(Exception, into=unloadable):
        text = getattr(import_module(module), attribute)
    if not isinstance(text, str):
        raise ConfigurationError(f"rules of {declared.distribution}: {declared.path} is not a text")
    return text


def _compiled(settings: Settings, names: NameRules) -> ContentRules:
    from secure_xcom.classify.content import ContentRules
    from secure_xcom.classify.json_texts import WithJson
    from secure_xcom.settings.settings import NameRule

    rules = ContentRules(rules_of(settings), names.is_sensitive_in_text)
    return WithJson(rules, names, shapes=settings.names is NameRule.SEGMENTS)
