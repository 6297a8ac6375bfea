"""Whoever owns the database can change, drop, swap or cut nothing unnoticed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, literal_column, select, update

from secure_xcom.errors import LedgerTampered, MissingDependency
from secure_xcom.ledger.chain import SIGNED
from secure_xcom.ledger.db.schema import chain_keys, chains, entries
from secure_xcom.ledger.db.text import digest, readable
from secure_xcom.ledger.extending import REGISTER, Chain, chain_of, extend, register_of
from secure_xcom.ledger.ledger import _registration
from secure_xcom.ledger.rekey import problems, rekey
from secure_xcom.ledger.verification import Verification
from secure_xcom.ledger.walk import FOREIGN
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.entry import Entry, Outcome
from secure_xcom.model.event import Event
from secure_xcom.ports.routes import Route, Routes
from tests.ledger.site import Site, entry, task

ETL = digest("etl")
"""What the domain of the Dag ``etl`` is called in the database."""

FIRST, SECOND, OTHER = (
    chain_of(ETL, "etl", "first"),
    chain_of(ETL, "etl", "second"),
    chain_of(digest("other"), "other", "first"),
)
REGISTER_OF_ETL = register_of(ETL)
LENGTH = 5


@pytest.fixture
def written(sqlite_site: Site) -> Site:
    """Two runs of one Dag and one of another, of five entries each."""
    return _write(sqlite_site)


def _write(site: Site) -> Site:
    for dag_id, run_id in (("etl", "first"), ("etl", "second"), ("other", "first")):
        site.ledger.append([entry(at=at, dag_id=dag_id, run_id=run_id) for at in range(1, LENGTH + 1)])
    return site


def test_an_untouched_ledger_is_whole_on_each_database(site: Site) -> None:
    found = _write(site).verify()
    assert (found.runs, found.entries, found.breaks) == (3, 3 * LENGTH + 3, ())
    assert {end[0] for end in found.ends.values()} == {LENGTH, 2, 1}


def test_a_changed_entry_is_found_on_each_database(site: Site) -> None:
    _write(site)
    _change(entries, FIRST, 3, task_id="someone-else")(site)
    assert _places(site.verify()) == [("etl", "first", 3)]


# --- Single changes by SQL --------------------------------------------------------------------------------------------

Attack = Callable[[Site], None]


def _execute(*statements: Any) -> Attack:
    def attack(site: Site) -> None:
        def work(connection: Connection) -> None:
            for statement in statements:
                assert connection.execute(statement).rowcount, "the attack has hit nothing"

        site.database.write(work)

    return attack


def _change(table: Any, chain: str, number: int | None = None, /, **values: object) -> Attack:
    where = [table.c.chain == chain, *([] if number is None else [table.c.number == number])]
    return _execute(update(table).where(*where).values(**values))


def _set_raw(table: Any, chain: str, number: int | None, column: str, value: str) -> Attack:
    """Set what no column of the kind should hold; SQLite takes it."""
    return _change(table, chain, number, **{column: literal_column(value)})


def _drop(chain: str, *numbers: int) -> Any:
    return delete(entries).where(entries.c.chain == chain, entries.c.number.in_(numbers))


def _renumber(chain: str, number: int, to: int) -> Any:
    return update(entries).where(entries.c.chain == chain, entries.c.number == number).values(number=to)


def _drop_chain(*names: str) -> Attack:
    return _execute(delete(entries).where(entries.c.chain.in_(names)), delete(chains).where(chains.c.chain.in_(names)))


def _copy(chain: str, number: int, /, **values: object) -> Attack:
    """Insert a copy of an entry, with its own MAC, in another place."""

    def attack(site: Site) -> None:
        def work(connection: Connection) -> None:
            wanted = select(entries).where(entries.c.chain == chain, entries.c.number == number)
            row = connection.execute(wanted).mappings().one()
            connection.execute(insert(entries).values({**row, **values}))

        site.database.write(work)

    return attack


def _cut(chain: str, length: int) -> Attack:
    """Cut off the newest entries and set the end back, as far as that goes without the key."""

    def attack(site: Site) -> None:
        def work(connection: Connection) -> None:
            wanted = select(entries.c.mac).where(entries.c.chain == chain, entries.c.number == length)
            last = connection.scalar(wanted)
            connection.execute(delete(entries).where(entries.c.chain == chain, entries.c.number > length))
            connection.execute(update(chains).where(chains.c.chain == chain).values(length=length, last_mac=last))

        site.database.write(work)

    return attack


def _swap(chain: str, first: int, second: int) -> Attack:
    return _execute(_renumber(chain, first, -1), _renumber(chain, second, first), _renumber(chain, -1, second))


def _all(*attacks: Attack) -> Attack:
    return lambda site: [attack(site) for attack in attacks] and None


_OF_FIRST = ("etl", "first")

ATTACKS: Mapping[str, tuple[Attack, tuple[str, str], int]] = {
    "an entry changed": (_change(entries, FIRST, 2, outcome="refused"), _OF_FIRST, 2),
    "the first entry changed": (_change(entries, FIRST, 1, at=99), _OF_FIRST, 1),
    "the last entry changed": (_change(entries, FIRST, LENGTH, host="elsewhere"), _OF_FIRST, LENGTH),
    "who did it forgotten": (_change(entries, FIRST, 2, actor_task_id=None), _OF_FIRST, 2),
    "an entry hidden from its Dag's index": (_change(entries, FIRST, 2, dag=digest("none")), _OF_FIRST, 2),
    "a MAC changed": (_change(entries, FIRST, 2, mac="0" * 64), _OF_FIRST, 2),
    "a MAC emptied": (_change(entries, FIRST, 2, mac=""), _OF_FIRST, 2),
    "a text for a number": (_set_raw(entries, FIRST, 2, "at", "'soon'"), _OF_FIRST, 2),
    "bytes for a text": (_set_raw(entries, FIRST, 2, "host", "CAST(host AS BLOB)"), _OF_FIRST, 2),
    "a text that is no text": (_set_raw(entries, FIRST, 2, "host", "CAST(x'ff' AS TEXT)"), _OF_FIRST, 2),
    "bytes for the length": (_set_raw(chains, FIRST, None, "length", "x'05'"), _OF_FIRST, 0),
    "bytes for the last MAC": (_set_raw(chains, FIRST, None, "last_mac", "CAST(last_mac AS BLOB)"), _OF_FIRST, LENGTH),
    "the first entry dropped": (_execute(_drop(FIRST, 1)), _OF_FIRST, 1),
    "an entry dropped": (_execute(_drop(FIRST, 3)), _OF_FIRST, 3),
    "an entry dropped, the rest moved up": (
        _execute(_drop(FIRST, 3), _renumber(FIRST, 4, 3), _renumber(FIRST, 5, 4)),
        _OF_FIRST,
        3,
    ),
    "the last entry dropped": (_execute(_drop(FIRST, LENGTH)), _OF_FIRST, LENGTH),
    "all entries dropped": (_execute(_drop(FIRST, *range(1, LENGTH + 1))), _OF_FIRST, 1),
    "two entries swapped": (_swap(FIRST, 2, 3), _OF_FIRST, 2),
    "an entry repeated at the end": (_copy(FIRST, 2, number=LENGTH + 1), _OF_FIRST, LENGTH + 1),
    "an entry numbered 0": (_copy(FIRST, 1, number=0), _OF_FIRST, 1),
    "an entry of another run put in": (
        _all(_execute(_drop(FIRST, 2)), _copy(SECOND, 2, chain=FIRST)),
        _OF_FIRST,
        2,
    ),
    "an entry of another Dag put in": (_all(_execute(_drop(FIRST, 2)), _copy(OTHER, 2, chain=FIRST)), _OF_FIRST, 2),
    "the tail cut off": (_execute(_drop(FIRST, 4, 5)), _OF_FIRST, 4),
    "the tail cut off and the end set back": (_cut(FIRST, 3), _OF_FIRST, 3),
    "the length changed": (_change(chains, FIRST, length=4), _OF_FIRST, LENGTH),
    "the last MAC changed": (_change(chains, FIRST, last_mac="0" * 64), _OF_FIRST, LENGTH),
    "the end's MAC changed": (_change(chains, FIRST, end_mac="0" * 64), _OF_FIRST, LENGTH),
    "the end of another run": (_all(_cut(FIRST, 3), _change(chains, FIRST, end_mac="")), _OF_FIRST, 3),
    "the end's domain changed": (_change(chains, FIRST, domain=digest("other")), _OF_FIRST, 0),
    "the run renamed": (_change(chains, FIRST, run_id="third"), ("etl", "third"), 0),
    "the run posing as the register": (_change(chains, FIRST, run_id=readable(REGISTER)), ("etl", REGISTER), 0),
    "the run given to another Dag": (_change(chains, FIRST, dag_id="other"), ("other", "first"), 0),
    "the end dropped": (_execute(delete(chains).where(chains.c.chain == FIRST)), _OF_FIRST, 1),
    "a whole run dropped": (_drop_chain(FIRST), _OF_FIRST, 1),
    "a whole run and its registration dropped": (
        _all(_drop_chain(FIRST), _execute(_drop(REGISTER_OF_ETL, 1))),
        ("etl", REGISTER),
        1,
    ),
    "the newest run and its registration dropped": (
        _all(_drop_chain(SECOND), _cut(REGISTER_OF_ETL, 1)),
        ("etl", REGISTER),
        1,
    ),
    "the register dropped": (_drop_chain(REGISTER_OF_ETL), _OF_FIRST, 1),
    "a registration changed": (
        _change(entries, REGISTER_OF_ETL, 1, detail=SECOND),
        ("etl", REGISTER),
        1,
    ),
    "the domain's key dropped": (
        _execute(delete(chain_keys).where(chain_keys.c.domain == ETL)),
        ("etl", "*"),
        0,
    ),
    "the domain's key replaced": (
        _execute(update(chain_keys).where(chain_keys.c.domain == ETL).values(object_id="0" * 32)),
        ("etl", "*"),
        0,
    ),
}


@pytest.mark.parametrize(("attack", "run", "number"), ATTACKS.values(), ids=ATTACKS.keys())
def test_verify_names_the_first_broken_link(written: Site, attack: Attack, run: tuple[str, str], number: int) -> None:
    attack(written)
    auditor = Site(written.url, written.directory)
    assert (*run, number) in _places(auditor.verify())


@pytest.mark.parametrize("column", [column.name for column in entries.columns])
def test_verify_finds_any_changed_column(written: Site, column: str) -> None:
    kind = entries.c[column].type.python_type
    _change(entries, FIRST, 3, **{column: 77 if kind is int else "77"})(written)
    assert written.verify().breaks


# --- A database that was set back to a state it was once in -----------------------------------------------------------


def _dump(site: Site) -> dict[Any, list[dict[str, Any]]]:
    def work(connection: Connection) -> dict[Any, list[dict[str, Any]]]:
        return {
            table: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in (chains, entries, chain_keys)
        }

    return site.database.read(work)


def _restore(site: Site, state: dict[Any, list[dict[str, Any]]]) -> None:
    def work(connection: Connection) -> None:
        for table, rows in state.items():
            connection.execute(delete(table))
            connection.execute(insert(table), rows)

    site.database.write(work)


class TestAnEarlierState:
    """Signed as it is, only the ends that the last verification wrote down tell it."""

    def test_of_the_whole_ledger_is_found_with_an_anchor(self, written: Site) -> None:
        before = _dump(written)
        written.ledger.append([entry(at=9, run_id="first")])
        anchor = written.verify().ends
        _restore(written, before)
        assert written.verify().breaks == ()
        assert _places(written.verify(anchor)) == [("etl", "first", LENGTH + 1)]

    def test_that_went_on_to_the_same_length_is_found_with_an_anchor(self, written: Site) -> None:
        before = _dump(written)
        written.ledger.append([entry(at=9, run_id="first")])
        anchor = written.verify().ends
        _restore(written, before)
        written.ledger.append([entry(at=10, run_id="first"), entry(at=11, run_id="first")])
        assert written.verify().breaks == ()
        assert _places(written.verify(anchor)) == [("etl", "first", LENGTH + 1)]

    def test_without_a_domain_is_found_with_an_anchor(self, written: Site) -> None:
        anchor = written.verify().ends
        _drop_chain(OTHER, register_of(digest("other")))(written)
        assert written.verify().breaks == ()
        gone = written.verify(anchor).breaks
        assert len(gone) == 2
        assert all("gone whole since the last verification" in problem.problem for problem in gone)
        assert {problem.dag_id for problem in gone} == {"other"}

    def test_is_not_what_an_older_anchor_calls_a_ledger_that_went_on(self, written: Site) -> None:
        anchor = written.verify().ends
        written.ledger.append([entry(at=9, run_id="first"), entry(at=9, run_id="third")])
        assert written.verify(anchor).breaks == ()


# --- Another domain, with its own key and the database ----------------------------------------------------------------


def _sign_as_other(site: Site, chain: str, run_id: str, *new: Entry) -> None:
    """Append to a chain of the Dag ``other`` what its own code never would."""
    key = site.keys.of("other")
    run = Chain(chain, "other", run_id)
    site.database.write(lambda connection: extend(connection, key, run, list(new)))


def _registration_of(run_id: str, chain: str) -> Entry:
    return _registration(Chain(chain, "etl", run_id), entry(run_id=run_id))


REGISTER_OF_OTHER = register_of(digest("other"))


@pytest.mark.parametrize(
    "forged",
    [entry(run_id="first"), entry(run_id="first", actor=None), entry(actor=task(dag_id="other", run_id="second"))],
    ids=["another Dag's task", "nobody at another Dag's value", "another run of its own"],
)
def test_a_domain_signs_nothing_in_the_name_of_another_run(written: Site, forged: Entry) -> None:
    _sign_as_other(written, OTHER, "first", forged)
    (broken,) = written.verify().breaks
    assert (broken.dag_id, broken.number, broken.problem) == ("other", LENGTH + 1, FOREIGN)


def test_a_register_does_not_vouch_for_another_domain(written: Site) -> None:
    _drop_chain(SECOND, REGISTER_OF_ETL)(written)
    _sign_as_other(written, REGISTER_OF_OTHER, REGISTER, _registration_of("first", FIRST))
    found = {(broken.dag_id, broken.run_id): broken.problem for broken in written.verify().breaks}
    assert found == {("etl", "first"): "the run is not in the register", ("other", REGISTER): FOREIGN}


class Teams:
    """Routes under which several Dags are of one domain."""

    def __init__(self, routes: Routes, team: Mapping[str, str]) -> None:
        self._routes, self._team = routes, team

    def route(self, owner: str, running: str | None) -> Route:
        """Return the way of the Dag's team."""
        return self._routes.route(self._team.get(owner, owner), running)

    def route_alone(self, dag_id: str) -> Route:
        """Return the way of the Dag itself."""
        return self._routes.route_alone(dag_id)


