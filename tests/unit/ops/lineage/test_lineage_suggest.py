"""The suggested declaration is Python, and admits what was observed and no more."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.contracts.declare import Declaration, Key, resolve
from secure_xcom.contracts.enforce import DagContract, authorise
from secure_xcom.errors import ContractViolation
from secure_xcom.model.contract import MAX_READERS, Reader
from secure_xcom.model.coordinates import RETURN_VALUE, TaskInstance, XComQuery
from secure_xcom.model.entry import Entry, Outcome
from secure_xcom.model.event import NOTHING_THERE, Event
from secure_xcom.ops.lineage.graph import lineage
from secure_xcom.ops.lineage.suggest import literal, suggest
from tests.unit.ops.lineage.traffic import HOSTILE, access, read, task, write

DAG = "dag"


@dataclass
class Pasted:
    """What a Dag file with the suggestion declares."""

    source: str
    declared: dict[str, list[Key]] = field(default_factory=dict)

    def contract(self, downstream: dict[str, list[str]]) -> DagContract:
        said = [Declaration(task_id=name, keys=tuple(keys)) for name, keys in self.declared.items()]
        return resolve(DAG, downstream, said)


def in_vain(who: TaskInstance, source: TaskInstance, key: str) -> Entry:
    """A task pulls what ``source`` never pushed."""
    return replace(read(who, source, key), detail=NOTHING_THERE)


def pasted(entries: Sequence[Entry]) -> Pasted:
    """Run the suggestion as a Dag file would, with nothing but its own imports."""
    result = Pasted(suggest(lineage(DAG, None, entries)))
    tree = ast.parse(result.source)
    calls = [node for node in tree.body if not isinstance(node, ast.ImportFrom)]
    imported = [alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    known = {"Key": Key, "Reader": Reader, "exclusive": lambda dag, declared: result.declared.update(declared)}
    names = {name: known[name] for name in imported} | {"dag": object(), "__builtins__": {}}
    exec(compile(ast.Module(calls, []), "dag.py", "exec"), names)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - {"dag"}
    assert used == set(imported)
    return result


def allows(contract: DagContract, entry: Entry) -> bool:
    """Whether the contract lets happen what the entry tells, with nothing but contracts in the way."""
    where, actor = entry.where, entry.actor
    try:
        if entry.event is Event.WRITE:
            contract.for_push(actor, where, "value")
        else:
            query = XComQuery(dag_id=DAG, run_id=where.run_id, task_id=where.task_id, key=where.key)
            contract_required = contract.for_pull(actor, query)
            if entry.detail == NOTHING_THERE:
                return True
            writer = TaskInstance(dag_id=DAG, run_id=where.run_id, task_id=where.task_id, map_index=where.map_index)
            terms = contract.for_push(writer, where, "value")
            authorise(terms and terms.contract, where, actor, contract_required=contract_required)
    except ContractViolation:
        return False
    return True


def test_the_suggestion_is_formatted_commented_and_names_what_was_observed() -> None:
    entries = []
    for run in ("one", "two"):
        fetch, validate = task("fetch", run=run), task("validate", run=run)
        entries += [
            write(fetch, "raw_txns"),
            write(fetch, "stats"),
            read(validate, fetch, "raw_txns"),
            write(validate, "valid_txns"),
            read(task("model", run=run), validate, "valid_txns"),
            read(task("load", dag="report", run="other"), validate, "valid_txns"),
            access(Event.READ, task("thief", run=run), source=fetch, key="raw_txns", error="NotGranted"),
        ]
    assert suggest(lineage(DAG, None, entries)) == (
        """\
# Satisfied by what the ledger has of Dag "dag", 2 runs.
# It goes below the Dag's tasks. What the ledger does not tell, and a contract refuses: pulls without
# task_ids, and what these tasks pull from other Dags, unless it is under a contract there.
from secure_xcom import Key, Reader, exclusive

exclusive(
    dag,
    {
        "fetch": [
            # One task instance pulled it in every run: consume="once" would hold, too.
            Key("raw_txns", readers=["validate"]),
            # Nobody pulled it.
            Key("stats", readers=[]),
        ],
        "validate": [
            Key("valid_txns", readers=["model", Reader("report", "load")]),
        ],
    },
)"""
    )


def test_what_does_not_fit_a_line_is_split_as_a_formatter_would() -> None:
    fetch = task("fetch")
    readers = [f"a_reader_with_a_long_name_{number}" for number in range(3)]
    source = suggest(lineage(DAG, None, [write(fetch, "raw"), *(read(task(name), fetch, "raw") for name in readers)]))
    assert (
        """\
            Key(
                "raw",
                readers=[
                    "a_reader_with_a_long_name_0",
                    "a_reader_with_a_long_name_1",
                    "a_reader_with_a_long_name_2",
                ],
            ),
