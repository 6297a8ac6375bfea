"""Every error is one of ours, in a family that tells what to do, and holds nothing of the foreign one behind it."""

import copy
import gc
import weakref
from collections.abc import Callable
from types import TracebackType

import pytest

from secure_xcom import errors
from secure_xcom.errors import ConfigurationError, PayloadError, Refused, SecureXComError, Tampered, translated
from tests.unit.world import CANARY, assert_tells_nothing

ALL = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_has_one_root_and_says_what_it_means(kind: type[Exception]) -> None:
    assert issubclass(kind, SecureXComError)
    assert kind.__doc__


def test_the_families_are_the_ones_that_readers_know() -> None:
    families = {kind.__name__ for kind in ALL if kind.__bases__[0] is SecureXComError}
    assert families == {
        "ConfigurationError",
        "PayloadError",
        "MaskingFailed",
        "NothingToReveal",
        "Refused",
        "Tampered",
        "StoreError",
        "KeyProviderError",
        "InvalidContract",
        "LedgerError",
        "MigrationStopped",
    }


def test_a_payload_error_is_the_type_error_that_airflow_raises() -> None:
    assert issubclass(PayloadError, TypeError)


def test_a_configuration_error_lists_all_problems_from_its_first_line_on() -> None:
    error = ConfigurationError("store: wrong", "key: missing", "ttl: odd")
    assert error.problems == copy.copy(error).problems == ("store: wrong", "key: missing", "ttl: odd")
    assert str(error).splitlines() == [
        "3 mistakes in the configuration: store: wrong",
        "  - key: missing",
        "  - ttl: odd",
        "(docs/errors.md#configurationerror)",
    ]
    assert error.on_one_line == "store: wrong; key: missing; ttl: odd (docs/errors.md#configurationerror)"


def test_a_configuration_error_with_one_problem_says_that_one_alone() -> None:
    assert str(ConfigurationError("store: wrong")) == "store: wrong (docs/errors.md#configurationerror)"


class Foreign(Exception):  # noqa: N818 - somebody else's name
    """An error of somebody else, which quotes."""


def _in_a_block(fail: Callable[[], None]) -> None:
    with translated(Foreign, into=lambda error: Tampered(type(error).__name__)):
        fail()


@translated((Foreign, OSError), into=lambda error: Tampered(type(error).__name__))
def _decorated(fail: Callable[[], None]) -> None:
    fail()


def _nested(fail: Callable[[], None]) -> None:
    with translated(Tampered, into=lambda error: Tampered(str(error))):
        _in_a_block(fail)


def _while_another_error_is_handled(fail: Callable[[], None]) -> None:
    try:
        int(CANARY)
    except ValueError:
        _in_a_block(fail)


USES = [_in_a_block, _decorated, _nested, _while_another_error_is_handled]
uses = pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)


@uses
def test_nothing_keeps_a_foreign_error_that_was_translated(use: Callable[[Callable[[], None]], None]) -> None:
    kept: list[weakref.ref[Foreign]] = []

    def fail() -> None:
        error = Foreign(CANARY)
        kept.append(weakref.ref(error))
        raise error

    with pytest.raises(Tampered, match="Foreign") as caught:
        use(fail)
    gc.collect()
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    assert_tells_nothing(caught.value)
    assert [reference() for reference in kept] == [None]


@uses
def test_no_frame_of_the_traceback_holds_a_foreign_error(use: Callable[[Callable[[], None]], None]) -> None:
    def fail() -> None:
        raise Foreign(CANARY)

    with pytest.raises(Tampered) as caught:
        use(fail)
    held = [value for frame in _locals(caught.value.__traceback__) for value in frame.values()]
    assert held
    assert [value for value in held if isinstance(value, (Foreign, TracebackType))] == []


def _locals(trace: TracebackType | None) -> list[dict[str, object]]:
    found = []
    while trace is not None:
        found.append(dict(trace.tb_frame.f_locals))
        trace = trace.tb_next
    return found


def test_what_is_not_named_goes_on_as_it_is() -> None:
    interrupt = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt) as caught, translated(Exception, into=lambda _: Tampered("ours")):
        raise interrupt
    assert caught.value is interrupt


def test_an_error_of_ours_passes_though_its_builtin_base_is_named() -> None:
    ours = PayloadError("ours")
    with pytest.raises(PayloadError) as caught, translated((TypeError, ValueError), into=lambda _: Tampered("no")):
        raise ours
    assert caught.value is ours


def test_an_error_of_ours_is_translated_where_its_family_is_named() -> None:
    with (
        pytest.raises(ConfigurationError, match="--dag: etl"),
        translated(Refused, into=lambda error: ConfigurationError(f"--dag: {error}")),
    ):
        raise Refused("etl")


def test_an_error_that_is_given_back_goes_on_as_it_is() -> None:
    foreign = Foreign(CANARY)
    with pytest.raises(Foreign) as caught, translated(Foreign, into=lambda error: error):
        raise foreign
    assert caught.value is foreign


def test_a_value_is_returned_through_it() -> None:
    def read() -> str:
        with translated(ValueError, into=lambda _: Tampered("ours")):
            return "value"

    assert read() == "value"


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_the_text_of_an_error_ends_with_its_section_of_the_page_of_errors(kind: type[SecureXComError]) -> None:
    assert str(kind("what to do")).endswith(f"(docs/errors.md#{kind.__name__.lower()})")
