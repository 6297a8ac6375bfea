"""Databases that are locked, gone, read-only, older, newer, shared or oddly named."""

from __future__ import annotations

import os
import secrets
import sqlite3
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection as Pipe
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, inspect, make_url, select, text
from sqlalchemy.engine import URL

from secure_xcom.errors import ClaimRefused, ConfigurationError, LedgerError, LedgerSchema, LedgerUnavailable
from secure_xcom.ledger.db import schema
from secure_xcom.ledger.db.database import Database
from secure_xcom.ledger.db.schema import chain_keys, chains, claims, entries, version
from secure_xcom.ledger.db.text import digest
from secure_xcom.ledger.extending import chain_of
from secure_xcom.ledger.ledger import SqlLedger
from secure_xcom.model.claim import State
from tests.fixtures.mariadb import MariaServer
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.relay import Relay
from tests.ledger.site import PROCESSES, Site, entry, offer, task

_SECONDS = 60
_PASSWORD = "hunter2-of-the-ledger"


def _count(database: Database) -> int:
    return database.read(lambda connection: int(connection.scalar(select(func.count()).select_from(entries)) or 0))


def _write(database: Database) -> None:
    def work(connection: object) -> None:
        connection.execute(chains.update().values(length=chains.c.length))  # type: ignore[attr-defined]

    database.write(work)


# --- Locked -----------------------------------------------------------------------------------------------------------


def test_a_database_that_stays_locked_is_given_up_at_the_deadline(site: Site) -> None:
    """SQLite's only lock, or the lock of one run's chain, is held by another process that does not go on."""
    site.ledger.append([entry()])
    impatient = Database(make_url(site.url), deadline_seconds=1)
    with _locked(site):
        error = _error_of(lambda: impatient.write(lambda connection: connection.execute(_LOCK)))
        assert error.type is LedgerUnavailable
    impatient.write(lambda connection: connection.execute(_LOCK))


def test_a_locked_database_can_be_read(site: Site) -> None:
    site.ledger.append([entry()])
    with _locked(site):
        assert site.ledger.read("etl") == [entry()]
        assert site.verify().breaks == ()


def test_a_writer_waits_for_a_lock_that_is_let_go(site: Site) -> None:
    site.ledger.append([entry()])
    with _locked(site, seconds=1.5):
        site.ledger.append([entry(at=2)])
    assert site.verify().entries == 3


_LOCK = select(chains.c.chain).with_for_update()


class _locked:  # noqa: N801 - reads as a word
    """A process that holds the ledger's locks, until it is killed or for a while."""

    def __init__(self, site: Site, seconds: float = _SECONDS) -> None:
        told, answer = PROCESSES.Pipe(duplex=False)
        self._process = PROCESSES.Process(target=_hold_locks, args=(site, answer, seconds), daemon=True)
        self._process.start()
        assert told.poll(_SECONDS)

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.join()


def _hold_locks(site: Site, answer: Pipe, seconds: float) -> None:
    import time

    def work(connection: object) -> None:
        connection.execute(_LOCK)  # type: ignore[attr-defined]
        answer.send(True)
        time.sleep(seconds)

    site.database.write(work)


# --- Gone -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def wire(server_url: str) -> Iterator[tuple[Relay, URL]]:
    """A database behind a wire that can be cut."""
    with Relay(int(make_url(server_url).port or 0)) as relay:
        yield relay, make_url(server_url).set(port=relay.port)


def test_a_server_that_is_gone_is_given_up_at_the_deadline(wire: tuple[Relay, URL]) -> None:
    relay, url = wire
    database = Database(url, deadline_seconds=1)
    _write(database)
    relay.cut()
    for call in (lambda: _write(database), lambda: _count(database)):
        assert _error_of(call).type is LedgerUnavailable
    assert _error_of(lambda: _count(Database(url, deadline_seconds=1))).type is LedgerUnavailable


def test_a_server_that_was_restarted_is_used_again(wire: tuple[Relay, URL]) -> None:
    relay, url = wire
    database = Database(url)
    _write(database)
    relay.cut()
    relay.mend()
    _write(database)
    assert _count(database) == 0


