"""No command shows an id or a key that is a secret itself: in no table, no JSON and no error."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest
from typer import Exit

from secure_xcom.assembly.policy import build_policy
from secure_xcom.classify.content.invention import invent
from secure_xcom.cli import migrate_output, reap_tables, rewrap_output, tune_tables
from secure_xcom.cli.deployment import exit_on_configuration_error
from secure_xcom.cli.events_output import Format
from secure_xcom.cli.ledger import exit_on_error
from secure_xcom.cli.shown import names
from secure_xcom.errors import ConfigurationError, ContractViolation, SecureXComError, StoreDenied
from secure_xcom.ledger.lazy import LazyLedger
from secure_xcom.ledger.wanted import Wanted
from secure_xcom.model.coordinates import Coordinates, TaskInstance
from secure_xcom.model.event import Event
from secure_xcom.model.object_name import new_object_id, object_name
from secure_xcom.model.seal import SealContext
from secure_xcom.ops.explain.shown_names import build_shown_names, built_in_shown_names
from secure_xcom.ops.lifecycle.migrate.plan import Report as Migrated
from secure_xcom.ops.lifecycle.migrate.tally import Left, Problem
from secure_xcom.ops.lifecycle.move.outcome import Failure
from secure_xcom.ops.lifecycle.move.outcome import Summary as Moved
from secure_xcom.ops.lifecycle.reap.missing import Looked
from secure_xcom.ops.lifecycle.reap.report import Report as Reaped
from secure_xcom.ops.lifecycle.reap.summary import Summary
from secure_xcom.ops.lifecycle.reap.verdict import Judged, Reason
from secure_xcom.ops.tune.report import report_of
from secure_xcom.ops.tune.rows import Row
from secure_xcom.ops.tune.tally import Tally
from secure_xcom.ports.listing import Listed
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost
from tests.unit.cli.conftest import Command
from tests.unit.ops.lineage.traffic import read, task, write

move, reveal = (import_module(f"secure_xcom.cli.{name}") for name in ("move", "reveal"))

TOKENS: Final = {
    "GitHub": invent("ghp_<30 base62><checksum>"),
    "GitLab": invent("glpat-<20 base62>"),
}
"""Each may be the id of a Dag and of a task in Airflow, and the key of an XCom."""

FIELDS: Final = ("dag_id", "run_id", "task_id", "key")

CASES: Final = [(field, token) for field in FIELDS for token in TOKENS.values()]


def where_of(field: str, token: str) -> Coordinates:
    ids = dict.fromkeys(FIELDS, "plain") | {field: token}
    return Coordinates(**ids)


def migrated(where: Coordinates, name: str, error: str) -> Migrated:
    problem = Problem(left=Left.REFUSED, why=error, count=1, examples=(where,))
    return Migrated(rows={}, done={}, groups=[(where.dag_id, "mark", 1)], problems=[problem], stopped=f"{error} {name}")


def of_migrate(where: Coordinates, name: str, error: str) -> None:
    migrate_output.print_report(migrated(where, name, error), 9, is_real=True)


def of_migrate_in_json(where: Coordinates, name: str, error: str) -> None:
    print(migrate_output.report_as_json(migrated(where, name, error), is_real=True))


def reaped(where: Coordinates, name: str, error: str) -> Reaped:
    label = f"file:///sealed/{name}"
    return Reaped(
        deleted=False,
        stores={label: Summary()},
        problems={label: f"StoreDenied: {error}"},
        named=[Judged(listed=Listed(name, 1), place=None, verdict=Reason.ROW_GONE, where=where)],
        rows=Looked(rows=1, missing=1, where=[where]),
    )


def of_reap(where: Coordinates, name: str, error: str) -> None:
    reap_tables.print_report(reaped(where, name, error))


def of_reap_in_json(where: Coordinates, name: str, error: str) -> None:
    print(json.dumps(reaped(where, name, error).as_json(names())))


def moved(name: str, error: str) -> Moved:
    summary = Moved()
    summary.fail(Failure(name, "StoreDenied", error))
    summary.left |= {f"file:///old/{name}": True, f"file:///older/{name}": False}
    return summary


def of_move(_: Coordinates, name: str, error: str) -> None:
    print(move._text(moved(name, error), delete=True))


def of_move_in_json(_: Coordinates, name: str, error: str) -> None:
    print(json.dumps(move._object(moved(name, error))))


class Rewrapped:
    """What a rewrap leaves: one object that could not be moved."""

    seen = 0

    def __init__(self, problem: str) -> None:
        from secure_xcom.ops.lifecycle.rewrap.outcome import Summary

        self.summary = Summary(problems=[problem])

    def former(self) -> list[object]:
        return []


def of_rewrap(_: Coordinates, name: str, error: str) -> None:
    rewrap_output.print_summary(Rewrapped(f"{name}: {error}"), dry_run=False)  # type: ignore[arg-type]


def of_rewrap_in_json(_: Coordinates, name: str, error: str) -> None:
    print(json.dumps(rewrap_output.as_object(Rewrapped(f"{name}: {error}"))))  # type: ignore[arg-type]


def of_tune(where: Coordinates, *_: str) -> None:
    tally = Tally(build_policy(Settings.parse({}, Path("/nowhere")), FakeHost()), lambda _: False)
    for number in range(6):
        value = {"password": f"kanarienvogel{number}", where.run_id: "yes", "pages": {where.task_id: "no"}}
        tally.add(Row(dag_id=where.dag_id, task_id=where.task_id, key=where.key, value=value))
    report = report_of(tally)
    tune_tables.print_report(report, 99)
    tune_tables.print_proposals(report)
    print(import_module("secure_xcom.cli.tune")._object(report))


def of_reveal(where: Coordinates, *_: str) -> None:
    context = SealContext(coordinates=where, object_id=new_object_id(), created=1, expires=2)
    revealed = import_module("secure_xcom.ops.lifecycle.reveal.reveal").Revealed(tree=None, context=context, state="")
    print(reveal._about(revealed))


def errors_of(where: Coordinates, name: str, error: str) -> None:
    reader = TaskInstance(dag_id=where.dag_id, run_id=where.run_id, task_id=where.task_id)
    told = (
        (exit_on_configuration_error, ConfigurationError(f"--dag: {where.dag_id!r} {error} {name}")),
        (exit_on_error, ContractViolation(f"it is {where}.", f"{reader} asked for {where}")),
        (reveal._exit_on_error, StoreDenied(f"{name}: {error}", str(reader))),
    )
    for ending, raised in told:
        with pytest.raises(Exit), ending():
            _raise(raised)


def _raise(error: SecureXComError) -> None:
    raise error


OUTPUTS: Final[tuple[Callable[[Coordinates, str, str], None], ...]] = (
    of_migrate,
    of_migrate_in_json,
    of_reap,
    of_reap_in_json,
    of_move,
    of_move_in_json,
    of_rewrap,
    of_rewrap_in_json,
    of_tune,
    of_reveal,
    errors_of,
)


@pytest.mark.parametrize("output", OUTPUTS, ids=lambda output: output.__name__)
@pytest.mark.parametrize(("field", "token"), CASES, ids=[f"{field}-{kind}" for field in FIELDS for kind in TOKENS])
def test_no_output_shows_a_name_that_is_a_secret(
    output: Callable[[Coordinates, str, str], None], field: str, token: str, capsys: pytest.CaptureFixture[str]
) -> None:
    where = where_of(field, token)
    name = object_name(where, new_object_id())
    output(where, name, f"grant it to {name}, for {where}")
    shown = "".join(capsys.readouterr())
    assert token not in shown
    assert shown.strip()


OF_LEDGER: Final = {
    **{f"lineage as {form}": ("lineage", "{dag}", "--format", form) for form in ("table", "json", "mermaid", "dot")},
    "lineage of a run": ("lineage", "{dag}", "{run}"),
    "lineage of another run": ("lineage", "{dag}", "{dag}"),
    "suggestion": ("lineage", "{dag}", "--suggest"),
    **{f"events as {form.value}": ("audit", "events", "--format", form.value) for form in Format},
    "verification": ("audit", "verify"),
    "verification as json": ("audit", "verify", "--json"),
}


@pytest.mark.parametrize("arguments", OF_LEDGER.values(), ids=OF_LEDGER)
def test_no_output_about_the_ledger_shows_a_name_that_is_a_secret(
    arguments: tuple[str, ...], ledger: LazyLedger, command: Command
) -> None:
    tokens = dag, run, task_id, key, reason = [invent("ghp_<30 base62><checksum>") for _ in range(5)]
    writer = task(task_id, dag=dag, run=run)
    reader = task("use", dag=dag, run=run)
    entries = [write(writer, key), read(reader, writer, key), write(task("make", dag=dag, run=run), "plain")]
    ledger.append([*entries, replace(read(None, writer, key), detail=f"by ann: {reason}", host=reason)])
    ledger.append_kept([read(reader, writer, key)], [""])
    done = command(*(one.format(dag=dag, run=run) for one in arguments))
    printed = re.sub(r"\s|[│┃]", "", done.stdout + done.stderr)
    assert [token for token in tokens if token in printed or token[:20] in printed] == []
    assert printed


def test_an_entry_without_secrets_is_listed_as_it_is(ledger: LazyLedger, command: Command) -> None:
    run = "scheduled__2026-01-01T00:00:00+00:00"
    ledger.append([write(task("g.make", dag="e tl", run=run), "db_password")])
    (chain,) = {one.chain for batch in ledger.batches(Wanted()) for one in batch if one.entry.event is Event.WRITE}
    done = command("audit", "events", "--json")
    assert json.loads(done.stdout.splitlines()[0]) | {"chain": chain} == json.loads(done.stdout.splitlines()[0])
    assert all(text in done.stdout for text in ("g.make", "e tl", run, "db_password", f'"detail":"{chain}"'))


@pytest.mark.parametrize("kind", TOKENS)
@pytest.mark.parametrize("name", ["manual__%s", "pw_%s", "pw_%s_x"])
def test_a_secret_amid_a_name_is_masked_with_it(name: str, kind: str) -> None:
    assert built_in_shown_names().name(name % TOKENS[kind]) == "***"


def test_other_names_stay_as_they_are() -> None:
    where = Coordinates(
        dag_id="etl.daily", run_id="scheduled__2026-01-01T00:00:00+00:00", task_id="a.password", key="db_password"
    )
    for text in (
        str(where),
        f"{TaskInstance(dag_id='etl', run_id='r', task_id='token')} asked for {where}; grant s3:GetObject on it",
        object_name(where, "0" * 32),
        "key: local:///var/lib/keyring.json is unreadable; set [secure_xcom] key = aws-kms://alias/name",
    ):
        assert built_in_shown_names().text(text) == text
    assert built_in_shown_names().coordinates(where) == where


def test_a_name_is_masked_also_if_pushes_go_without_rules_of_contents(tmp_path: Path) -> None:
    settings = Settings.parse({"content_rules": "off", "seal": "all"}, tmp_path)
    token = TOKENS["GitHub"]
    assert token not in build_shown_names(settings, FakeHost()).text(f"key {token!r} of task t")


def test_a_name_that_airflows_masker_knows_is_masked(tmp_path: Path) -> None:
    host = FakeHost(registered=("kanarienvogel-4711",))
    shown = build_shown_names(Settings.parse({}, tmp_path), host)
    assert shown.name("kanarienvogel-4711") == "***"
    assert shown.text("key 'kanarienvogel-4711' of task t") == "key '***' of task t"