GONE = "run third of Dag etl, which is of another domain now, is gone whole"


@pytest.mark.parametrize(
    ("name", "problem"),
    [("f" * 64, FOREIGN), (chain_of(digest("other"), "etl", "third"), GONE)],
    ids=["any", "its own"],
)
def test_a_register_raises_no_alarm_in_another_domains_name(written: Site, name: str, problem: str) -> None:
    _sign_as_other(written, REGISTER_OF_OTHER, REGISTER, _registration_of("third", name))
    assert [(broken.dag_id, broken.problem) for broken in written.verify().breaks] == [("other", problem)]


@pytest.mark.parametrize("dag_id", ["..", "", "etl"])
def test_a_dag_whose_domain_cannot_be_asked_for_hides_no_break(
    written: Site, monkeypatch: pytest.MonkeyPatch, dag_id: str
) -> None:
    def refuse(asked: str) -> str:
        if asked == dag_id:
            raise MissingDependency("hvac is not installed")
        return digest(asked)

    monkeypatch.setattr(written.keys, "domains_of", refuse)
    forged = replace(_registration_of("x", chain_of(digest("other"), dag_id, "x")), where=_where(dag_id))
    _sign_as_other(written, REGISTER_OF_OTHER, REGISTER, forged)
    _change(entries, FIRST, 2, outcome="refused")(written)
    found = {(broken.dag_id, broken.run_id) for broken in written.verify().breaks}
    assert found == {("etl", "first"), ("other", REGISTER)}


