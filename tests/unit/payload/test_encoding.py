"""A value is encoded as Airflow's serialiser does it, each object once, and whatever fails names classes alone."""

import datetime as dt
from collections import OrderedDict, defaultdict, namedtuple
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given

from secure_xcom.errors import PayloadError, Refused, SecureXComError, Tampered
from secure_xcom.model.value import JSON, Extension, ExtensionKind, Mark, Node
from secure_xcom.payload.encoding import encode
from secure_xcom.secret import Secret
from tests.unit import any_value
from tests.unit.any_value import bare, same
from tests.unit.world import CANARY, Login, ObjectHost, assert_tells_nothing, refusal

PAIRS, BYTES = ExtensionKind.PAIRS, ExtensionKind.BYTES


def _tree(value: object) -> Node:
    return encode(value, ObjectHost().encode).tree


def _tuple(*items: Node) -> dict[str, Node]:
    return {"__classname__": "builtins.tuple", "__version__": 1, "__data__": [*items]}


def _login(**fields: Node) -> dict[str, Node]:
    content: dict[str, Node] = {"user": "u", "password": None, "note": None}
    return {"__classname__": "tests.Login", "__version__": 1, "__data__": content | fields}


class Printed:
    """A key that prints as it is told to."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


class Loud(str):
    """Prints something else than it is."""

    __slots__ = ()

    def __str__(self) -> str:
        return "LOUD"


class Items(list[object]):
    """A list of the user's own."""


Point = namedtuple("Point", ["x", "y"])  # noqa: PYI024 - Airflow knows no typed ones

ENCODED: dict[str, tuple[object, Node]] = {
    "a list": ([1, ["x", None]], [1, ["x", None]]),
    "a list's subclass": (Items([1]), [1]),
    "a tuple": (("x", (1,)), _tuple("x", _tuple(1))),
    "a named tuple": (Point(1, 2), _tuple(1, 2)),
    "a set": ({1}, {"__classname__": "builtins.set", "__version__": 1, "__data__": [1]}),
    "a frozenset": (frozenset({1}), {"__classname__": "builtins.frozenset", "__version__": 1, "__data__": [1]}),
    "a dict's subclass": (OrderedDict(a=1), {"a": 1}),
    "a dict with a default": (defaultdict(list, a=1), {"a": 1}),
    "keys that are no text": (
        {1: "a", None: "b", 1.5: "c", b"x": "d"},
        {"1": "a", "None": "b", "1.5": "c", "b'x'": "d"},
    ),
    "keys that collide": ({1: "a", "b": 0, "1": "c"}, {"1": "c", "b": 0}),
    "keys of a class": ({Printed("x"): 1}, {"x": 1}),
    "keys that print as something else": ({Loud("x"): 1}, {"LOUD": 1}),
    "an object": (Login("u", ["p"]), _login(password=["p"])),
    "half of an old encoding": ({"__type": 1}, {"__type": 1}),
    "an old encoding": ({"__type": 1, "__var": [2]}, {"__type": 1, "__var": [2]}),
    "bytes": (b"x", Extension(BYTES, b"x")),
    "bytes in a dict": ({1: b"x"}, {"1": Extension(BYTES, b"x")}),
    "bytes in an old encoding": (
        {"__type": 1, "__var": b"x", 2: 3},
        Extension(PAIRS, [["__type", 1], ["__var", Extension(BYTES, b"x")], ["2", 3]]),
    ),
    "a reserved key": (
        {"__classname__": 1, 2: (b"x",)},
        Extension(PAIRS, [["__classname__", 1], [2, _tuple(Extension(BYTES, b"x"))]]),
    ),
    "another reserved key": ({"__id__": 1}, Extension(PAIRS, [["__id__", 1]])),
    "keys that only print as reserved ones": (
        {Printed("__classname__"): "x", Printed("__id__"): 2},
        {"__classname__": "x", "__id__": 2},
    ),
    "a mark": (Secret(1), Mark(1)),
    "a mark in a mark": (Secret([Secret(1)]), Mark([Mark(1)])),
    "a mark in a key": ({(1, Secret("k")): 2}, Mark(Extension(PAIRS, [[_tuple(1, Mark("k")), 2]]))),
    "a mark in an object": (Login("u", Secret([1])), _login(password=Mark([1]))),
    "a mark deep in an object": (Login("u", [{"a": Secret(1)}]), _login(password=[{"a": Mark(1)}])),
}


