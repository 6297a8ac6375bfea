"""``document``: the sections of the pack, in the order of a reviewer's questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from secure_xcom.ops.audit.finding import Place, Severity, State
from secure_xcom.ops.audit.report.document import Block, Document, Paragraph, Section, Table
from secure_xcom.ops.audit.report.drawn import findings_by_place, readers, refusals_over_time, sealed_over_time
from secure_xcom.ops.audit.report.pack import Access, Pack

MOST_ROWS: Final = 40
"""Rows of a table for people. The JSON has all of them."""

_NO_SCAN: Final = (
    "There was no scan: this pack says nothing about plaintext in Airflow's database and logs. Run secure-xcom audit "
    "scan --output scan.json, and give it with --scan."
)


def document(pack: Pack) -> Document:
    """Return the pack for people."""
    return Document(
        title="secure-xcom review pack",
        facts=(
            ("made at", pack.stamp),
            ("secure-xcom", pack.product),
            ("Airflow", pack.airflow or "not known"),
            ("mode", pack.mode),
        ),
        sections=(
            Section("summary", "Summary", (_summary(pack),)),
            Section("findings", "Secrets in plaintext", tuple(_findings(pack))),
            Section("around", "Routes around the backend", tuple(_around(pack))),
            Section("sealed", "What is sealed, where, and by which rules", tuple(_sealed(pack))),
            Section("domains", "Domains and lifetimes", (_domains(pack),)),
            Section("identities", "Identities and what the policies allow", tuple(_identities(pack))),
            Section("access", "Who read what, and what was refused", tuple(_access(pack))),
            Section("verification", "Verification of the ledger", tuple(_verification(pack))),
            Section("checks", "Checks of this deployment", (_checks(pack),)),
            Section("keys", "Keys", (_keys(pack),)),
            Section("settings", "Settings", tuple(_settings(pack))),
            Section("dependencies", "Versions and known advisories", tuple(_dependencies(pack))),
            Section("controls", "Control map", tuple(_controls(pack))),
            Section("gaps", "What was not looked at", (_gaps(pack),)),
        ),
    )


def _table(
    caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, most: int = MOST_ROWS
) -> Table | Paragraph:
    found = [tuple(row) for row in rows]
    if not found:
        return Paragraph(f"{caption}: nothing to list.")
    return Table(caption, tuple(columns), tuple(found[:most]), more=max(0, len(found) - most))


def _summary(pack: Pack) -> Block:
    access, verified = pack.access, pack.verified
    counts = Counter(check.outcome for check in pack.checks)
    return _table(
        "The answers in short",
        ("question", "answer"),
        (
            ("Where do secrets lie in plaintext?", _plaintext(pack)),
            (
                "What is protected?",
                f"{sum(one.writes for one in pack.sealed)} sealed writes of {len(pack.sealed)} keys",
            ),
            ("Who read?", "no ledger was read" if access is None else _read(access)),
            ("Is the record whole?", "it was not verified" if verified is None else verified.verdict),
            ("Do the checks pass?", _counted(counts) or "they were not made"),
            ("Known advisories", str(sum(len(one.advisories) for one in pack.dependencies))),
            ("Not looked at", f"{len(pack.gaps)}, listed at the end"),
        ),
    )


def _plaintext(pack: Pack) -> str:
    if pack.scan is None:
        return "not known: there was no scan"
    found = Counter(finding.severity.value for finding in pack.scan.open_findings)
    told = _counted({name.value: found[name.value] for name in Severity}) or "nothing was found"
    return told if pack.scan.is_complete else f"{told}; the scan is not complete"


def _counted(counts: Counter[str] | dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)


def _read(access: Access) -> str:
    done = sum(one.times for one in access.readings if one.outcome == "done")
    refused = sum(one.times for one in access.refusals)
    return f"{done} reads recorded; {refused} actions refused, expired or failed"


def _findings(pack: Pack) -> Iterable[Block]:
    scan = pack.scan
    if scan is None:
        yield Paragraph(_NO_SCAN)
        return
    yield Paragraph(
        f"The scan of a {scan.database} database ran from {scan.began} to {scan.ended} with version {scan.product}. "
        f"Of {len(scan.findings)} findings, the baseline accepts {len(scan.findings) - len(scan.open_findings)}."
    )
    if scan.findings:
        yield findings_by_place(scan)
    worst_first = sorted(scan.findings, key=lambda one: (one.severity.rank, one.place, one.fingerprint))
    yield _table(
        "Findings",
        ("severity", "rule", "place", "what it looks like", "count", "last seen", "accepted"),
        (
            (one.severity.value, one.rule, place(one.place), one.excerpt, str(one.count), one.last_seen, one.accepted)
            for one in worst_first
        ),
    )


def place(found: Place) -> str:
    """Return a place on one line. What is empty is left out."""
    parts = (
        ("", found.source),
        ("Dag ", found.dag_id),
        ("run ", found.run_id),
        ("task ", found.task_id),
        ("map index ", str(found.map_index) if found.map_index >= 0 else ""),
        ("", found.name),
        ("column ", found.column),
        ("part ", found.part),
        ("line ", str(found.line) if found.line else ""),
    )
    return ", ".join(what + text for what, text in parts if text)


def _around(pack: Pack) -> Iterable[Block]:
    yield Paragraph(
        "A value that takes one of these routes is never shown to the backend. A plaintext row does not say by which "
        "route it came, so a finding counts for each route that leads to its source."
    )
    yield _table(
        "Routes around the backend",
        ("route", "how", "found", "what to do"),
        ((one.name, one.how, _found(one.findings, one.note), one.cure) for one in pack.routes_around),
    )


def _found(findings: int | None, note: str) -> str:
    return f"not known: {note}" if findings is None else f"{findings} ({note})"


def _sealed(pack: Pack) -> Iterable[Block]:
    yield _table("Rules", ("rule", "setting", "effect"), ((one.name, one.setting, one.found) for one in pack.rules))
    if pack.access and pack.access.days:
        yield sealed_over_time(pack.access)
    yield _table(
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


def _domains(pack: Pack) -> Block:
    return _table(
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


def _identities(pack: Pack) -> Iterable[Block]:
    yield Paragraph(
        "These are the policies that the settings generate. Nothing was asked of AWS or Vault here. The checks say "
        "what was refused to this worker's identity."
    )
    for one in pack.identities:
        if one.problem:
            yield Paragraph(f"{one.kind}: {one.problem}.")
            continue
        yield _table(
            one.kind,
            ("identity", "effect", "actions", "on", "without it"),
            (
                (right.identity, right.effect, ", ".join(right.actions), ", ".join(right.resources), right.without)
                for right in one.permissions
            ),
        )


def _access(pack: Pack) -> Iterable[Block]:
    access = pack.access
    if access is None:
        yield Paragraph("No ledger was read, so this pack does not say who read what.")
        return
    yield Paragraph(
        f"The ledger has {access.entries} entries about {access.dags} Dags, from {access.first or 'never'} to "
        f"{access.last or 'never'}. {access.reveals} times a person had a value revealed."
    )
    if access.readings:
        yield readers(access)
    yield _table(
        "Who read what",
        ("key", "read by", "outcome", "times", "runs"),
        (
            (
                f"{one.dag_id}.{one.task_id} {one.key}",
                who(one.reader_dag_id, one.reader_task_id),
                *(one.outcome, str(one.times), str(one.runs)),
            )
            for one in access.readings
        ),
    )
    if access.refusals:
        yield refusals_over_time(access)
    yield _table(
        "Refused, expired or failed",
        ("key", "by", "action", "outcome", "error", "times", "first", "last"),
        (
            (
                f"{one.dag_id}.{one.task_id} {one.key}",
                who(one.actor_dag_id, one.actor_task_id),
                *(one.event, one.outcome, one.error, str(one.times), one.first, one.last),
            )
            for one in access.refusals
        ),
    )


def who(dag_id: str, task_id: str) -> str:
    """Return the name of an actor."""
    return f"{dag_id}.{task_id}" if dag_id or task_id else "code outside a task"


def _verification(pack: Pack) -> Iterable[Block]:
    verified = pack.verified
    if verified is None:
        yield Paragraph("The ledger was not verified.")
        return
    yield Paragraph(
        f"{verified.verdict}. {verified.entries} entries of {verified.runs} runs were walked; {verified.unproved} of "
        f"them are unproved. Anchor: {verified.anchor}."
    )
    problems = (*(("broken", one) for one in verified.breaks), *(("cut", one) for one in verified.cuts))
    if problems:
        yield _table("Broken links and cuts", ("kind", "what"), problems)


def _checks(pack: Pack) -> Block:
    return _table(
        "Checks by secure-xcom doctor",
        ("check", "outcome", "found", "what to do"),
        ((one.name, one.outcome, one.found, one.fix) for one in pack.checks),
    )


def _keys(pack: Pack) -> Block:
    return _table(
        "Keys that wrap data keys",
        ("key", "used by", "age", "rotation"),
        ((one.uri, ", ".join(one.domains), one.changed, one.rotation) for one in pack.keys),
    )


def _settings(pack: Pack) -> Iterable[Block]:
    yield _table(
        "Options of [secure_xcom] that are set, without secrets",
        ("option", "value"),
        ((one.name, one.value or "(empty)") for one in pack.settings if not one.is_default),
    )
    defaults = (f"{one.name} ({one.value or 'empty'})" for one in pack.settings if one.is_default)
    yield Paragraph(f"With their defaults: {', '.join(defaults)}.")


def _dependencies(pack: Pack) -> Iterable[Block]:
    yield Paragraph(
        f"Compared with a table of advisories of {pack.advisories_of}, which is not complete and grows old. Run a "
        "scanner such as pip-audit for a current answer."
    )
    yield _table(
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


def _controls(pack: Pack) -> Iterable[Block]:
    yield Paragraph(
        "Which part of this pack is evidence for which control, and what it does not show. A row does not say that a "
        "control is met."
    )
    for framework in dict.fromkeys(one.framework for one in pack.controls):
        yield _table(
            framework,
            ("control", "topic", "evidence", "shows", "does not show"),
            (
                (one.id, one.topic, ", ".join(one.evidence), one.shows, one.limits)
                for one in pack.controls
                if one.framework == framework
            ),
        )


def _gaps(pack: Pack) -> Block:
    return _table("Not looked at", ("what", "why"), ((one.what, one.why) for one in pack.gaps))


def is_gap(state: State) -> bool:
    """Whether a source of that state was not looked at whole."""
    return state in (State.PARTLY, State.UNREADABLE, State.LEFT_OUT)