"""
        in source
    )


LEFT_OUT = {
    "two tasks push it": (
        [write(task("a"), "k"), write(task("b"), "k")],
        {"a": '"k" is pushed by "b" too, and a contract has one writer', "b": '"k" is pushed by "a" too'},
    ),
    "another task pushes it": (
        [access(Event.WRITE, task("b"), source=task("a"), key="k")],
        {"a": '"k" was pushed by another than the task itself'},
    ),
    "nobody that is a task pulls it": (
        [write(task("a"), "k"), read(None, task("a"), "k")],
        {"a": '"k" was pulled outside of a task'},
    ),
    "its own task pulls it": (
        [write(task("a"), "k"), read(task("a"), task("a"), "k")],
        {"a": 'it pulls "k", which is its own'},
    ),
    "it has too many readers": (
        [write(task("a"), "k"), *(read(task(f"r{number}"), task("a"), "k") for number in range(MAX_READERS + 1))],
        {"a": f'"k" has {MAX_READERS + 1} readers, and a contract takes {MAX_READERS}'},
    ),
    "a task pulls what cannot be declared": (
        [
            *(write(task("a"), "k"), read(None, task("a"), "k")),
            *(write(task("b"), "j"), read(task("b"), task("a"), "k")),
            *(write(task("c"), "i"), read(task("c"), task("b"), "j")),
        ],
        {
            "a": '"k" was pulled outside of a task',
            "b": 'it pulls "k" of "a", which is left out',
            "c": 'it pulls "j" of "b", which is left out',
        },
    ),
}


@pytest.mark.parametrize("case", LEFT_OUT)
def test_a_task_that_no_contract_admits_is_left_out_with_the_reason(case: str) -> None:
    entries, reasons = LEFT_OUT[case]
    free = task("free")
    found = pasted([*entries, write(free, "mine")])
    assert set(found.declared) == {"free"}
    said = [line for line in found.source.splitlines() if line.startswith("# Left out")]
    assert len(said) == len(reasons)
    for line, (name, reason) in zip(said, reasons.items(), strict=True):
        assert line.startswith(f'# Left out is "{name}": {reason}')


def test_a_read_of_what_a_task_never_pushed_makes_it_no_second_writer() -> None:
    entries = [
        *(write(task("a"), "k"), read(task("load"), task("a"), "k")),
        *(write(task("b"), "j"), in_vain(task("load"), task("b"), "k")),
    ]
    found = pasted(entries)
    assert found.declared == {"a": [Key("k", readers=["load"])], "b": [Key("j", readers=[])]}
    assert "Left out" not in found.source
    contract = found.contract({"a": ["b", "load"], "b": ["load"], "load": []})
    assert all(allows(contract, entry) for entry in entries)


@pytest.mark.parametrize(
    ("reader", "reason"),
    [("load", 'it pulls "k" of "b", which does not push it'), ("b", 'it pulls "k", which is its own')],
)
def test_a_task_that_pulls_what_its_source_never_pushed_is_left_out_alone(reader: str, reason: str) -> None:
    entries = [
        write(task("a"), "k"),
        write(task("b"), "j"),
        write(task("load"), "i"),
        in_vain(task(reader), task("b"), "k"),
    ]
    found = pasted(entries)
    assert set(found.declared) == {"a", "b", "load"} - {reader}
    assert f'# Left out is "{reader}": {reason}.' in found.source
    contract = found.contract({"a": ["b", "load"], "b": ["load"], "load": []})
    assert all(allows(contract, entry) for entry in entries)


def test_each_task_may_declare_what_it_returns() -> None:
    entries = [write(task(name), RETURN_VALUE) for name in ("a", "b")]
    assert set(pasted(entries).declared) == {"a", "b"}


def test_a_task_may_pull_what_one_that_is_left_out_returns() -> None:
    a, b = task("a"), task("b")
    entries = [write(a, RETURN_VALUE), read(None, a, RETURN_VALUE), read(b, a, RETURN_VALUE), write(b, "k")]
    found = pasted(entries)
    assert set(found.declared) == {"b"}
    assert all(allows(found.contract({"a": ["b"], "b": []}), entry) for entry in entries)


def test_what_was_only_refused_grants_nothing_and_declares_nothing() -> None:
    a = task("a")
    found = pasted(
        [
            write(a, "k"),
            access(Event.READ, task("thief"), source=a, key="k", error="ContractViolation"),
            access(Event.WRITE, a, source=a, key="forbidden", error="ContractViolation"),
        ]
    )
    assert found.declared == {"a": [Key("k", readers=[])]}


def test_where_nothing_can_be_declared_there_are_comments_only() -> None:
    source = suggest(lineage(DAG, "the run", [write(task("a"), "k"), write(task("b"), "k")]))
    assert all(line.startswith("# ") for line in source.splitlines())
    assert 'of Dag "dag", run "the run".' in source


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_hostile_name_is_a_literal_on_one_line(name: str) -> None:
    quoted = literal(name)
    assert ast.literal_eval(quoted) == name
    assert len(quoted.splitlines()) == 1
    assert quoted.isprintable()


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_hostile_name_stays_a_name_in_the_suggestion(name: str) -> None:
    source, reader = task(name), task(f"reader {name}", dag=f"other {name}")
    found = pasted(
        [write(source, name), read(reader, source, name), write(task("x"), "k"), write(task(f"y{name}"), "k")]
    )
    assert found.declared == {name: [Key(name, readers=[Reader(reader.dag_id, reader.task_id)])]}


ANY = st.text(min_size=1, max_size=8).filter(lambda name: name != "*")
NAMES = st.one_of(st.sampled_from(["a", "b", "c", "d", "e"]), ANY)
TASKS = st.lists(NAMES, min_size=1, max_size=6, unique=True)
KEYS = st.sampled_from(["k", "j", "i", "h", "it's", 'a "key"', "new\nline", RETURN_VALUE])
ORDINARY = ("write", "write", "write", "read", "read", "read", "read", "abroad", "refused")
ODD = ("own read", "outside", "foreign write", "in vain")


@st.composite
def traffic(draw: st.DrawFn, kinds: Sequence[str] = (*ORDINARY * 3, *ODD)) -> tuple[list[str], list[Entry]]:
    """Tasks in the Dag's order, where each is upstream of those after it, and what they did. In ordinary traffic each
    task has keys of its own."""
    tasks = draw(TASKS)
    entries: list[Entry] = []
    for _ in range(draw(st.integers(0, 25))):
        at = draw(st.integers(0, len(tasks) - 1))
        run, key = draw(st.sampled_from(["one", "two"])), draw(KEYS) + ("" if ODD[0] in kinds else f" of {at}")
        source = task(tasks[at], run=run, index=draw(st.sampled_from([-1, -1, 0])))
        later = task(draw(st.sampled_from(tasks[at + 1 :] or tasks[:1])), run=run)
        match draw(st.sampled_from(kinds)):
            case "write":
                entries.append(write(source, key))
            case "read" if at + 1 < len(tasks):
                entries.append(read(later, source, key))
            case "abroad":
                entries.append(read(task(draw(NAMES), dag="other"), source, key))
            case "refused":
                entries.append(access(Event.READ, later, source=source, key=key, error="NotGranted"))
            case "own read":
                entries.append(read(source, source, key))
            case "in vain" if at + 1 < len(tasks):
                entries.append(in_vain(later, source, key))
            case "outside":
                entries.append(read(None, source, key))
            case "foreign write":
                entries.append(access(Event.WRITE, later, source=source, key=key))
    return tasks, entries


@given(traffic())
def test_all_that_succeeded_is_admitted_and_no_other_reader_is(drawn: tuple[list[str], list[Entry]]) -> None:
    tasks, entries = drawn
    found = pasted(entries)
    contract = found.contract({name: tasks[at + 1 :] for at, name in enumerate(tasks)})
    done = [entry for entry in entries if entry.outcome is Outcome.DONE]
    for entry in done:
        assert allows(contract, entry), entry
    observed = {(entry.where.task_id, entry.where.key, entry.actor and entry.actor.task_id) for entry in done}
    for name, keys in found.declared.items():
        for key in keys:
            for other in [*tasks, "stranger"]:
                if other != name and (name, key.name, other) not in observed:
                    assert not allows(contract, read(task(other), task(name), key.name))


@given(traffic())
def test_the_suggestion_does_not_depend_on_the_order_of_entries(drawn: tuple[list[str], list[Entry]]) -> None:
    _, entries = drawn
    assert suggest(lineage(DAG, None, entries)) == suggest(lineage(DAG, None, entries[::-1]))


@given(traffic(ORDINARY))
def test_no_task_with_ordinary_traffic_is_left_out(drawn: tuple[list[str], list[Entry]]) -> None:
    _, entries = drawn
    done = {entry.where.task_id for entry in entries if entry.outcome is Outcome.DONE}
    assert set(pasted(entries).declared) == done


def test_what_airflow_keeps_for_itself_is_not_declared() -> None:
    entries = [write(task("choose"), key) for key in ("chosen", "skipmixin_key", "trigger_run_id", "_link_Logs")]
    assert [key.name for key in pasted(entries).declared["choose"]] == ["chosen"]


@pytest.mark.parametrize("complete", [True, False])
def test_a_ledger_that_leaves_out_plain_values_is_told(complete: bool) -> None:
    source = suggest(lineage(DAG, None, [write(task("a"), "k")]), complete=complete)
    ast.parse(source)
    assert ("ledger_records = all, let the Dag run" in source) is not complete


@pytest.mark.parametrize(("detail", "told"), [("read by dag.b, once", True), ("", False)])
def test_a_dag_under_contract_is_told_to_keep_what_it_says(detail: str, told: bool) -> None:
    pushed = replace(write(task("a"), "k"), detail=detail, object_id="0" * 32)
    source = pasted([pushed]).source
    assert ("This Dag pushes under contract already" in source) is told
