"""The sections on what is protected, by what: rules, domains, policies, keys, settings, versions and controls."""

from __future__ import annotations

from collections.abc import Iterable

from secure_xcom.ops.audit.report.document import Block, Paragraph
from secure_xcom.ops.audit.report.drawn import sealed_over_time
from secure_xcom.ops.audit.report.pack import Pack
from secure_xcom.ops.audit.report.tables import table


def sealed(pack: Pack) -> Iterable[Block]:
    """Yield the rules, and the keys that they sealed."""
    yield table("Rules", ("rule", "setting", "effect"), ((one.name, one.setting, one.found) for one in pack.rules))
    if pack.access and pack.access.days:
        yield sealed_over_time(pack.access)
    yield table(
        "Sealed values by key",
        ("Dag", "task", "key", "writes", "rows now", "stores", "rules", "contracts"),
        (
            (
                *(one.dag_id, one.task_id, one.key, str(one.writes), str(one.rows)),
                *(", ".join(one.stores), ", ".join(one.rules), "; ".join(one.contracts)),
            )
            for one in pack.sealed
        ),
    )


def domains(pack: Pack) -> Block:
    """Return the domains."""
    return table(
        "Domains",
        ("domain", "Dags", "store", "key", "other readers", "lifetime"),
        (
            (
                *(one.name, ", ".join(one.dags), one.store, one.key, ", ".join(one.readers) or "no other Dag"),
                f"{one.ttl}, by {one.reason_of_ttl}",
            )
            for one in pack.domains
        ),
    )


def identities(pack: Pack) -> Iterable[Block]:
    """Yield what the policies allow."""
    yield Paragraph(
        "These are the policies that the settings generate. Nothing was asked of AWS or Vault here. The checks say "
        "what was refused to this worker's identity."
    )
    for one in pack.identities:
        if one.problem:
            yield Paragraph(f"{one.kind}: {one.problem}.")
            continue
        yield table(
            one.kind,
            ("identity", "effect", "actions", "on", "without it"),
            (
                (right.identity, right.effect, ", ".join(right.actions), ", ".join(right.resources), right.without)
                for right in one.permissions
            ),
        )


def checks(pack: Pack) -> Block:
    """Return the doctor's checks."""
    return table(
        "Checks by secure-xcom doctor",
        ("check", "outcome", "found", "what to do"),
        ((one.name, one.outcome, one.found, one.fix) for one in pack.checks),
    )


def keys(pack: Pack) -> Block:
    """Return the keys."""
    return table(
        "Keys that wrap data keys",
        ("key", "used by", "age", "rotation"),
        ((one.uri, ", ".join(one.domains), one.changed, one.rotation) for one in pack.keys),
    )


def settings(pack: Pack) -> Iterable[Block]:
    """Yield the options that are set, and then the others."""
    yield table(
        "Options of [secure_xcom] that are set, without secrets",
        ("option", "value"),
        ((one.name, one.value or "(empty)") for one in pack.settings if not one.is_default),
    )
    defaults = (f"{one.name} ({one.value or 'empty'})" for one in pack.settings if one.is_default)
    yield Paragraph(f"With their defaults: {', '.join(defaults)}.")


def dependencies(pack: Pack) -> Iterable[Block]:
    """Yield the versions that matter."""
    yield Paragraph(
        f"Compared with a table of advisories of {pack.advisories_of}, which is not complete and grows old. Run a "
        "scanner such as pip-audit for a current answer."
    )
    yield table(
        "Packages",
        ("package", "version", "what for", "advisories"),
        (
            (
                *(one.package, one.version, one.role),
                "; ".join(
                    f"{each.id} ({each.severity}): {each.about}; fixed in {each.fixed}" for each in one.advisories
                )
                or "the table has no advisory of this version",
            )
            for one in pack.dependencies
        ),
    )


def controls(pack: Pack) -> Iterable[Block]:
    """Yield a table for each framework."""
    yield Paragraph(
        "Which part of this pack is evidence for which control, and what it does not show. A row does not say that a "
        "control is met."
    )
    for framework in dict.fromkeys(one.framework for one in pack.controls):
        yield table(
            framework,
            ("control", "topic", "evidence", "shows", "does not show"),
            (
                (one.id, one.topic, ", ".join(one.evidence), one.shows, one.limits)
                for one in pack.controls
                if one.framework == framework
            ),
        )
