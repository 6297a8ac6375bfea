"""A chain key that can never be opened again begins a new generation, which says so; nothing that may pass does."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from secure_xcom.adapters.local.file import FileStore
from secure_xcom.adapters.local.keyring import LocalKeyring
from secure_xcom.errors import (
    KeyDenied,
    KeyUnavailable,
    LedgerTampered,
    SecureXComError,
    StoreDenied,
    StoreUnavailable,
)
from secure_xcom.ledger.chain_keys import ChainKeys
from secure_xcom.ledger.db.database import Database
from secure_xcom.ledger.db.schema import chain_keys, chains, entries
from secure_xcom.ledger.db.text import digest
from secure_xcom.ledger.extending import chain_of, register_of
from secure_xcom.ledger.generations import Kept
from secure_xcom.ledger.ledger import SqlLedger
from secure_xcom.ledger.rekey import problems, rekey
from secure_xcom.ledger.verification import Verification
from secure_xcom.ledger.verify import verify
from secure_xcom.model.object_name import new_object_id
from secure_xcom.model.seal import SealContext
from secure_xcom.ports.routes import Route
from secure_xcom.testing.fakes import InMemoryStore, SingleRoute
from tests.ledger.site import entry

CONTEXT = SealContext(coordinates=entry().where, object_id=new_object_id(), created=1)


@dataclass(frozen=True)
class Place:
    """One ledger on a machine where stores and keyrings come and go; each call is that of a new process."""

    path: Path
    native: InMemoryStore

    def routes(self, store: str = "a", key: str = "a") -> SingleRoute:
        if store == "native":
            return SingleRoute(self.native, None)
        return SingleRoute(FileStore(self.path / f"store-{store}"), LocalKeyring(self.keyring(key)))

    def keyring(self, key: str) -> Path:
        return self.path / f"keyring-{key}.json"

    @property
    def database(self) -> Database:
        return Database.of(f"sqlite:///{self.path}/ledger.db", 1.0)

    def keys(self, store: str = "a", key: str = "a") -> ChainKeys:
        return ChainKeys(self.database, self.routes(store, key), time.time)

    def push(self, at: int, run_id: str = "run", store: str = "a", key: str = "a") -> None:
        # Sealing a value comes before its entry, and makes a keyring that is not there.
        self.routes(store, key).route("etl", "etl").sealer.seal(b"x", CONTEXT)
        SqlLedger(self.database, self.keys(store, key)).append([entry(at=at, run_id=run_id)])

    def verify(self, store: str = "a", key: str = "a") -> Verification:
        return verify(self.database, self.keys(store, key))

    def execute(self, *statements: object) -> None:
        for statement in statements:
            done = self.database.write(lambda connection, s=statement: connection.execute(s))
            assert done.rowcount, "the attack has hit nothing"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, InMemoryStore())


@pytest.mark.parametrize(
    "pushes", [[("a", "a"), ("native", "")], [("native", ""), ("a", "a")]], ids=["to a store that encrypts", "from one"]
)
def test_pushes_go_on_after_a_change_between_a_key_and_a_store_that_encrypts(
    place: Place, pushes: Sequence[tuple[str, str]]
) -> None:
    for at, (store, key) in enumerate(pushes):
        place.push(at, "run", store, key)
    found = place.verify(store, key)
    assert found.breaks == ()
    assert [cut.generation for cut in found.cuts] == [2, 1]


def test_a_new_generation_says_what_came_before(place: Place) -> None:
    place.push(1)
    place.push(2)
    place.push(3, key="b")
    begun, unopened = place.verify(key="b").cuts
    assert "as the key of generation 1 could not be opened (WrongKey)" in begun.problem
    assert "had 2 chains with 3 entries then, and has the same ends now" in begun.problem
    assert unopened.problem == "its key cannot be opened (WrongKey), so 1 runs with 3 rows cannot be verified"


@pytest.mark.parametrize("error", [KeyDenied, KeyUnavailable, StoreDenied, StoreUnavailable])
def test_what_may_pass_fails_the_push_and_begins_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch, error: type[SecureXComError]
) -> None:
    place.push(1)

    def fails(*_: object) -> bytes:
        raise error("not now")

    with monkeypatch.context() as patched:
        patched.setattr(ChainKeys, "_open", fails)
        with pytest.raises(error):
            place.push(2)
        assert [broken.run_id for broken in place.verify().breaks] == ["*"]
    place.push(2)
    assert place.verify().cuts == ()


# --- Attacks: a new generation hides nothing --------------------------------------------------------------------------

ETL = digest("etl")


@pytest.fixture
def cut(place: Place) -> Place:
    """A ledger whose first key was lost."""
    for at in (1, 2, 3):
        place.push(at)
    place.push(4, key="b")
    return place


def _accepted(place: Place) -> set[str]:
    return {one.id for one in place.verify(key="b").cuts}


ATTACKS = {
    "an entry of the lost generation changed": [
        update(entries).where(entries.c.chain == chain_of(ETL, "etl", "run"), entries.c.number == 2).values(host="x")
    ],
    "an entry of the lost generation dropped": [
        delete(entries).where(entries.c.chain == chain_of(ETL, "etl", "run"), entries.c.number == 3)
    ],
    "the lost generation set back": [
        delete(entries).where(entries.c.chain == chain_of(ETL, "etl", "run"), entries.c.number == 3),
        update(chains).where(chains.c.chain == chain_of(ETL, "etl", "run")).values(length=2),
    ],
    "the lost generation gone": [
        delete(entries).where(entries.c.chain.in_([chain_of(ETL, "etl", "run"), register_of(ETL)])),
        delete(chains).where(chains.c.generation == 1),
        delete(chain_keys).where(chain_keys.c.generation == 1),
    ],
    "a run added to the lost generation": [
        chains.insert().values(
            chain=chain_of(ETL, "etl", "forged"),
            domain=ETL,
            generation=1,
            dag_id="etl",
            run_id="forged",
            length=0,
            last_mac="",
            end_mac="",
        )
    ],
    "the beginning dropped": [delete(entries).where(entries.c.chain == register_of(ETL, 2), entries.c.number == 1)],
    "the beginning changed": [
        update(entries).where(entries.c.chain == register_of(ETL, 2), entries.c.number == 1).values(detail="{}")
    ],
    "a run moved to the lost generation": [
        update(chains).where(chains.c.chain == chain_of(ETL, "etl", "run", 2)).values(generation=1)
    ],
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_was_accepted_is_not_what_an_attacker_makes_of_it(cut: Place, attack: str) -> None:
    before = _accepted(cut)
    cut.execute(*ATTACKS[attack])
    found = cut.verify(key="b")
    assert found.breaks or not {one.id for one in found.cuts} <= before


def test_a_key_that_the_database_loses_begins_a_generation_that_says_so(place: Place) -> None:
    place.push(1)
    place.execute(delete(chain_keys))
    place.push(2)
    begun, unopened = place.verify().cuts
    assert (begun.generation, unopened.generation) == (2, 1)
    assert "KeyGone" in begun.problem
    assert "KeyGone" in unopened.problem


def test_a_key_that_is_changed_in_the_database_begins_a_generation_that_says_so(place: Place) -> None:
    place.push(1)
    place.execute(update(chain_keys).values(sealed=b"rubbish"))
    place.push(2)
    assert [(one.generation, "Tampered" in one.problem) for one in place.verify().cuts] == [(2, True), (1, True)]


def test_the_end_of_a_run_whose_key_opens_is_checked_as_before(place: Place) -> None:
    place.push(1)
    place.execute(update(chains).values(end_mac="0" * 64))
    with pytest.raises(LedgerTampered):
        place.push(2)


def test_a_lost_generation_is_compared_with_the_anchor(cut: Place) -> None:
    ends = cut.verify(key="b").ends
    first = chain_of(ETL, "etl", "run")
    longer = {**ends, first: (9, *ends[first][1:])}
    assert verify(cut.database, cut.keys(key="b"), ends).breaks == ()
    (broken,) = verify(cut.database, cut.keys(key="b"), longer).breaks
    assert "another end than at the last verification" in broken.problem


def test_processes_that_lose_a_key_together_begin_one_generation(place: Place) -> None:
    place.push(1)
    shutil.copy(place.keyring("a"), place.path / "old.json")
    place.keyring("a").unlink()
    place.routes().route("etl", "etl").sealer.seal(b"x", CONTEXT)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda keys: keys.of("etl"), [place.keys() for _ in range(4)]))
    assert {one.generation for one in found} == {2}
    assert len({one.secret for one in found}) == 1


def test_no_error_of_a_lost_key_holds_the_key(cut: Place) -> None:
    for generation, found in cut.keys(key="b").each("etl").items():
        assert "secret" not in repr(found), generation


# --- rekey ------------------------------------------------------------------------------------------------------------


def _rekey(place: Place, store: str = "a", key: str = "a", *, dry_run: bool = False) -> list[tuple[str, str]]:
    found = rekey(place.database, place.keys(store, key), dry_run=dry_run)
    return [(one.dag_id, one.outcome.value) for one in found]


def _kept(place: Place) -> list[tuple[int, str]]:
    columns = select(chain_keys.c.generation, chain_keys.c.object_id).order_by(chain_keys.c.generation)
    return [tuple(row) for row in place.database.read(lambda connection: connection.execute(columns).all())]


def _add_primary(place: Place) -> None:
    """Have the keyring wrap under another key, and still open what the old one wrapped."""
    old, new = (json.loads(place.keyring(name).read_text()) for name in ("a", "b"))
    new["keys"] |= old["keys"]
    place.keyring("a").write_text(json.dumps(new))


def test_rekeying_seals_a_key_under_the_key_of_now_and_its_chains_go_on(place: Place) -> None:
    place.push(1)
    place.routes("a", "b").route("etl", "etl").sealer.seal(b"x", CONTEXT)
    _add_primary(place)
    assert _rekey(place) == [("etl", "sealed")]
    # The old key is no longer needed.
    shutil.copy(place.keyring("b"), place.keyring("a"))
    place.push(2)
    assert place.verify().cuts == ()
    assert place.verify().breaks == ()
    assert place.verify().entries == 3


def test_rekeying_begins_a_chain_where_the_key_is_lost(place: Place) -> None:
    place.push(1)
    assert _rekey(place, key="b") == [("etl", "begun")]
    assert [generation for generation, _ in _kept(place)] == [1, 2]
    assert _rekey(place, key="b") == [("etl", "sealed")]
    place.push(2, key="b")
    assert [cut.generation for cut in place.verify(key="b").cuts] == [2, 1]


def test_rekeying_leaves_one_object_in_a_store_that_encrypts(place: Place) -> None:
    place.push(1, store="native")
    (before,) = place.native.objects
    assert _rekey(place, "native") == [("etl", "sealed")]
    (after,) = place.native.objects
    assert after != before
    place.push(2, store="native")
    assert place.verify("native").breaks == ()


@pytest.mark.parametrize(("key", "outcome"), [("a", "sealed"), ("b", "begun")])
def test_a_dry_run_says_what_would_be_and_changes_nothing(place: Place, key: str, outcome: str) -> None:
    place.push(1)
    place.routes("a", "b").route("etl", "etl").sealer.seal(b"x", CONTEXT)
    before = _kept(place)
    assert _rekey(place, key=key, dry_run=True) == [("etl", outcome)]
    assert _kept(place) == before


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_key_out_of_reach_is_left_and_holds_up_no_other(
    place: Place, monkeypatch: pytest.MonkeyPatch, *, dry_run: bool
) -> None:
    for dag_id in ("etl", "report"):
        SqlLedger(place.database, place.keys()).append([entry(dag_id=dag_id)])
    opens = ChainKeys._open

    def fails(self: ChainKeys, kept: Kept, route: Route) -> bytes:
        if kept.dag_id == "etl":
            raise KeyUnavailable("not now")
        return opens(self, kept, route)

    monkeypatch.setattr(ChainKeys, "_open", fails)
    assert _rekey(place, dry_run=dry_run) == [("etl", "failed"), ("report", "sealed")]


def test_a_worker_that_reads_a_key_while_it_is_sealed_anew_begins_no_chain(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that encrypts no longer has the old object then."""
    place.push(1, store="native")
    get, calls = place.native.get, []

    def rekeyed_first(name: str) -> bytes:
        calls.append(name)
        if len(calls) == 1:
            assert _rekey(place, "native") == [("etl", "sealed")]
        return get(name)

    monkeypatch.setattr(place.native, "get", rekeyed_first)
    place.push(2, store="native")
    assert place.verify("native").cuts == ()
    assert len(place.native.objects) == 1


def test_an_empty_ledger_has_nothing_to_rekey_and_is_not_made(place: Place) -> None:
    assert _rekey(place) == []
    assert not (place.path / "ledger.db").exists()


def test_what_is_wrong_with_a_key_is_told_and_nothing_is_made(place: Place) -> None:
    place.push(1)
    assert problems(place.database, place.keys()) == {"etl": ""}
    place.routes("a", "b").route("etl", "etl").sealer.seal(b"x", CONTEXT)
    assert problems(place.database, place.keys(key="b"))["etl"].startswith("WrongKey: ")
    assert len(_kept(place)) == 1
