"""Code of a user's class answers twice, or fails: what is scanned is what is stored, and no error quotes the value."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from pydantic import BaseModel

from secure_xcom.errors import PayloadError, SecureXComError
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


class Model(BaseModel):
    """A model whose field is given another type than the declared one."""

    user: str = "ann"
    password: str = ""


def _model() -> Model:
    model = Model()
    model.password = CANARY.encode()  # type: ignore[assignment]  # what pydantic warns of
    return model


class Warns:
    """An object that warns with its data, in whatever is asked of it."""

    def __init__(self, data: object = CANARY) -> None:
        self.data = data

    def serialize(self) -> dict[str, object]:
        """Answer Airflow."""
        warnings.warn(repr(self.data), RuntimeWarning, stacklevel=1)
        return {"password": self.data}

    @staticmethod
    def deserialize(data: dict[str, object], version: int) -> Warns:
        """Answer Airflow."""
        warnings.warn(repr(data), RuntimeWarning, stacklevel=1)
        return Warns(data["password"])

    def __repr__(self) -> str:
        warnings.warn(repr(self.data), RuntimeWarning, stacklevel=1)
        return f"a note of {self.data}"


@pytest.mark.parametrize("way", [way for way in Way if way is not Way.PLAIN])
@pytest.mark.parametrize(
    ("make", "name", "count"), [(_model, "Model", 1), (Warns, "Warns", 2)], ids=["pydantic's", "its own"]
)
def test_the_text_of_a_warning_of_a_class_is_not_shown(
    make: Callable[[], object], name: str, count: int, way: Way, backends: Backends
) -> None:
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        backends.our_result(way.around([make()]), way)
    texts = [str(warning.message) for warning in shown]
    assert len([text for text in texts if name in text and "withheld" in text]) >= count
    assert not [text for text in texts if CANARY in text]


class Url:
    """An object that prints a mark into its data."""

    def __init__(self, password: object) -> None:
        self.password = password

    def serialize(self) -> str:
        """Answer Airflow."""
        return f"postgres://u:{self.password}@h"

    def __str__(self) -> str:
        return f"user-{self.password:>4}"


@pytest.mark.parametrize("way", [Way.PLAIN, Way.NAMES, Way.WHOLE])
@pytest.mark.parametrize(
    "value", [Url(Secret(CANARY)), {Url(Secret("a")): 1, Url(Secret("b")): 2}, {"a": [Url(Secret(1))]}]
)
def test_a_mark_that_is_printed_into_the_data_is_refused(value: object, way: Way, backends: Backends) -> None:
    with pytest.raises(SecureXComError) as caught:
        backends.our_result(value, way)
    assert_tells_nothing(caught.value, CANARY)


class Wrapping:
    """An object whose serialiser raises an error of ours over one that quotes."""

    def serialize(self) -> object:
        """Answer Airflow."""
        try:
            return {}[CANARY]
        except KeyError as error:
            raise PayloadError("cannot be encoded") from error


def test_an_error_of_ours_that_a_class_raises_has_no_cause(backends: Backends) -> None:
    with pytest.raises(PayloadError, match="cannot be encoded") as caught:
        backends.our_result([Wrapping()], Way.NAMES)
    assert_tells_nothing(caught.value, CANARY)


class Ending:
    """An object whose serialiser ends the task."""

    def __init__(self, kind: type[BaseException]) -> None:
        self.kind = kind

    def serialize(self) -> object:
        """Answer Airflow."""
        raise self.kind


class TimedOut(BaseException):
    """What Airflow raises in the middle of whatever a task does."""


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, TimedOut])
def test_what_ends_a_task_passes(kind: type[BaseException], backends: Backends) -> None:
    with pytest.raises(kind):
        backends.our_result([Ending(kind)], Way.NAMES)
