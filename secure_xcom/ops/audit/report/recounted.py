"""The sections on who read what, and on whether the record of it is whole."""

from __future__ import annotations

from collections.abc import Iterable

from secure_xcom.ops.audit.report.document import Block, Paragraph
from secure_xcom.ops.audit.report.drawn import readers, refusals_over_time
from secure_xcom.ops.audit.report.pack import Pack
from secure_xcom.ops.audit.report.tables import table, who
from secure_xcom.ops.lineage.render import number


def access(pack: Pack) -> Iterable[Block]:
    """Yield who read what, and what was refused."""
    access = pack.access
    if access is None:
        yield Paragraph("No ledger was read, so this pack does not say who read what.")
        return
    yield Paragraph(
        f"The ledger has {access.entries} entries about {number(access.dags, 'Dag')}, from "
        f"{access.first or 'never'} to {access.last or 'never'}. "
        f"{number(access.reveals, 'time')} a person had a value revealed."
    )
    if access.readings:
        yield readers(access)
    yield table(
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
    yield table(
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


def verification(pack: Pack) -> Iterable[Block]:
    """Yield the verdict on the ledger."""
    verified = pack.verified
    if verified is None:
        yield Paragraph("The ledger was not verified.")
        return
    yield Paragraph(
        f"{verified.verdict}. {verified.entries} entries of {number(verified.runs, 'run')} were walked; "
        f"{verified.unproved} of them are unproved. Anchor: {verified.anchor}."
    )
    problems = (*(("broken", one) for one in verified.breaks), *(("cut", one) for one in verified.cuts))
    if problems:
        yield table("Broken links and cuts", ("kind", "what"), problems)