@pytest.mark.parametrize(("value", "tree"), ENCODED.values(), ids=ENCODED.keys())
def test_encodes(value: object, tree: Node) -> None:
    assert _tree(value) == tree


@given(value=any_value.marked)
def test_encoding_changes_nothing(value: object) -> None:
    before = any_value.bare(value)
    refusal(lambda: _tree(value))
    assert same(any_value.bare(value), before)


def test_encoding_adds_nothing_to_a_dict_with_a_default() -> None:
    value = defaultdict(dict, {1: {"a": 1}})
    _tree(value)
    assert list(value) == [1]


class Primitive(float):
    """As numpy's: a subclass that the serialiser hands on as it is."""

    def __float__(self) -> float:
        return 1.0

    __slots__ = ()


class Number(int):
    """As an enum's value."""

    def __int__(self) -> int:
        return 7


@pytest.mark.parametrize(
    ("value", "exact"),
    [(Loud("what it is"), "what it is"), (Primitive(1.5), 1.5), (Number(5), 5)],
    ids=["str", "float", "int"],
)
def test_a_subclass_of_a_primitive_is_encoded_as_the_primitive(value: object, exact: object) -> None:
    assert same(encode(value, lambda value: value).tree, exact)  # type: ignore[arg-type,return-value]
    assert same(encode([{1: value}], lambda value: value).tree, [{"1": exact}])  # type: ignore[arg-type,return-value]


def test_the_text_of_a_key_is_an_exact_one() -> None:
    (key,) = _tree({Printed(Loud("x")): 1})  # type: ignore[misc]
    assert (type(key), key) == (str, "x")


# Once.


class Fickle:
    """An object whose serialiser gives another answer each time."""

    def __init__(self) -> None:
        self.calls = 0

    def answer(self) -> JSON:
        self.calls += 1
        return {"__classname__": "tests.Fickle", "__version__": 1, "__data__": self.calls}


def _asking(value: object) -> JSON:
    return value.answer() if isinstance(value, Fickle) else ObjectHost().encode(value)


WITHIN: dict[str, Callable[[Fickle], object]] = {
    "alone": lambda fickle: fickle,
    "in a list": lambda fickle: [fickle],
    "in a tuple in a dict": lambda fickle: {1: (fickle,)},
    "in a mark": lambda fickle: Secret([fickle]),
    "in a refused dict": lambda fickle: {"__id__": [fickle]},
    "in a refused old encoding": lambda fickle: {"__type": [fickle], "__var": b"x"},
    "in a dict with a mark as a key": lambda fickle: {Secret("k"): fickle},
    "beside what Airflow refuses": lambda fickle: [b"x", fickle],
}


@pytest.mark.parametrize("within", WITHIN.values(), ids=WITHIN.keys())
def test_an_object_is_asked_once(within: Callable[[Fickle], object]) -> None:
    fickle = Fickle()
    assert "'__data__': 1" in repr(_shown(encode(within(fickle), _asking).tree))
    assert fickle.calls == 1


def _shown(node: Node) -> object:
    match node:
        case Mark(content) | Extension(content=list() as content):
            return _shown(content)
        case dict():
            return {key: _shown(child) for key, child in node.items()}
        case list():
            return [_shown(child) for child in node]
    return node


