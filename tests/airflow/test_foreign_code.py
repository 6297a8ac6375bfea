"""Code of a user's class answers twice, or fails: what is scanned is what is stored, and no error quotes the value."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from secure_xcom.errors import SecureXComError
from secure_xcom.secret import Secret
from tests.airflow.any_object import CANARY, Account, Login
from tests.airflow.beside import Backends, Way
from tests.unit.world import assert_tells_nothing, refusal

pytestmark = pytest.mark.filterwarnings("ignore")


class Fickle:
    """An object whose serialiser tells a token only when it is asked again."""

    def __init__(self) -> None:
        self.calls = 0

    def serialize(self) -> dict[str, object]:
        """Answer Airflow."""
        self.calls += 1
        return {"note": "first" if self.calls == 1 else CANARY, "password": self.calls}

    @staticmethod
    def deserialize(data: dict[str, object], version: int) -> dict[str, object]:
        """Answer Airflow."""
        return data


WITHIN: dict[str, Callable[[Fickle], object]] = {
    "alone": lambda fickle: fickle,
    "in a list": lambda fickle: [fickle, "x"],
    "in a tuple in a dict of numbers": lambda fickle: {1: (fickle,)},
    "in an attrs class": lambda fickle: Account([fickle]),
    "in a refused dict": lambda fickle: {"__id__": fickle},
    "beside bytes in an old encoding": lambda fickle: {"__type": fickle, "__var": Secret(b"x")},
}


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("within", WITHIN.values(), ids=WITHIN.keys())
def test_an_object_is_asked_once_so_that_what_is_scanned_is_stored(
    within: Callable[[Fickle], object], way: Way, backends: Backends
) -> None:
    fickle = Fickle()
    row: list[str] = []
    error = refusal(lambda: row.append(backends.push(way.around(within(fickle)), way)))
    assert fickle.calls == 1
    assert error is None or way is Way.PLAIN
    if error is None:
        assert CANARY not in row[0]
        assert CANARY not in repr(backends.pull())


class RaisingKey:
    """A key that cannot be printed."""

    def __str__(self) -> str:
        raise ValueError(CANARY)


class RaisingItems(dict[object, object]):
    """A dict that cannot be walked."""

    def items(self) -> None:  # type: ignore[override]
        raise KeyError(CANARY)


class RaisingContains(dict[object, object]):
    """A dict that cannot be asked for a key."""

    def __contains__(self, key: object) -> bool:
        raise RuntimeError(CANARY)


class RaisingList(list[object]):
    """A list that cannot be walked."""

    def __iter__(self) -> Iterator[object]:
        raise ValueError(CANARY)


class RaisingSerializer:
    """An object that cannot be encoded."""

    def serialize(self) -> object:
        """Fail, and quote a secret."""
        raise ImportError(f"{CANARY} was not found in allow list")


class Unreadable(Login):
    """An object that can be encoded, and not be rebuilt."""

    def __init__(self, user: object, password: object = None, note: object = None) -> None:
        if user == CANARY:
            raise ValueError(CANARY)
        super().__init__(CANARY if user == "make" else user, password, note)


FAILING: dict[str, Callable[[], object]] = {
    "a key's text": lambda: {RaisingKey(): CANARY},
    "a dict's items": lambda: RaisingItems(a=CANARY),
    "a dict's contains": lambda: RaisingContains(a=CANARY),
    "a list's iteration": lambda: RaisingList([CANARY]),
    "a serialiser": RaisingSerializer,
    "an object that is rebuilt": lambda: Unreadable("make"),
    "a class that is not allowed": lambda: _unlisted(CANARY),
}


def _unlisted(content: str) -> object:
    kind = dataclass(type("Unlisted", (), {"__annotations__": {"content": str}, "__module__": "elsewhere"}))
    return kind(content)


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("make", FAILING.values(), ids=FAILING.keys())
@pytest.mark.parametrize("around", [lambda value: value, lambda value: [1, {"a": value}]], ids=["alone", "within"])
def test_foreign_code_that_fails_is_a_typed_error_without_the_value(
    around: Callable[[object], object], make: Callable[[], object], way: Way, backends: Backends
) -> None:
    with pytest.raises(SecureXComError) as caught:
        backends.our_result(way.around(around(make())), way)
    assert_tells_nothing(caught.value, CANARY)
    assert caught.value.__context__ is None


ROWS: dict[str, object] = {
    "an old encoding of an unknown class": {"__type": "os.system", "__var": CANARY},
    "an old encoding of a known class": {"__type": "datetime", "__var": CANARY},
    "an old encoding of a list": {"__type": ["os.system"], "__var": CANARY},
    "an old encoding that is a list": {"__type": "dict", "__var": [CANARY]},
    "a class that is not allowed": {"__classname__": "os.system", "__version__": 1, "__data__": CANARY},
    "a class of no text": {"__classname__": [CANARY], "__version__": 1, "__data__": 1},
    "a version of text": {"__classname__": "builtins.tuple", "__version__": CANARY, "__data__": []},
    "a module that does not exist": {"__classname__": "tests.airflow.absent.C", "__version__": 1, "__data__": CANARY},
    "a tuple of a newer version": {"__classname__": "builtins.tuple", "__version__": 9, "__data__": [CANARY]},
    "a login of other fields": {
        "__classname__": "tests.airflow.any_object.Login",
        "__version__": 0,
        "__data__": {CANARY: 1},
    },
    "a placeholder of a version of true": {"__classname__": "secure_xcom.Sealed", "__version__": True, "__data__": {}},
    "a placeholder of a version of 1.0": {"__classname__": "secure_xcom.Sealed", "__version__": 1.0, "__data__": {}},
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
@pytest.mark.parametrize("around", [lambda row: row, lambda row: [1, {"a": row}]], ids=["alone", "within"])
def test_a_row_that_cannot_be_rebuilt_is_a_typed_error(
    around: Callable[[object], object], row: object, backends: Backends
) -> None:
    with pytest.raises(SecureXComError) as caught:
        backends.pull_row(json.dumps(around(row)))
    assert_tells_nothing(caught.value, CANARY)
    assert caught.value.__context__ is None
