"""Stores, key providers and content rules of third parties, which installed distributions declare by entry point.

Of stores and key providers the entry point's name is the scheme, its value ``module:Class``: see "A store of your own"
in docs/stores.md. Of rules the value is ``module:TEXT``, a text in the form of a rules file: see docs/rules.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

STORES_GROUP: Final = "secure_xcom.stores"
KEY_PROVIDERS_GROUP: Final = "secure_xcom.key_providers"
RULES_GROUP: Final = "secure_xcom.rules"

GROUPS: Final[Mapping[str, str]] = {
    "store": STORES_GROUP,
    "large_store": STORES_GROUP,
    "key": KEY_PROVIDERS_GROUP,
}
"""The entry points that add schemes, by the option that names one."""


@dataclass(frozen=True, slots=True, order=True)
class Declared:
    """A class or a text, and the distribution that declares it, with its version."""

    path: str
    distribution: str


def declared(group: str, scheme: str) -> tuple[Declared, ...]:
    """Return what the installed distributions declare for a scheme; nothing of theirs is imported."""
    return _all().get((group, scheme), ())


def schemes(group: str) -> set[str]:
    """Return the schemes that the installed distributions declare."""
    return {scheme for of_group, scheme in _all() if of_group == group}


def rules() -> list[Declared]:
    """Return the texts of rules that the installed distributions declare, by the names of their entry points."""
    found = sorted((name, declared) for (group, name), declared in _all().items() if group == RULES_GROUP)
    return [each for _, declared in found for each in declared]


@cache
def _all() -> Mapping[tuple[str, str], tuple[Declared, ...]]:
    """Read the metadata of all distributions once a process: some milliseconds for the two hundred of an Airflow."""
    found: dict[tuple[str, str], tuple[Declared, ...]] = {}
    everything = entry_points()
    for group in (STORES_GROUP, KEY_PROVIDERS_GROUP, RULES_GROUP):
        for entry in everything.select(group=group):
            name = (group, entry.name)
            found[name] = (*found.get(name, ()), Declared(f"{entry.module}:{entry.attr}", _distribution(entry)))
    return found


def _distribution(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "unknown"
