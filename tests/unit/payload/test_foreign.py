"""Code of a user's class is called in one guarded place, and what it raises or answers does no harm."""

import itertools

import pytest

from secure_xcom.errors import PayloadError, Refused
from secure_xcom.payload.foreign import MOST_NAMES, asked_for_names, guarded, hint, name_of, text_of
from tests.unit.world import CANARY, assert_tells_nothing


def _raise(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize("error", [ValueError(CANARY), KeyError(CANARY), StopIteration(CANARY), MemoryError(CANARY)])
def test_a_foreign_error_becomes_one_of_ours_that_names_its_class(error: Exception) -> None:
    with pytest.raises(PayloadError, match=f"of a class: {type(error).__name__}") as caught:
        guarded(lambda: _raise(error), lambda problem: f"of a class: {problem}")
    assert_tells_nothing(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("error", [Refused("ours"), KeyboardInterrupt(), SystemExit(1)])
def test_an_error_of_ours_and_the_end_of_the_process_pass(error: BaseException) -> None:
    with pytest.raises(type(error)):
        guarded(lambda: _raise(error), lambda problem: "")


def test_a_recursion_without_end_is_told_as_what_it_is() -> None:
    def again() -> None:
        again()

    with pytest.raises(PayloadError, match="too deeply, or contains itself"):
        guarded(again, lambda problem: problem)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ImportError("a.B was not found in allow list for deserialization imports"), "allowed_deserialization_classes"),
        (ImportError(f"no module {CANARY}"), "ImportError"),
        (ValueError("not found in allow list"), "ValueError"),
    ],
    ids=["Airflow's", "another", "another's"],
)
def test_airflows_list_of_classes_is_told_where_airflow_says_so(error: Exception, told: str) -> None:
    with pytest.raises(PayloadError, match=told):
        guarded(lambda: _raise(error), lambda problem: problem)


class Odd(str):
    """A text with code of its own."""

    __slots__ = ()

    def __contains__(self, other: object) -> bool:
        raise ValueError(CANARY)

    def __str__(self) -> str:
        return self


@pytest.mark.parametrize("value", [Odd("x"), type("Printing", (), {"__str__": lambda self: Odd("x")})()])
def test_a_text_is_an_exact_one(value: object) -> None:
    assert type(text_of(value)) is str
    assert "x" in text_of(value)


class Table:
    """A class whose columns are asked for."""

    def __init__(self, columns: object) -> None:
        self._columns = columns

    @property
    def columns(self) -> object:
        """Answer, or fail."""
        return self._columns() if callable(self._columns) else self._columns


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        (["a", 1], ("a", "1")),
        (iter(["a"]), ("a",)),
        ("ab", ()),
        (b"ab", ()),
        (None, ()),
        (7, ()),
        (lambda: _raise(ValueError(CANARY)), ()),
        (lambda: _raise(RecursionError()), ()),
        (map(_raise, [ValueError(CANARY)]), ()),
        ([type("Nameless", (), {"__str__": lambda self: _raise(ValueError(CANARY))})()], ()),
    ],
    ids=["list", "iterator", "text", "bytes", "None", "number", "raises", "recurses", "raises within", "no name"],
)
def test_names_are_asked_for_and_are_none_where_the_class_fails(columns: object, names: tuple[str, ...]) -> None:
    assert asked_for_names(Table(columns), "columns") == names


def test_an_object_without_the_attribute_has_no_names() -> None:
    assert asked_for_names(object(), "columns") == ()


def test_names_without_end_are_cut() -> None:
    assert len(asked_for_names(Table(itertools.repeat("a")), "columns")) == MOST_NAMES


def test_a_hint_that_fails_is_its_default() -> None:
    assert hint(lambda: 1, 2) == 1
    assert hint(lambda: _raise(ValueError(CANARY)), None) is None


def test_a_class_is_named_without_asking_its_metaclass() -> None:
    class Meta(type):
        def __repr__(cls) -> str:
            raise ValueError(CANARY)

    assert "Strange" in name_of(Meta("Strange", (), {}))