def test_a_connection_that_breaks_amid_a_transaction_is_tried_anew(wire: tuple[Relay, URL], tmp_path: Path) -> None:
    relay, url = wire
    database = Database(url)
    _write(database)
    tries = []

    def work(connection: object) -> None:
        tries.append(connection)
        if len(tries) == 1:
            relay.cut()
            relay.mend()
        connection.execute(chains.update().values(length=0))  # type: ignore[attr-defined]

    database.write(work)
    assert len(tries) == 2


# --- Read-only --------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.geteuid() != 0, reason="opt-in: root alone can give up its rights")
class TestWithoutRights:
    """The worker is another user than the one who owns the file."""

    def test_a_read_only_file_says_whose_right_is_missing(self, sqlite_site: Site) -> None:
        sqlite_site.ledger.append([entry()])
        directory = sqlite_site.directory
        # WAL's readers write too, to the file beside the database.
        for path in directory.glob("ledger.db*"):
            path.chmod(0o444)
        assert _unbroken(_as_nobody(directory, lambda: _write(Database.of(sqlite_site.url)))) == (
            f"LedgerError: the ledger's file {directory / 'ledger.db'} {_NO_RIGHT}"
        )

    def test_a_read_only_directory_says_whose_it_must_be(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'closed' / 'ledger.db'}"
        (tmp_path / "closed").mkdir(mode=0o755)
        answer = _unbroken(_as_nobody(tmp_path, lambda: _write(Database.of(url))))
        file = tmp_path / "closed" / "ledger.db"
        assert answer.startswith(f"LedgerError: the ledger's file {file} cannot be made or opened (Permission denied)")


def _unbroken(text: str) -> str:
    """The text of an error without its breaks of lines: where they stand depends on the length of a path."""
    return " ".join(text.split())


_NO_RIGHT = (
    "may not be written: give the workers' user the right to, or correct [secure_xcom] ledger"
    " (docs/errors.md#ledgererror)"
)


