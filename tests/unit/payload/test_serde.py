"""Whatever a class's own serialiser raises, only the class is named."""

import pytest

from secure_xcom.errors import PayloadError, Refused, Tampered
from secure_xcom.model.value import JSON
from secure_xcom.payload.serde import Objects
from secure_xcom.secret import Secret
from tests.unit.world import CANARY, Login, ObjectHost, assert_tells_nothing

FOREIGN = [ValueError, TypeError, KeyError, RuntimeError, OSError, AssertionError, AttributeError, UnicodeError]


def _raising(error: Exception) -> Objects:
    def fail(value: object) -> JSON:
        raise error

    return Objects(fail, fail)


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_error_while_encoding_names_the_class_alone(kind: type[Exception]) -> None:
    with pytest.raises(PayloadError, match=f"Login.*{kind.__name__}") as caught:
        _raising(kind(f"cannot serialise {CANARY}")).encode(Login("u", CANARY))
    assert_tells_nothing(caught.value)


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_error_while_decoding_names_the_class_alone(kind: type[Exception]) -> None:
    with pytest.raises(PayloadError, match=rf"tests\.Login.*{kind.__name__}") as caught:
        _raising(kind(f"cannot rebuild {CANARY}")).decode({"__classname__": "tests.Login", "__data__": CANARY})
    assert_tells_nothing(caught.value)


def test_a_class_that_is_not_allowed_is_told_with_the_setting_that_allows_it() -> None:
    with pytest.raises(PayloadError, match=r"tests\.Login .*allowed_deserialization_classes"):
        _raising(ImportError("tests.Login was not found in allow list")).decode({"__classname__": "tests.Login"})


@pytest.mark.parametrize("error", [Tampered("ours"), Refused("ours")])
def test_errors_of_ours_pass_as_they_are(error: Exception) -> None:
    for call in (_raising(error).encode, _raising(error).decode):
        with pytest.raises(type(error), match="ours"):
            call("x")


def test_an_object_that_is_asked_for_twice_is_encoded_once() -> None:
    calls: list[object] = []
    objects = Objects(lambda value: calls.append(value), lambda encoded: encoded)  # type: ignore[func-returns-value]
    login = Login("u", "p")
    objects.encode(login)
    objects.encode(login)
    assert calls == [login]


def test_a_mark_answers_within_the_block_and_refuses_after_it() -> None:
    host, secret = ObjectHost(), Secret(CANARY)
    assert Objects(host.encode, host.decode).encode(secret)["__data__"] == CANARY  # type: ignore[index,call-overload]
    with pytest.raises(Refused):
        host.encode(secret)


class Model:
    """As a pydantic model with a SecretStr, of which its JSON holds asterisks."""

    def model_dump(self) -> dict[str, str]:
        return {"password": "**********"}


def test_a_model_that_hides_its_own_secret_is_refused_instead_of_losing_it() -> None:
    objects = Objects(lambda value: value.model_dump(), lambda encoded: encoded)  # type: ignore[attr-defined]
    with pytest.raises(PayloadError, match="SecretStr"):
        objects.encode(Model())


NO_JSON = {"a tuple": (CANARY,), "a tuple in a dict": {"a": (CANARY,)}, "bytes": [b"x"], "an object": {"a": object()}}


@pytest.mark.parametrize("encoded", NO_JSON.values(), ids=NO_JSON.keys())
def test_an_encoding_that_is_no_json_is_refused_without_being_quoted(encoded: object) -> None:
    with pytest.raises(PayloadError) as caught:
        Objects(lambda _: encoded, lambda _: None).encode(Model())  # type: ignore[arg-type,return-value]
    assert_tells_nothing(caught.value)