def _where(dag_id: str) -> Coordinates:
    return Coordinates(dag_id=dag_id, run_id="x", task_id="", key="")


def test_a_dag_that_left_its_domain_does_not_end_the_verification_of_the_others(sqlite_site: Site) -> None:
    """A namespace of two Dags, one of which is by itself by now."""
    team = {"a": "team", "b": "team"}
    sqlite_site.keys._routes = Teams(sqlite_site.keys._routes, team)
    for dag_id, run_id in (("a", "one"), ("b", "one"), ("b", "two")):
        sqlite_site.ledger.append([entry(dag_id=dag_id, run_id=run_id)])
    del team["a"]
    sqlite_site.keys._known.clear()
    sqlite_site.ledger.append([entry(dag_id="a", run_id="two")])
    moved = "the Dag belongs to another domain now: verify with the routes file of that time"
    assert {(one.dag_id, one.run_id): one.problem for one in sqlite_site.verify().breaks} == {("a", "one"): moved}
    _drop_chain(chain_of(digest("team"), "b", "one"))(sqlite_site)
    assert ("b", "one") in {(broken.dag_id, broken.run_id) for broken in sqlite_site.verify().breaks}


def test_a_dag_that_joined_a_namespace_is_verified_and_rekeyed_as_the_domain_that_it_was_too(sqlite_site: Site) -> None:
    sqlite_site.ledger.append([entry(dag_id="a", run_id="one")])
    sqlite_site.keys._routes = Teams(sqlite_site.keys._routes, {"a": "team", "b": "team"})
    sqlite_site.keys._known.clear()
    for dag_id in ("a", "b"):
        sqlite_site.ledger.append([entry(dag_id=dag_id, run_id="two")])
    alone, team = ("a, from before it joined a namespace", "a")
    assert problems(sqlite_site.database, sqlite_site.keys) == {alone: "", team: ""}
    found = rekey(sqlite_site.database, sqlite_site.keys, dry_run=False)
    assert [(one.dag_id, one.former, one.outcome.value) for one in found] == [
        ("a", False, "sealed"),
        ("a", True, "sealed"),
    ]
    assert (sqlite_site.verify().breaks, sqlite_site.verify().runs) == ((), 3)
    _change(entries, chain_of(digest("a"), "a", "one"), 1, outcome="refused")(sqlite_site)
    assert [(broken.dag_id, broken.run_id) for broken in sqlite_site.verify().breaks] == [("a", "one")]


