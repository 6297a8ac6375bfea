"""Which groups of values look as if a rule were missing, or were one too many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from secure_xcom.classify import Policy
from secure_xcom.classify.paths import advance, matches
from secure_xcom.ops.tune.effect import LASTING
from secure_xcom.ops.tune.parts import SEALED_BEFORE
from secure_xcom.ops.tune.steps import POSITION, REST, Pattern

if TYPE_CHECKING:
    from secure_xcom.ops.tune.look import Look
    from secure_xcom.ops.tune.tally import Group

LOOKS_RANDOM: Final = "looks random"
AIRFLOW_HIDES: Final = "Airflow hides the name"
LOOKS_HARMLESS: Final = "looks harmless"


def looks_secret(group: Group, look: Look) -> bool:
    """Whether a plain value of this look is one that a rule may have missed."""
    return look.is_suspicious or (group.airflow_hides and not look.is_harmless)


def missed_values(group: Group) -> int:
    """Count the plain values of a group that look secret."""
    return sum(values for look, values in group.plain.items() if looks_secret(group, look))


def harmless_values(group: Group) -> int:
    """Count the sealed values of a group if all of them look harmless, and a setting can have them plain; else 0.

    That they are always the same makes none of them harmless: a password is. What is sealed already cannot be seen, and
    may be anything.
    """
    if any(rule == SEALED_BEFORE for rule, _ in group.sealed):
        return 0
    judged = {(rule, look): values for (rule, look), values in group.sealed.items() if rule not in LASTING}
    if not all(look.is_harmless for _, look in judged):
        return 0
    return sum(judged.values())


def is_decided(pattern: Pattern, policy: Policy) -> bool:
    """Whether the operator said of this place, in ``ignored_keys``, that what stands there is never sensitive."""
    if pattern == REST:
        return True
    states = policy.ignored_paths.start
    is_ignored = False
    for step in pattern:
        states = advance(states, 0 if step == POSITION else step)
        # What stands in a list is ignored with the list.
        below = is_ignored and step == POSITION
        is_ignored = below or matches(states) or (step != POSITION and policy.names.ignores(step))
    return is_ignored
