"""A value is rebuilt by Airflow's deserialiser, each part of it once, and whatever fails names classes alone."""

import pytest
from hypothesis import given

from secure_xcom.errors import PayloadError, Refused, Tampered
from secure_xcom.model.value import JSON, Extension, ExtensionKind, Node
from secure_xcom.payload.decoding import decode
from secure_xcom.payload.encoding import encode
from secure_xcom.payload.parts import Part, cut
from tests.unit import any_value
from tests.unit.any_value import handed_out, same
from tests.unit.payload.test_encoding import FOREIGN, LyingError
from tests.unit.world import CANARY, Login, ObjectHost, assert_tells_nothing, beside

BYTES = Extension(ExtensionKind.BYTES, b"x")


def _decoded(node: Node, *, has_extensions: bool = True) -> object:
    return decode(node, ObjectHost().decode, has_extensions=has_extensions)


@given(value=any_value.values)
def test_a_sealed_value_comes_back_as_airflow_hands_it_out_and_exact_where_airflow_refuses(value: object) -> None:
    _, part = cut(encode(value, ObjectHost().encode).tree, "rule", None)
    assert isinstance(part, Part)
    assert same(_decoded(part.content), handed_out(value, beside))


def _tuple(*items: Node) -> dict[str, Node]:
    return {"__classname__": "builtins.tuple", "__version__": 1, "__data__": [*items]}


PLAIN: list[Node] = ["x", [1, {"a": [2]}], {"a": _tuple("b")}, _tuple(_tuple(1))]


@pytest.mark.parametrize("node", PLAIN, ids=repr)
@pytest.mark.parametrize("has_extensions", [False, True])
def test_a_tree_without_extensions_is_given_to_airflow_once_and_whole(node: Node, has_extensions: bool) -> None:
    given_to_airflow: list[JSON] = []
    decode(node, given_to_airflow.append, has_extensions=has_extensions)  # type: ignore[arg-type]
    assert [*map(id, given_to_airflow)] == [id(node)]


def test_what_stands_beside_an_extension_is_given_to_airflow_once_and_as_a_whole() -> None:
    seen: list[JSON] = []

    def decode_object(encoded: JSON) -> object:
        seen.append(encoded)
        return "decoded"

    tree: Node = {"a": [BYTES, {"b": [1, 2]}, "leaf"], "c": _tuple([3], BYTES), "d": {"e": {"f": {}}}}
    expected = {"a": [b"x", "decoded", "decoded"], "c": ("decoded", b"x"), "d": "decoded"}
    assert decode(tree, decode_object, has_extensions=True) == expected
    assert seen == [{"b": [1, 2]}, "leaf", [3], {"e": {"f": {}}}]


REFUSED = {
    "in an object": {"__classname__": "tests.Login", "__version__": 1, "__data__": {"user": BYTES}},
    "in place of a tuple's items": {"__classname__": "builtins.tuple", "__version__": 1, "__data__": BYTES},
    "beside a tuple's items": {"__classname__": "builtins.tuple", "__version__": BYTES},
    "as a class": {"__classname__": BYTES, "__version__": 1, "__data__": []},
}


@pytest.mark.parametrize("node", REFUSED.values(), ids=REFUSED.keys())
def test_an_object_that_holds_an_extension_is_refused(node: Node) -> None:
    with pytest.raises(PayloadError, match="cannot encode"):
        _decoded([node])


def test_a_set_of_what_cannot_be_a_member_is_a_payload_error() -> None:
    node: Node = {"__classname__": "builtins.set", "__version__": 1, "__data__": [[BYTES]]}
    with pytest.raises(PayloadError, match="TypeError") as caught:
        _decoded(node)
    assert caught.value.__context__ is None


def test_what_is_nested_too_deeply_is_a_payload_error() -> None:
    node: Node = BYTES
    for _ in range(100_000):
        node = [node]
    with pytest.raises(PayloadError, match="too deeply") as caught:
        _decoded(node)
    assert caught.value.__context__ is None


# What fails.

LOGIN: Node = {"__classname__": "tests.Login", "__version__": 1, "__data__": {"user": CANARY}}


def _failing(error: Exception, tree: Node = LOGIN) -> object:
    def fail(encoded: JSON) -> object:
        raise error

    return decode([tree, BYTES], fail, has_extensions=True)


@pytest.mark.parametrize("kind", [*FOREIGN, LyingError])
def test_a_foreign_error_names_the_classes_alone(kind: type[Exception]) -> None:
    with pytest.raises(PayloadError, match=rf"(?s)tests\.Login.*{kind.__name__}") as caught:
        _failing(kind(f"cannot rebuild {CANARY}"))
    assert_tells_nothing(caught.value)
    assert caught.value.__context__ is None


def test_a_class_that_is_not_allowed_is_told_with_the_setting_that_allows_it() -> None:
    with pytest.raises(PayloadError, match=r"(?s)tests\.Login .*allowed_deserialization_classes"):
        _failing(ImportError("tests.Login was not found in allow list"))


@pytest.mark.parametrize("error", [Tampered("ours"), Refused("ours")])
def test_an_error_of_ours_passes_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error), match="ours"):
        _failing(error)


@pytest.mark.parametrize(
    "node",
    [
        {"__classname__": CANARY, "__data__": 1},
        {"__classname__": f"a class\n{CANARY}", "__version__": 1, "__data__": 1},
        {"__classname__": [CANARY], "__version__": 1, "__data__": 1},
        {CANARY: 1},
        CANARY,
    ],
    ids=["no object", "no name", "no text", "a key", "a text"],
)
def test_what_is_no_classs_name_is_not_told(node: Node) -> None:
    with pytest.raises(PayloadError, match="built-in types") as caught:
        _failing(ValueError(), node)
    assert_tells_nothing(caught.value)


def test_of_many_classes_a_few_are_told() -> None:
    tree: Node = [{"__classname__": f"app.C{number}", "__version__": 1, "__data__": 1} for number in range(100)]
    with pytest.raises(PayloadError) as caught:
        _failing(ValueError(), tree)
    assert str(caught.value).count("app.C") == 5


def test_a_login_is_rebuilt() -> None:
    assert _decoded(encode(Login("u", ("p",)), ObjectHost().encode).tree) == Login("u", ("p",))