def test_a_namespace_does_not_sign_in_the_name_of_the_domain_that_a_dag_was(sqlite_site: Site) -> None:
    """The namespace's other Dags have its key, and not that of the Dag which joined it."""
    sqlite_site.ledger.append([entry(dag_id="a", run_id="one")])
    sqlite_site.keys._routes = Teams(sqlite_site.keys._routes, {"a": "team"})
    sqlite_site.keys._known.clear()
    sqlite_site.ledger.append([entry(dag_id="a", run_id="two")])
    moved = chains.update().where(chains.c.chain == chain_of(digest("team"), "a", "two")).values(domain=digest("a"))
    sqlite_site.database.write(lambda connection: connection.execute(moved))
    assert ("a", "two") in {(broken.dag_id, broken.run_id) for broken in sqlite_site.verify().breaks}


# --- Laundering -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "attack",
    [
        _cut(FIRST, 3),
        _change(chains, FIRST, length=4),
        _change(chains, FIRST, last_mac="0" * 64),
        _change(chains, FIRST, end_mac="0" * 64),
    ],
    ids=["cut", "length", "last MAC", "end's MAC"],
)
def test_no_writer_goes_on_from_an_end_that_was_changed(written: Site, attack: Attack) -> None:
    attack(written)
    with pytest.raises(LedgerTampered, match="audit verify"):
        written.ledger.append([entry(at=9, run_id="first")])
    assert ("etl", "first") in {place[:2] for place in _places(written.verify())}
    written.ledger.append([entry(at=9, run_id="second")])


