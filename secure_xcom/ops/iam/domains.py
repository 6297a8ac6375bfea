"""The domains that policies are made for, and what each of them grants."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

from secure_xcom.model.domain import DOMAIN_FIELD, Domain

Domains: TypeAlias = tuple[tuple[Domain, tuple[Domain, ...]], ...]
"""Each domain with the domains that may read its values. A reader need not be listed for itself."""

DEFAULT_NAME: Final = f"xcom-{DOMAIN_FIELD}"
"""The name of a domain's role, key and account unless the settings give another."""


def readers_by_owner(domains: Domains) -> dict[Domain, tuple[Domain, ...]]:
    """Return the readers of each domain, also of the domains that only read. Both are sorted by name."""
    found: dict[Domain, set[Domain]] = {}
    for owner, readers in domains:
        found.setdefault(owner, set()).update(set(readers) - {owner})
        for reader in readers:
            found.setdefault(reader, set())
    return {owner: tuple(in_order(found[owner])) for owner in in_order(found)}


def in_order(domains: Iterable[Domain]) -> list[Domain]:
    """Return the domains sorted by name, so that the same domains give the same documents."""
    return sorted(domains, key=lambda domain: domain.name)


def describe(domain: Domain) -> str:
    """Return the domain as one line of ASCII, whatever a Dag is called: a comment may hold it."""
    return f"{'namespace' if domain.is_namespace else 'Dag'} {ascii(domain.label)[:80]}"
