"""Code of a user's class is called in one guarded place, and what it raises or answers does no harm."""

import os
import threading
import warnings
from collections.abc import Callable

import pytest

from secure_xcom.errors import PayloadError, Refused
from secure_xcom.payload.foreign import guarded, hint, name_of, text_of
from tests.unit.world import CANARY, assert_tells_nothing


def _raise(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize("error", [ValueError(CANARY), KeyError(CANARY), StopIteration(CANARY), MemoryError(CANARY)])
def test_a_foreign_error_becomes_one_of_ours_that_names_its_class(error: Exception) -> None:
    with pytest.raises(PayloadError, match=f"of a class: {type(error).__name__}") as caught:
        guarded(lambda: _raise(error), lambda: "one", "of a class")
    assert_tells_nothing(caught.value)
    assert caught.value.__context__ is None


def test_a_library_that_is_not_installed_is_named_and_no_other_module() -> None:
    with pytest.raises(PayloadError, match="of a class: the library pyarrow is not installed here"):
        guarded(lambda: _raise(ModuleNotFoundError(CANARY, name="pyarrow")), lambda: "one", "of a class")
    with pytest.raises(PayloadError, match="of a class: ModuleNotFoundError") as caught:
        guarded(lambda: _raise(ModuleNotFoundError(CANARY, name=CANARY)), lambda: "one", "of a class")
    assert_tells_nothing(caught.value)


@pytest.mark.parametrize("error", [Refused("ours"), KeyboardInterrupt(), SystemExit(1)])
def test_an_error_of_ours_and_the_end_of_the_process_pass(error: BaseException) -> None:
    with pytest.raises(type(error)):
        guarded(lambda: _raise(error), str, "")


def _over_another(error: Exception) -> None:
    try:
        {}[CANARY]
    except KeyError as other:
        error.add_note(CANARY)
        raise error from other


def test_an_error_of_ours_passes_without_what_the_class_raised_it_over() -> None:
    with pytest.raises(Refused, match="ours") as caught:
        guarded(lambda: _over_another(Refused("ours")), str, "")
    assert_tells_nothing(caught.value)


def _warn(text: str = f"b'{CANARY}'", kind: type[Warning] = UserWarning) -> int:
    warnings.warn(text, kind, stacklevel=1)
    return 7


Shown = list[tuple[type[Warning], str]]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    """What a log would show of each warning."""
    texts: Shown = []

    def show(message: Warning | str, category: type[Warning], *_: object) -> None:
        texts.append((category, str(message)))

    warnings.simplefilter("always")
    monkeypatch.setattr(warnings, "showwarning", show)
    return texts


@pytest.mark.parametrize(
    "call",
    [
        lambda: guarded(_warn, lambda: "one of C", "failed"),
        lambda: guarded(lambda: guarded(_warn, lambda: "one of C", "failed"), lambda: "another", "failed"),
        lambda: guarded(lambda: hint(_warn, 0), lambda: "one of C", "failed"),
    ],
    ids=["alone", "within another", "for a hint"],
)
def test_the_text_of_a_warning_is_withheld_while_code_of_a_class_runs(call: Callable[[], int], shown: Shown) -> None:
    before = warnings.showwarning
    assert call() == 7
    ((category, text),) = shown
    assert category is UserWarning
    assert "one of C" in text
    assert "withheld" in text
    assert CANARY not in text
    assert warnings.showwarning is before


def test_a_hint_withholds_the_text_of_a_warning_too(shown: Shown) -> None:
    assert hint(_warn, 0) == 7
    assert CANARY not in shown[0][1]


def test_warnings_before_after_and_of_another_thread_are_shown_as_they_are(shown: Shown) -> None:
    def call() -> None:
        other = threading.Thread(target=_warn, args=("of another thread",))
        other.start()
        other.join()

    _warn("before")
    guarded(call, lambda: "one", "failed")
    with pytest.raises(PayloadError):
        guarded(lambda: _raise(ValueError()), lambda: "one", "failed")
    _warn("after")
    assert [text for _, text in shown] == ["before", "of another thread", "after"]


def test_two_threads_withhold_each_their_own_and_put_back_what_was_there(shown: Shown) -> None:
    before, together = warnings.showwarning, threading.Barrier(8)

    def call() -> None:
        together.wait(60)
        _warn()
        together.wait(60)

    threads = [threading.Thread(target=guarded, args=(call, lambda: "one", "failed")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [CANARY in text for _, text in shown] == [False] * 8
    assert warnings.showwarning is before


def test_what_records_warnings_meanwhile_takes_nothing_from_the_log_for_good(shown: Shown) -> None:
    before, recording = warnings.showwarning, warnings.catch_warnings(record=True)

    def call() -> None:
        recording.__enter__()
        guarded(_warn, lambda: "one of C", "failed")

    guarded(call, lambda: "one of C", "failed")
    recording.__exit__(None, None, None)
    _warn("after")
    assert [text for _, text in shown] == ["after"]
    guarded(_warn, lambda: "one of C", "failed")
    assert CANARY not in shown[1][1]
    assert warnings.showwarning is before


def test_a_filter_stays_in_force(shown: Shown) -> None:
    warnings.simplefilter("error")
    with pytest.raises(PayloadError, match="one of C failed: UserWarning") as caught:
        guarded(_warn, lambda: "one of C", "failed")
    assert_tells_nothing(caught.value)
    warnings.simplefilter("ignore")
    guarded(_warn, lambda: "one of C", "failed")
    assert shown == []


def test_a_process_that_is_forked_meanwhile_withholds_its_own_alone(shown: Shown) -> None:
    entered, forked = threading.Event(), threading.Event()

    def call() -> None:
        entered.set()
        forked.wait(60)

    other = threading.Thread(target=guarded, args=(call, lambda: "one", "failed"))
    other.start()
    entered.wait(60)
    child = os.fork()
    if child == 0:
        _warn("of the child")
        guarded(_warn, lambda: "one", "failed")
        told = [text for _, text in shown]
        os._exit(0 if told[0] == "of the child" and CANARY not in told[1] and len(told) == 2 else 1)
    forked.set()
    other.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_recursion_without_end_is_told_as_what_it_is() -> None:
    def again() -> None:
        again()

    with pytest.raises(PayloadError, match="too deeply, or contains itself"):
        guarded(again, str, "")


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
        guarded(lambda: _raise(error), str, "")


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


def test_a_hint_that_fails_is_its_default() -> None:
    assert hint(lambda: 1, 2) == 1
    assert hint(lambda: _raise(ValueError(CANARY)), None) is None


def test_a_class_is_named_without_asking_its_metaclass() -> None:
    class Meta(type):
        def __repr__(cls) -> str:
            raise ValueError(CANARY)

    assert "Strange" in name_of(Meta("Strange", (), {}))