def test_no_run_begins_in_a_register_that_was_cut(written: Site) -> None:
    _cut(REGISTER_OF_ETL, 1)(written)
    with pytest.raises(LedgerTampered):
        written.ledger.append([entry(at=9, run_id="third")])
    assert written.ledger.read("etl", "third") == []


def test_a_cut_tail_is_found_after_its_run_went_on(written: Site) -> None:
    """Entries dropped without touching the end: the writer does not read them, the auditor does."""
    _execute(_drop(FIRST, 4, 5))(written)
    written.ledger.append([entry(at=9, run_id="first")])
    assert _places(written.verify()) == [("etl", "first", 4)]


# --- Any single change ------------------------------------------------------------------------------------------------

_COLUMNS = {name: entries.c[name] for name in SIGNED}
_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=16)
_NUMBERS = st.integers(-(1 << 31), (1 << 31) - 1)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Site:
    directory = tmp_path_factory.mktemp("ledger")
    return _write(Site(f"sqlite:///{directory / 'ledger.db'}", directory))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_change_of_any_signed_column_of_any_entry_is_found(shared: Site, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(SIGNED), label="column")
    chain = data.draw(st.sampled_from([FIRST, SECOND, OTHER, REGISTER_OF_ETL]), label="chain")
    number = data.draw(st.integers(1, 2 if chain == REGISTER_OF_ETL else LENGTH), label="number")
    column = _COLUMNS[name]
    values = _NUMBERS if column.type.python_type is int else _TEXTS
    before = _value(shared, column, chain, number)
    new = data.draw((st.none() | values if column.nullable else values).filter(lambda value: value != before))
    change = _change(entries, chain, number, **{name: new})
    change(shared)
    try:
        found = _places(shared.verify())
    finally:
        _change(entries, chain, number, **{name: before})(shared)
    run = {FIRST: ("etl", "first"), SECOND: ("etl", "second"), OTHER: ("other", "first")}.get(chain, ("etl", REGISTER))
    assert (*run, number) in found