def test_the_object_of_a_node_is_known_and_nothing_elses() -> None:
    first, second = Login("u", 1), Login("v", 2)
    encoding = encode({"a": [first], "b": (second, ("t",))}, ObjectHost().encode)
    assert isinstance(encoding.tree, dict)
    (node,) = encoding.tree["a"]  # type: ignore[misc]
    assert encoding.objects[id(node)] is first
    assert [*encoding.objects.values()] == [first, second]


# What fails.

FOREIGN = [ValueError, TypeError, KeyError, RuntimeError, OSError, AssertionError, AttributeError, UnicodeError]


def _raising(error: Exception) -> Callable[[object], JSON]:
    def fail(value: object) -> JSON:
        raise error

    return fail


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_error_names_the_class_alone(kind: type[Exception]) -> None:
    with pytest.raises(PayloadError, match=f"(?s)Login.*{kind.__name__}") as caught:
        encode(Login("u", CANARY), _raising(kind(f"cannot serialise {CANARY}")))
    assert_tells_nothing(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("error", [Tampered("ours"), Refused("ours")])
def test_an_error_of_ours_passes_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error), match="ours"):
        encode(Login("u", CANARY), _raising(error))


NO_JSON = {
    "a tuple": (CANARY,),
    "a tuple in a dict": {"a": (CANARY,)},
    "bytes": [b"x"],
    "an object": {"a": object()},
    "a number as a key": {1: CANARY},
}


@pytest.mark.parametrize("encoded", NO_JSON.values(), ids=NO_JSON.keys())
def test_an_encoding_that_is_no_json_is_refused_without_being_quoted(encoded: object) -> None:
    with pytest.raises(PayloadError) as caught:
        encode(Login("u", CANARY), lambda _: encoded)  # type: ignore[arg-type,return-value]
    assert_tells_nothing(caught.value)


class Raising:
    """A class with code that raises, and quotes a secret in doing so."""

    def __init__(self, *names: str) -> None:
        self.raising = names

    def _called(self, name: str) -> None:
        if name in self.raising:
            raise ValueError(CANARY)

    def __str__(self) -> str:
        self._called("str")
        return "x"

    def __hash__(self) -> int:
        return 1


class RaisingList(list[object]):
    """Fails when it is walked."""

    def __iter__(self) -> Iterator[object]:
        yield CANARY
        raise ValueError(CANARY)


class RaisingItems(dict[object, object]):
    """Fails when its items are asked for."""

    def items(self) -> None:  # type: ignore[override]
        raise KeyError(CANARY)


class RaisingContains(dict[object, object]):
    """Fails when it is asked for a key."""

    def __contains__(self, key: object) -> bool:
        raise RuntimeError(CANARY)


class Meta(type):
    """A class of classes that quotes a secret wherever it prints one."""

    def __repr__(cls) -> str:
        return CANARY

    def __getattribute__(cls, name: str) -> object:
        if name in ("__module__", "__qualname__", "__name__"):
            return CANARY
        return super().__getattribute__(name)


class Strange(metaclass=Meta):
    """What cannot be encoded, of a class that prints a secret."""


class StrangeZone(dt.tzinfo):
    """A time zone that fails when it is asked."""

    def utcoffset(self, moment: object) -> dt.timedelta:
        raise ValueError(CANARY)


class StrangeKey(frozenset[object]):
    """A key that fails when it is walked."""

    def __iter__(self) -> Iterator[object]:
        raise ValueError(CANARY)


@dataclass(frozen=True)
class Holder:
    """A key that prints what is in it."""

    content: object


FAILING: dict[str, object] = {
    "a key's text": {Raising("str"): CANARY},
    "a list's iteration": RaisingList(),
    "a dict's items": RaisingItems(a=CANARY),
    "a dict's contains": RaisingContains(a=CANARY),
    "a class of a strange class": Strange(),
    "a class of a strange class as a key": {"__id__": 1, Strange(): 2},
    "a time in a strange zone": dt.time(tzinfo=StrangeZone()),
    "a key that is walked": {StrangeKey({CANARY}): 1},
    "a class as a key of a refused dict": {"__id__": CANARY, Printed(CANARY): 1},
    "a class in a tuple as such a key": {"__id__": CANARY, (1, Printed(CANARY)): 1},
    "a class in a mark as a key": {Secret(Printed(CANARY)): 1},
    "a mark within a key that is an object": {Holder(Secret(CANARY)): 1},
}


