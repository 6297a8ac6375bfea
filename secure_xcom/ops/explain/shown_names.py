"""``ShownNames``: names as operators may see them. An id or a key may be a secret itself, such as a provider's token.

The ids of Dags, runs and tasks, and the keys of XComs, come from Dag authors. Reports and errors show them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from secure_xcom.assembly.content import rules_of
from secure_xcom.assembly.policy import build_policy
from secure_xcom.secret import MASK
from secure_xcom.settings.settings import Seal

if TYPE_CHECKING:
    from secure_xcom.model.coordinates import Coordinates, TaskInstance
    from secure_xcom.model.entry import Entry
    from secure_xcom.ports.host import Host
    from secure_xcom.settings.settings import Settings

RuleOf = Callable[[str], str | None]
"""Returns the rule by which a text is a secret itself."""

Spans = Callable[[str], Sequence[tuple[str, int, int]]]
"""Returns the secrets within a text: a rule, and where they begin and end."""

_REMEMBERED: Final = 4096
"""Names, and texts, whose answer is kept."""

_SHORTEST_TOKEN: Final = 16
_MOST_PARTS: Final = 12
"""Characters of a token that is looked for within a name, and parts of such a name: each pair of ends is tried."""

_NAME: Final = re.compile(r"(?<=')[^'\n]+(?=')|[^\s'\"/]+")
"""A name as errors and coordinates quote it, or a part of the name of an object, or any other word."""


def masked_name(name: str, rule_of: RuleOf) -> str:
    """Return a name, or a mask for one that is a secret itself, or has one among its words: ``pw_AKIA...``."""
    is_secret = bool(name) and (rule_of(name) is not None or any(map(rule_of, _within(name))))
    return MASK if is_secret else name


def _within(name: str) -> Iterator[str]:
    """Yield what stands between low lines and could be a token, which no rule looks for amid a word."""
    parts = name.split("_")
    if len(name) <= _SHORTEST_TOKEN or not 1 < len(parts) <= _MOST_PARTS:
        return
    for start in range(len(parts)):
        for stop in range(start + 1, len(parts) + 1):
            within = "_".join(parts[start:stop])
            if _SHORTEST_TOKEN <= len(within) < len(name):
                yield within


class ShownNames:
    """Masks names. ``spans`` finds them in texts that hold more than a name, such as errors."""

    def __init__(self, rule_of: RuleOf, spans: Spans) -> None:
        # A listing of the ledger has the same few names in each entry.
        self._rule_of = lru_cache(_REMEMBERED)(rule_of)
        self._text = lru_cache(_REMEMBERED)(self._masked)
        self._spans = spans

    def name(self, name: str) -> str:
        """Return a name, or a mask for one that is a secret itself."""
        return masked_name(name, self._rule_of)

    def coordinates(self, where: Coordinates) -> Coordinates:
        """Return coordinates that may be shown."""
        return replace(
            where,
            dag_id=self.name(where.dag_id),
            run_id=self.name(where.run_id),
            task_id=self.name(where.task_id),
            key=self.name(where.key),
        )

    def task(self, who: TaskInstance) -> TaskInstance:
        """Return a task instance that may be shown."""
        return replace(who, dag_id=self.name(who.dag_id), run_id=self.name(who.run_id), task_id=self.name(who.task_id))

    def entry(self, entry: Entry) -> Entry:
        """Return an entry of the ledger that may be shown."""
        return replace(
            entry,
            where=self.coordinates(entry.where),
            actor=entry.actor and self.task(entry.actor),
            host=self.text(entry.host),
            detail=self.text(entry.detail),
        )

    def text(self, text: str) -> str:
        """Return a text, such as an error's, with a mask for each name and each secret in it."""
        return self._text(text) if text else ""

    def _masked(self, text: str) -> str:
        masked = _NAME.sub(lambda name: self._in_text(name[0]), text)
        pieces, end = [], 0
        for _, start, stop in sorted(self._spans(masked), key=lambda span: span[1:]):
            # Two rules may find the same secret.
            pieces += [masked[end:start], MASK] if start >= end else []
            end = max(end, stop)
        return "".join((*pieces, masked[end:]))

    def _in_text(self, name: str) -> str:
        # In the name of an object it is percent-encoded.
        return name if self.name(unquote(name)) != MASK else MASK


def build_shown_names(settings: Settings, host: Host) -> ShownNames:
    """Return the names of a deployment by its rules of contents. They count also if pushes go without them.

    Raises ``ConfigurationError`` for a mistaken file of rules.
    """
    from secure_xcom.classify.content import ContentRules

    # What is sealed does not matter to names. With another value the policy wants Airflow to hide by names.
    judging = replace(settings, content_rules=True, seal=Seal.ALL)
    # No word before a name makes it a secret: coordinates read like pairs of a name and a value.
    rules = ContentRules(rules_of(judging), lambda _: False)
    return ShownNames(build_policy(judging, host).rule_of_text, rules.explain)


def built_in_shown_names() -> ShownNames:
    """Return the names by the built-in rules alone, which need no settings."""
    from secure_xcom.classify.content import RULES, ContentRules

    rules = ContentRules(RULES, lambda _: False)
    return ShownNames(rules.rule_of, rules.explain)