def _value(site: Site, column: Any, chain: str, number: int) -> object:
    wanted = select(column).where(entries.c.chain == chain, entries.c.number == number)
    return site.database.read(lambda connection: connection.scalar(wanted))


# --- Size -------------------------------------------------------------------------------------------------------------


# It walks the same lines again and again, which smaller tests trace.
@pytest.mark.no_cover
def test_100_000_entries_are_verified_and_each_broken_run_is_named(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    site = Site(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path)
    for run in range(10):
        for batch in range(10):
            site.ledger.append([entry(at=batch * 1000 + at, run_id=f"run-{run}") for at in range(1000)])
    begun = time.monotonic()
    found = site.verify()
    record_property("seconds for 100,000 entries", round(time.monotonic() - begun, 1))
    assert (found.runs, found.entries, found.breaks) == (10, 100_010, ())
    runs = [chain_of(ETL, "etl", f"run-{run}") for run in range(10)]
    _change(entries, runs[1], 5000, detail="read by nobody")(site)
    _execute(_drop(runs[2], 5001))(site)
    _swap(runs[3], 5002, 7002)(site)
    _cut(runs[4], 9999)(site)
    _execute(_drop(runs[5], 10_000))(site)
    _drop_chain(runs[6])(site)
    _copy(runs[7], 10_000, number=10_001)(site)
    assert sorted(_places(site.verify())) == [
        ("etl", "run-1", 5000),
        ("etl", "run-2", 5001),
        ("etl", "run-3", 5002),
        ("etl", "run-4", 9999),
        ("etl", "run-5", 10_000),
        ("etl", "run-6", 1),
        ("etl", "run-7", 10_001),
    ]


def test_what_was_read_back_is_what_was_written(site: Site) -> None:
    written = [
        entry(at=1, event=Event.WRITE, outcome=Outcome.REFUSED, step="authorise", error="ContractViolation"),
        entry(at=2, object_id="0" * 32, detail="read by etl.work, once"),
        entry(at=3, host="w\u00f6rker \U0001f511\0\ud800\n"),
    ]
    site.ledger.append(written)
    assert site.ledger.read("etl") == written
    assert site.verify().breaks == ()


def _places(found: Verification) -> list[tuple[str, str, int]]:
    return [(problem.dag_id, problem.run_id, problem.number) for problem in found.breaks]