def test_a_user_who_may_only_read_is_told_which_right_is_missing(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    site = Site(postgres_server.database(), tmp_path)
    site.ledger.append([entry()])
    engine = create_engine(site.url)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE ROLE reader_{os.getpid()} LOGIN"))
        connection.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader_{os.getpid()}"))
    reader = Database(make_url(site.url).set(username=f"reader_{os.getpid()}"), deadline_seconds=1)
    assert _count(reader) == 2
    assert _unbroken(_error_of(lambda: _write(reader)).text) == f"the ledger's database {_NO_RIGHT}"


def test_a_server_that_only_serves_reads_is_told_apart(server_url: str, tmp_path: Path) -> None:
    site = Site(server_url, tmp_path)
    site.ledger.append([entry()])
    read_only = {"postgresql": "SET default_transaction_read_only = on", "mysql": "SET TRANSACTION READ ONLY"}
    statement = read_only[make_url(server_url).get_backend_name()]
    database = Database(make_url(server_url), deadline_seconds=1)

    def work(connection: object) -> None:
        connection.exec_driver_sql("ROLLBACK")  # type: ignore[attr-defined]
        connection.exec_driver_sql(statement)  # type: ignore[attr-defined]
        connection.execute(chains.update().values(length=0))  # type: ignore[attr-defined]

    assert _unbroken(_error_of(lambda: database.write(work)).text) == f"the ledger's database {_NO_RIGHT}"


# --- Refused ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def guarded(postgres_server: PostgresServer) -> URL:
    """A fresh database, as the role that needs a password. A role ``barred`` is there too."""
    url = make_url(postgres_server.database())
    with create_engine(url).begin() as connection:
        for role in ("guarded", "barred"):
            if not connection.scalar(text(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'")):
                connection.execute(text(f"CREATE ROLE {role} LOGIN PASSWORD '{_PASSWORD}'"))
        connection.execute(text("ALTER ROLE guarded CONNECTION LIMIT -1"))
        connection.execute(text(f"REVOKE CONNECT ON DATABASE {url.database} FROM PUBLIC"))
        connection.execute(text("GRANT ALL ON SCHEMA public TO guarded"))
    return url.set(username="guarded", password=_PASSWORD)


_LOGIN = "refuses this user or its password"
_NOT_THERE = "is not there under this name"

REFUSED_BY_POSTGRESQL: dict[str, tuple[dict[str, str], str]] = {
    "a wrong password": ({"password": "wrong"}, _LOGIN),
    "no password": ({"password": ""}, _LOGIN),
    "an unknown role": ({"username": "nobody-like-this"}, _LOGIN),
    "a role that is turned away": ({"username": "barred"}, _LOGIN),
    "an unknown database": ({"database": "no-such-database"}, _NOT_THERE),
    "no right to connect": ({}, "may not be written"),
}


@pytest.mark.parametrize("case", REFUSED_BY_POSTGRESQL)
def test_what_postgresql_refuses_for_good_is_raised_at_the_first_try(guarded: URL, case: str) -> None:
    changes, reason = REFUSED_BY_POSTGRESQL[case]
    _assert_refused(guarded.set(**changes), reason)


def test_a_limit_of_connections_may_pass(guarded: URL) -> None:
    owner = guarded.set(username="postgres")
    with create_engine(owner).begin() as connection:
        connection.execute(text(f"GRANT CONNECT ON DATABASE {guarded.database} TO guarded"))
        connection.execute(text("ALTER ROLE guarded CONNECTION LIMIT 0"))
    assert _error_of(lambda: _write(Database(guarded, deadline_seconds=0.2))).type is LedgerUnavailable


@pytest.fixture
def granted(mariadb_server: MariaServer) -> URL:
    """A fresh database of which a fresh user may only select."""
    url, user = make_url(mariadb_server.database()), f"reader_{secrets.token_hex(4)}"
    _write(Database(url))
    mariadb_server.run(f"CREATE USER '{user}'@'127.0.0.1' IDENTIFIED BY '{_PASSWORD}'")
    mariadb_server.run(f"GRANT SELECT ON {url.database}.* TO '{user}'@'127.0.0.1'")
    return url.set(username=user, password=_PASSWORD)


REFUSED_BY_MARIADB: dict[str, tuple[dict[str, str], str]] = {
    "a wrong password": ({"password": "wrong"}, _LOGIN),
    "no password": ({"password": ""}, _LOGIN),
    "an unknown user": ({"username": "nobody-like-this"}, _LOGIN),
    "no right to the database": ({"database": "mysql"}, "may not be written"),
    "no right to write": ({}, "may not be written"),
}


@pytest.mark.parametrize("case", REFUSED_BY_MARIADB)
def test_what_mariadb_refuses_for_good_is_raised_at_the_first_try(granted: URL, case: str) -> None:
    changes, reason = REFUSED_BY_MARIADB[case]
    _assert_refused(granted.set(**changes), reason)


def test_a_database_that_mariadb_does_not_have_is_raised_at_the_first_try(mariadb_server: MariaServer) -> None:
    _assert_refused(make_url(mariadb_server.database()).set(database="no_such_database"), _NOT_THERE)


def _assert_refused(url: URL, reason: str) -> None:
    """``LedgerUnavailable`` alone is tried again, so no other error waits for the deadline."""
    error = _error_of(lambda: _write(Database(url, deadline_seconds=1)))
    assert error.type is LedgerError
    assert error.text.startswith(f"the ledger's database {reason}: ")


# --- Schema -----------------------------------------------------------------------------------------------------------


def test_a_database_of_an_older_version_is_migrated_and_keeps_its_data(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as old:
        old.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
        old.setattr(schema, "VERSION", 1)
        site.ledger.append([entry()])
        assert not inspect(create_engine(site.url)).has_table(claims.name)
    new = Site(site.url, tmp_path)
    value = offer()
    new.claims().offer(value)
    assert new.claims().state(value.object_id) is State.AVAILABLE
    assert new.ledger.read("etl") == [entry()]
    assert new.verify().breaks == ()


def test_a_database_of_a_newer_version_is_not_touched(site: Site, tmp_path: Path) -> None:
    site.ledger.append([entry()])
    site.database.write(lambda connection: connection.execute(version.update().values(version=99)))
    newcomer = Site(site.url, tmp_path)
    for call in (lambda: newcomer.ledger.append([entry(at=2)]), newcomer.verify, lambda: newcomer.ledger.read("etl")):
        error = _error_of(call)
        assert error.type is LedgerSchema
        assert _unbroken(error.text) == (
            "the ledger's database has schema 99, and this secure-xcom knows 3: upgrade secure-xcom here "
            "(docs/errors.md#ledgerschema)"
        )
    assert _count(site.database) == 2


def test_processes_that_come_first_together_make_one_schema_and_one_key(site: Site) -> None:
    answers = _run_together(8, _append_some, site, 1)
    assert answers == ["done"] * 8
    found = site.verify()
    assert (found.runs, found.entries, found.breaks) == (1, 9, ())
    counted = [
        site.database.read(lambda connection, table=table: connection.scalar(select(func.count()).select_from(table)))
        for table in (version, chain_keys, chains)
    ]
    assert counted == [1, 1, 2]


def test_processes_that_append_to_one_run_keep_its_chain_whole(site: Site) -> None:
    assert _run_together(8, _append_some, site, 25) == ["done"] * 8
    found = site.verify()
    assert (found.runs, found.entries, found.breaks) == (1, 8 * 25 + 1, ())


def _append_some(site: Site, number: int, together: Barrier, count: int) -> None:
    together.wait(_SECONDS)
    for at in range(count):
        site.ledger.append([entry(at=at, host=f"worker-{number}")])


def _run_together(number: int, work: Callable[..., None], *arguments: object) -> list[str]:
    together = PROCESSES.Barrier(number)
    pipes = [PROCESSES.Pipe(duplex=False) for _ in range(number)]
    processes = []
    for each, (_, answer) in enumerate(pipes):
        site, *rest = arguments
        run = (answer, work, site, each, together, *rest)
        processes.append(PROCESSES.Process(target=_answer, args=run, daemon=True))
        processes[-1].start()
        answer.close()
    try:
        return [str(told.recv()) for told, _ in pipes]
    finally:
        for process in processes:
            process.kill()
            process.join()


def _answer(answer: Pipe, work: Callable[..., None], *arguments: object) -> None:
    work(*arguments)
    answer.send("done")


# --- Secrets ----------------------------------------------------------------------------------------------------------

URLS_THAT_FAIL = {
    "no URL": f"{_PASSWORD}",
    "a bad port": f"postgresql+psycopg2://airflow:{_PASSWORD}@127.0.0.1:none/ledger",
    "another database": f"oracle://airflow:{_PASSWORD}@127.0.0.1/ledger",
    "an asynchronous driver": f"postgresql+asyncpg://airflow:{_PASSWORD}@127.0.0.1/ledger",
    "an unknown driver": f"postgresql+nodriver://airflow:{_PASSWORD}@127.0.0.1/ledger",
    "a missing driver": f"mysql+mysqlconnector://airflow:{_PASSWORD}@127.0.0.1/ledger",
    "nobody listens, PostgreSQL": f"postgresql+psycopg2://airflow:{_PASSWORD}@127.0.0.1:1/ledger",
    "nobody listens, MySQL": f"mysql+pymysql://airflow:{_PASSWORD}@127.0.0.1:1/ledger",
    "no such host": f"mysql+pymysql://airflow:{_PASSWORD}@ledger.invalid/ledger",
    "an unknown parameter": f"postgresql+psycopg2://airflow:{_PASSWORD}@127.0.0.1:1/ledger?no_such={_PASSWORD}",
    "a directory that cannot be made": "sqlite:////dev/null/x/ledger.db",
    "a directory": "sqlite:////",
    "a file of another kind": "sqlite:////dev/null",
}


@pytest.mark.parametrize("url", URLS_THAT_FAIL.values(), ids=URLS_THAT_FAIL.keys())
def test_no_error_says_what_the_url_holds(url: str) -> None:
    def use() -> None:
        Database.of(url)
        _write(Database(make_url(url), deadline_seconds=0.2))

    error = _error_of(use)
    assert issubclass(error.type, LedgerError | ConfigurationError)


def test_a_wrong_password_is_in_no_error(server_url: str) -> None:
    url = make_url(server_url).set(password=_PASSWORD, username="nobody-like-this")
    error = _error_of(lambda: _write(Database(url, deadline_seconds=0.2)))
    assert issubclass(error.type, LedgerError)


def test_no_error_says_what_was_to_be_written(site: Site) -> None:
    """A statement's parameters are names at the most; they stay out of errors all the same."""
    site.ledger.append([entry()])
    site.database.write(lambda connection: connection.execute(text(f"DROP TABLE {entries.name}")))
    impatient = SqlLedger(Database(make_url(site.url), deadline_seconds=0.2), site.keys)
    error = _error_of(lambda: impatient.append([entry(detail=_PASSWORD)]))
    assert issubclass(error.type, LedgerError)


class _Error:
    """What the caller sees of an error: its class, and its text. That neither holds the password is checked here."""

    def __init__(self, error: Exception) -> None:
        self.type = type(error)
        self.text = str(error)
        for shown in (str(error), repr(error), repr(error.args), repr(vars(error))):
            assert _PASSWORD not in shown
            assert "://airflow" not in shown
        # Python prints these too.
        assert error.__context__ is None
        assert error.__cause__ is None


def _error_of(call: Callable[[], object]) -> _Error:
    try:
        call()
    except (LedgerError, ConfigurationError) as error:
        return _Error(error)
    pytest.fail("nothing was raised")


# --- The file ---------------------------------------------------------------------------------------------------------


def test_the_file_and_its_directories_are_for_their_user_alone(tmp_path: Path) -> None:
    site = Site(f"sqlite:///{tmp_path}/new/deep/ledger.db", tmp_path)
    before = os.umask(0)
    try:
        site.ledger.append([entry()])
        modes = {
            path.name: stat.S_IMODE(path.stat().st_mode)
            for path in (tmp_path / "new", tmp_path / "new/deep", *(tmp_path / "new/deep").iterdir())
        }
    finally:
        os.umask(before)
    assert modes.pop("new") == modes.pop("deep") == 0o700
    assert "ledger.db" in modes
    assert set(modes.values()) == {0o600}


def test_a_file_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.touch(mode=0o660)
    path.chmod(0o660)
    Site(f"sqlite:///{path}", tmp_path).ledger.append([entry()])
    assert stat.S_IMODE(path.stat().st_mode) == 0o660


def test_a_further_ledger_in_a_process_leaves_the_locks_of_the_first(sqlite_site: Site) -> None:
    """Without them, another process takes itself for the last, and removes the log under the first one's connection."""
    sqlite_site.ledger.append([entry()])
    _count(Database.of(sqlite_site.url))
    file = sqlite_site.directory / "ledger.db"
    reads = f"import sqlite3; c = sqlite3.connect({str(file)!r}); c.execute('SELECT * FROM {chains.name}'); c.close()"
    subprocess.run([sys.executable, "-c", reads], check=True)
    assert file.with_name("ledger.db-wal").exists()
    sqlite_site.ledger.append([entry(at=2)])


def test_a_damaged_file_is_no_ledger(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"nothing of the kind" * 1000)
    error = _error_of(lambda: _write(Database(make_url(f"sqlite:///{tmp_path}/ledger.db"), deadline_seconds=0.2)))
    assert issubclass(error.type, LedgerError)


def test_a_table_of_another_program_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("CREATE TABLE version (version TEXT)")
        connection.execute("INSERT INTO version VALUES ('theirs')")
    site = Site(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path)
    site.ledger.append([entry()])
    assert site.verify().breaks == ()
    assert sqlite3.connect(tmp_path / "ledger.db").execute("SELECT * FROM version").fetchall() == [("theirs",)]


# --- Clocks and names -------------------------------------------------------------------------------------------------


def test_entries_of_a_clock_that_runs_backwards_are_kept_in_their_order(site: Site) -> None:
    for at in (1_900_000_000_000, 5, 0, -3):
        site.ledger.append([entry(at=at)])
    assert site.verify().breaks == ()
    times = (
        select(entries.c.at).where(entries.c.chain == chain_of(digest("etl"), "etl", "run")).order_by(entries.c.number)
    )
    found = site.database.read(lambda connection: list(connection.scalars(times)))
    assert found == [1_900_000_000_000, 5, 0, -3]


ODD = (
    "etl",
    "ETL",
    "etl ",
    " etl",
    "\u00e9tl",
    "e\u0301tl",
    "etl\0",
    "\ud800",
    "\udfff",
    "\U0001f511",
    "\U0001f512",
    "\0",
    "\\x00",
    "%",
    "%%",
    "'",
    "''",
    "\u202eetl",
    "stra\u00dfe",
    "strasse",
    "\U0001f511" * 250,
    "\U0001f511" * 249,
)
"""Names that some database takes for one, or does not take."""


@pytest.mark.parametrize("part", ["dag_id", "run_id"])
def test_odd_names_are_kept_apart(site: Site, part: str) -> None:
    written = {name: entry(**{part: name}) for name in ODD}
    site.ledger.append(list(written.values()))
    read = {name: site.ledger.read(each.where.dag_id, each.where.run_id) for name, each in written.items()}
    assert read == {name: [each] for name, each in written.items()}
    found = Site(site.url, site.directory).verify()
    assert (found.runs, found.breaks) == (len(ODD), ())


def test_odd_pools_are_kept_apart(site: Site) -> None:
    claims, values = site.claims(), {pool: offer(pool=pool) for pool in ODD}
    for value in values.values():
        claims.offer(value)
    got = {pool: claims.claim_next(pool, None, task()).object_id for pool in ODD}
    assert got == {pool: value.object_id for pool, value in values.items()}


def test_odd_task_instances_are_kept_apart(site: Site) -> None:
    claims, value = site.claims(), offer()
    claims.offer(value)
    claims.claim(value.object_id, task(dag_id=ODD[0]))
    for dag_id in ODD[1:]:
        with pytest.raises(ClaimRefused):
            claims.claim(value.object_id, task(dag_id=dag_id))


# --- Fork -------------------------------------------------------------------------------------------------------------


def test_a_forked_child_and_its_parent_both_go_on(site: Site) -> None:
    """Both at once: on one connection, each would get the other's answers."""
    site.ledger.append([entry()])
    child = _fork(lambda: _append_alone(site, "child"))
    _append_alone(site, "parent")
    assert _code_of(child) == 0
    found = site.verify()
    assert (found.entries, found.breaks) == (1 + 2 * _EACH + 1, ())
    assert Counter(each.host for each in site.ledger.read("etl"))["child"] == _EACH


_EACH = 50


def _append_alone(site: Site, host: str) -> None:
    for at in range(_EACH):
        site.ledger.append([entry(at=at, host=host)])


def test_a_child_forked_amid_a_transaction_leaves_it_to_its_parent(site: Site) -> None:
    site.ledger.append([entry()])

    def work(connection: object) -> int:
        connection.execute(claims.insert().values(_ROW))  # type: ignore[attr-defined]
        return _code_of(_fork(lambda: _count(site.database)))

    assert site.database.write(work) == 0
    assert site.claims().state("f" * 32) is State.AVAILABLE


_ROW = {
    "object_id": "f" * 32,
    "pool": "",
    "state": "available",
    "name": "n",
    "lease_seconds": 1,
    "expires": 0,
    "keeps": 0,
    "holder": "",
    "holder_name": "",
    "session": "",
    "fence": 0,
    "lease_until": 0,
}


def _fork(call: Callable[[], object]) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        call()
        code = 0
    except BaseException as error:
        print(type(error).__name__, error, file=sys.stderr)
    finally:
        os._exit(code)


def _code_of(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _as_nobody(directory: Path, call: Callable[[], object]) -> str:
    """Return what ``call`` raises in a process of a user without rights."""
    told, answer = os.pipe()
    # Pytest's own directories are closed to others.
    for path in (directory, *directory.parents):
        if path.owner() == "root" and path != Path("/") and not path.stat().st_mode & 0o001:
            path.chmod(path.stat().st_mode | 0o011)

    def run() -> None:
        os.setgid(65_534)
        os.setuid(65_534)
        try:
            call()
        except LedgerError as error:
            os.write(answer, f"{type(error).__name__}: {error}".encode())

    _code_of(_fork(run))
    os.close(answer)
    with os.fdopen(told, "rb") as said:
        return said.read().decode()
