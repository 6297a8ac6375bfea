"""``StoreContract``: what every store does."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import ClassVar

import pytest

from secure_xcom.errors import ObjectNotFound, ObjectTooLarge, Tampered
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.object_name import new_object_id, object_name
from secure_xcom.ports.listing import UNKNOWN_SIZE, UNKNOWN_TIME
from secure_xcom.ports.store import HEAD_BYTES, Store

_PLACE = Coordinates(dag_id="etl", run_id="manual__2026-01-01T00:00:00+00:00", task_id="group.make", key="return_value")

_ODD = "ä/ ?#&=+%41\n'\"\\:*\U0001f511"


class StoreContract:
    """What every store does, whatever is behind it."""

    largest_tested: ClassVar[int] = 3 * 1024 * 1024 + 1
    """Bytes of the largest object of the suite; a store with a lower limit of its own lowers it."""

    @pytest.fixture
    def store(self) -> Store:
        """Answer with the store under test."""
        raise NotImplementedError

    @pytest.mark.parametrize("size", [0, 1, 1000, 1 << 20], ids=str)
    def test_gives_back_the_bytes_that_were_put(self, store: Store, size: int) -> None:
        name, data = _fresh(), secrets.token_bytes(size)
        store.put(name, data)
        assert store.get(name) == data

    def test_gives_back_a_large_object(self, store: Store) -> None:
        name, data = _fresh(), secrets.token_bytes(self.largest_tested)
        store.put(name, data)
        assert store.get(name) == data

    @pytest.mark.parametrize("size", [0, 1, HEAD_BYTES - 1, HEAD_BYTES, HEAD_BYTES + 1], ids=str)
    def test_tells_how_an_object_begins_and_its_size(self, store: Store, size: int) -> None:
        name, data = _fresh(), secrets.token_bytes(size)
        store.put(name, data)
        head = store.head(name)
        assert head.size == size
        assert head.data in (data[:HEAD_BYTES], data)
        assert store.whole(name, head) == data

    def test_an_object_that_was_replaced_after_its_head_was_read_is_refused(self, store: Store) -> None:
        name, other = _fresh(), _fresh()
        store.put(name, b"a" * (HEAD_BYTES + 1))
        store.put(other, b"b" * (HEAD_BYTES + 1))
        head = store.head(name)
        if len(head.data) < head.size:
            with pytest.raises(Tampered):
                store.whole(other, head)

    @pytest.mark.parametrize("part", ["dag_id", "run_id", "task_id", "key"])
    def test_keeps_names_of_odd_characters_apart(self, store: Store, part: str) -> None:
        odd = (_ODD, _ODD + " ", "%2e%2e", "a~b", "k" * 512)
        names = [_fresh(replace(_PLACE, **{part: text})) for text in odd]  # type: ignore[arg-type]  # all are str
        for index, name in enumerate(names):
            store.put(name, str(index).encode())
        assert [store.get(name) for name in names] == [str(index).encode() for index in range(len(names))]

    def test_an_object_with_a_lifetime_is_there_while_it_lasts(self, store: Store) -> None:
        name = _fresh()
        store.put(name, b"data", int(time.time()) + 600)
        assert store.get(name) == b"data"
        store.delete(name)
        with pytest.raises(ObjectNotFound):
            store.get(name)

    @pytest.mark.parametrize("asked", ["get", "head"])
    def test_a_missing_object_is_not_found(self, store: Store, asked: str) -> None:
        with pytest.raises(ObjectNotFound):
            getattr(store, asked)(_fresh())

    def test_a_deleted_object_is_not_found(self, store: Store) -> None:
        name = _fresh()
        store.put(name, b"data")
        store.delete(name)
        with pytest.raises(ObjectNotFound):
            store.get(name)

    def test_deleting_twice_is_no_error(self, store: Store) -> None:
        name = _fresh()
        store.put(name, b"data")
        store.delete(name)
        store.delete(name)

    def test_deleting_one_object_leaves_its_neighbour(self, store: Store) -> None:
        first, second = _fresh(), _fresh()
        store.put(first, b"first")
        store.put(second, b"second")
        store.delete(first)
        assert store.get(second) == b"second"

    def test_refuses_an_object_over_its_limit(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(store, "max_object_bytes", 10)
        name = _fresh()
        with pytest.raises(ObjectTooLarge):
            store.put(name, b"12345678901")
        with pytest.raises(ObjectNotFound):
            store.get(name)

    def test_serves_several_threads(self, store: Store) -> None:
        names = [_fresh() for _ in range(16)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda name: store.put(name, name.encode()), names))
            assert list(pool.map(store.get, names)) == [name.encode() for name in names]


class StoreReplaceContract:
    """What every store does for an identity that may replace objects: an operator's, and no Dag's."""

    replaces_in_one_step: ClassVar[bool] = True
    """Whether of two that replace one object at the same moment one alone succeeds."""

    @pytest.mark.parametrize("size", [1, 1000, HEAD_BYTES + 1], ids=str)
    def test_replaces_an_object_that_is_still_the_same(self, store: Store, size: int) -> None:
        name, old, new = _fresh(), secrets.token_bytes(size), secrets.token_bytes(size + 7)
        store.put(name, old)
        assert store.replace(name, store.head(name), new)
        assert store.get(name) == new

    def test_replaces_twice_in_a_row(self, store: Store) -> None:
        name = _fresh()
        store.put(name, b"first")
        assert store.replace(name, store.head(name), b"second")
        assert store.replace(name, store.head(name), b"third")
        assert store.get(name) == b"third"

    def test_an_object_that_another_one_has_replaced_stays(self, store: Store) -> None:
        name = _fresh()
        store.put(name, b"first")
        head = store.head(name)
        assert store.replace(name, head, b"other")
        assert not store.replace(name, head, b"later")
        assert store.get(name) == b"other"

    def test_an_object_that_was_deleted_stays_deleted(self, store: Store) -> None:
        name = _fresh()
        store.put(name, b"first")
        head = store.head(name)
        store.delete(name)
        assert not store.replace(name, head, b"later")
        with pytest.raises(ObjectNotFound):
            store.get(name)

    def test_a_replaced_object_that_is_deleted_leaves_nothing(self, store: Store) -> None:
        name = _fresh()
        store.put(name, b"first")
        store.replace(name, store.head(name), b"second")
        store.delete(name)
        with pytest.raises(ObjectNotFound):
            store.get(name)

    def test_an_object_with_a_lifetime_is_replaced_by_one(self, store: Store) -> None:
        name, expires = _fresh(), int(time.time()) + 600
        store.put(name, b"first", expires)
        assert store.replace(name, store.head(name), b"second", expires)
        assert store.get(name) == b"second"

    def test_a_replacement_that_was_made_and_not_answered_counts_as_made(self, store: Store) -> None:
        name = _fresh()
        store.put(name, b"first")
        head = store.head(name)
        assert store.replace(name, head, b"second")
        assert store.replace(name, head, b"second")

    def test_of_many_that_replace_one_object_one_wins(self, store: Store) -> None:
        name = _fresh()
        store.put(name, b"first")
        head, texts = store.head(name), [str(number).encode() for number in range(8)]
        with ThreadPoolExecutor(8) as pool:
            won = list(pool.map(lambda text: store.replace(name, head, text), texts))
        winners = [text for text, has_won in zip(texts, won, strict=True) if has_won]
        assert store.get(name) in winners
        assert len(winners) == 1 or not self.replaces_in_one_step


class StoreListingContract:
    """What every store does for an identity that may list: an operator's, and no Dag's."""

    def test_lists_each_object_below_a_folder_once(self, store: Store) -> None:
        mine, other = f"etl-{secrets.token_hex(4)}", f"etl-{secrets.token_hex(4)}"
        names = [_fresh(_at(mine, run)) for run in ("a", "a", "b", "a b", "a%", "é")]
        for name in (*names, _fresh(_at(other, "a"))):
            store.put(name, b"data")
        assert sorted(one.name for one in store.listing(mine)) == sorted(names)
        assert {one.size for one in store.listing(mine)} <= {4, UNKNOWN_SIZE}
        run = names[0].rpartition("/make/")[0]
        assert sorted(one.name for one in store.listing(run)) == sorted(names[:2])
        assert {one.name for one in store.listing()} >= set(names)

    def test_a_listing_that_goes_on_behind_a_name_leaves_nothing_out(self, store: Store) -> None:
        dag = f"etl-{secrets.token_hex(4)}"
        for run in ("a", "a", "b", "c", "c"):
            store.put(_fresh(_at(dag, run)), b"data")
        listed = [one.name for one in store.listing(dag)]
        for position, name in enumerate(listed):
            again = [one.name for one in store.listing(dag, name)]
            # A store without an order yields all of it again, as Redis does, whose order changes as its table grows.
            assert again == listed[position + 1 :] or set(again) == set(listed)

    def test_a_purged_object_is_not_listed_and_a_folder_that_is_not_there_is_empty(self, store: Store) -> None:
        dag = f"etl-{secrets.token_hex(4)}"
        name = _fresh(_at(dag, "a"))
        assert list(store.listing(dag)) == []
        store.put(name, b"data")
        store.delete(name)
        assert list(store.listing(dag)) == []

    def test_tells_of_an_object_what_its_listing_does_or_more(self, store: Store) -> None:
        dag = f"etl-{secrets.token_hex(4)}"
        name = _fresh(_at(dag, "a"))
        store.put(name, b"data")
        told = store.stat(name)
        assert told.name == name
        assert told.size in (4, UNKNOWN_SIZE)
        assert told.written == UNKNOWN_TIME or abs(told.written - time.time()) < 60
        assert all(
            one.written in (UNKNOWN_TIME, told.written) or abs(one.written - told.written) < 2
            for one in store.listing(dag)
        )
        with pytest.raises(ObjectNotFound):
            store.stat(_fresh(_at(dag, "a")))


def _at(dag_id: str, run_id: str) -> Coordinates:
    return Coordinates(dag_id=dag_id, run_id=run_id, task_id="make", key="return_value")


def _fresh(place: Coordinates = _PLACE) -> str:
    return object_name(place, new_object_id())