@pytest.mark.parametrize("value", FAILING.values(), ids=FAILING.keys())
@pytest.mark.parametrize("around", [lambda value: value, lambda value: Secret([value])], ids=["bare", "in a mark"])
def test_foreign_code_that_fails_is_a_typed_error_without_the_value(
    value: object, around: Callable[[object], object]
) -> None:
    with pytest.raises(SecureXComError) as caught:
        encode(around(value), _encoding_dataclasses)
    assert_tells_nothing(caught.value)
    assert caught.value.__context__ is None


def _encoding_dataclasses(value: object) -> JSON:
    # As Airflow does: keys are printed.
    return {str(value): 1} if isinstance(value, Printed) else ObjectHost().encode(value)


class LyingError(ImportError):
    """An error whose own text fails."""

    def __str__(self) -> str:
        raise ValueError(CANARY)


def test_an_error_that_cannot_be_printed_is_named_by_its_class() -> None:
    with pytest.raises(PayloadError, match="LyingError") as caught:
        encode(RaisingWith(LyingError()), ObjectHost().encode)
    assert caught.value.__context__ is None


class RaisingWith(list[object]):
    """Fails with the error that it is given when it is walked."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __iter__(self) -> Iterator[object]:
        raise self.error


# Marks.


def test_a_mark_answers_while_a_value_is_encoded_and_refuses_afterwards() -> None:
    host, secret = ObjectHost(), Secret(CANARY)
    assert encode(Login("u", secret), host.encode).tree == _login(password=Mark(CANARY))
    with pytest.raises(Refused):
        host.encode(secret)


@dataclass
class Imitation:
    """What a class may answer to Airflow's serialiser."""

    answer: JSON


IMITATIONS = {
    "a mark": {"__classname__": Secret.CLASSNAME, "__version__": 1, "__data__": CANARY},
    "a mark within": {"a": [{"__classname__": Secret.CLASSNAME, "__data__": CANARY}]},
    "a mark without data": {"__classname__": Secret.CLASSNAME},
    "a placeholder": {"__classname__": "secure_xcom.Sealed", "__version__": 1, "__data__": CANARY},
    "a placeholder within": [{"__classname__": "secure_xcom.Sealed", "__version__": 1, "__data__": CANARY}],
}


@pytest.mark.parametrize("answer", IMITATIONS.values(), ids=IMITATIONS.keys())
def test_a_class_that_imitates_us_is_refused(answer: JSON) -> None:
    with pytest.raises(PayloadError) as caught:
        encode([Imitation(answer)], lambda value: value.answer)  # type: ignore[attr-defined]
    assert_tells_nothing(caught.value)


def test_keys_that_print_as_a_placeholder_are_refused() -> None:
    with pytest.raises(PayloadError, match="imitates a placeholder"):
        _tree({Printed("__classname__"): "secure_xcom.Sealed", "ref": "etl/r/t/-1/k"})


@pytest.mark.parametrize("content", [b"x", [1, {"a": b"x"}], {"__id__": 1}, dt.time(1)], ids=repr)
def test_a_mark_within_an_object_holds_what_airflow_can_rebuild_or_is_refused(content: object) -> None:
    with pytest.raises(PayloadError, match="within an object") as caught:
        _tree({"login": Login("u", Secret(content)), "beside": b"x"})
    assert_tells_nothing(caught.value)
    assert _tree(Login("u", Secret(bare([1, (2,)])))) == _login(password=Mark([1, _tuple(2)]))
