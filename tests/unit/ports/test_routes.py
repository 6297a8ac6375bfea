"""``Route``: an object is reached wherever its domain's objects may lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from secure_xcom.adapters.local.file import FileStore
from secure_xcom.errors import ObjectNotFound, StoreDenied, StoreError, StoreUnavailable
from secure_xcom.model.domain import Domain
from secure_xcom.ports.routes import Route
from secure_xcom.ports.store import Head, Store
from secure_xcom.seal.native import NativeSealer
from secure_xcom.testing import InMemoryStore

NAME = "etl/run/task/-1/key/00000000000000000000000000000000"


class Failing(InMemoryStore):
    """A store that answers each question for an object in one way."""

    def __init__(self, error: StoreError) -> None:
        super().__init__()
        self.error = error

    def head(self, name: str) -> Head:
        raise self.error


def to(store: Store, *elsewhere: Route, folder: str = "") -> Route:
    domain = Domain("etl")
    return Route(domain=domain, store=store, sealer=NativeSealer(), folder=folder, elsewhere=elsewhere)


@pytest.mark.parametrize("missing", [ObjectNotFound("gone"), StoreDenied("denied, or gone")], ids=["gone", "denied"])
def test_an_object_is_found_in_the_first_place_that_has_it(missing: StoreError) -> None:
    other, third = InMemoryStore(), InMemoryStore()
    other.put(f"@team/{NAME}", b"sealed")
    route = to(Failing(missing), to(other, folder="@team/"), to(third))
    found, head = route.find(NAME)
    assert (found.store, head) == (other, Head.of(b"sealed"))
    assert third.calls == []


def test_what_is_nowhere_fails_as_the_place_does_where_objects_are_put() -> None:
    denied = StoreDenied("denied")
    with pytest.raises(StoreDenied) as raised:
        to(Failing(denied), to(InMemoryStore())).find(NAME)
    assert raised.value.args == ("denied", "asked besides: memory")


def test_what_is_nowhere_names_each_place_that_was_asked(tmp_path: Path) -> None:
    roots = [tmp_path / name for name in ("store", "large", "old")]
    for root in roots:
        root.mkdir(0o700)
    store, large, old = map(FileStore, roots)
    route = replace(to(store, to(old)), large=to(large))
    with pytest.raises(ObjectNotFound) as raised:
        route.find(NAME, is_large=True)
    assert "sealed object is not there" in raised.value.args[0]
    assert [line.rpartition(" ")[2] for line in raised.value.args[1:]] == [str(roots[1]), str(roots[0]), str(roots[2])]


def test_a_store_that_does_not_answer_is_no_reason_to_look_elsewhere() -> None:
    other = InMemoryStore()
    other.put(NAME, b"sealed")
    with pytest.raises(StoreUnavailable):
        to(Failing(StoreUnavailable("busy")), to(other)).find(NAME)


def test_a_place_without_others_is_asked_once() -> None:
    store = InMemoryStore()
    with pytest.raises(ObjectNotFound):
        to(store).find(NAME)
    assert store.calls == [("head", NAME)]


def test_a_place_that_refuses_to_delete_holds_up_no_other_and_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    store, first, second = InMemoryStore(), InMemoryStore(), InMemoryStore()
    store.put(NAME, b"sealed")
    for other, word in ((first, "first"), (second, "second")):
        monkeypatch.setattr(other, "delete", _refuse(StoreDenied(word)))
    with pytest.raises(StoreDenied, match="first"):
        to(store, to(first), to(second)).delete(NAME)
    assert store.objects == {}


def _refuse(error: StoreError) -> Callable[[str], None]:
    def refused(_: str) -> None:
        raise error

    return refused
