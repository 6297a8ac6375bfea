"""Strategies for every value that may stand in an XCom, and the comparison that holds a round trip to its word."""

import copy
import datetime as dt
import json
import math
from collections.abc import Callable
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import strategies as st

from secure_xcom.secret import Secret, exposed

surrogates = st.characters(exclude_categories=())
"""Every code point, lone surrogates too: Python strings and JSON hold them, UTF-8 does not."""

reserved = st.sampled_from(["__classname__", "__version__", "__data__", "__id__", "__type", "__var"])
"""Keys that Airflow's serialiser refuses or its deserialiser reads."""

text = st.text(surrogates, max_size=20).filter(lambda text: json.loads(json.dumps(text)) == text)
"""Text that JSON keeps: it joins the two halves of a surrogate pair, which Python can hold apart."""

integers = st.one_of(
    st.integers(), st.sampled_from([2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 10**400, -(10**400)])
)
floats = st.one_of(st.floats(), st.sampled_from([-0.0, math.inf, -math.inf, math.nan]))
fixed_zones = st.builds(dt.timezone, st.timedeltas(min_value=dt.timedelta(hours=-23), max_value=dt.timedelta(hours=23)))
named_zones = st.builds(
    dt.timezone, st.timedeltas(min_value=dt.timedelta(hours=-23), max_value=dt.timedelta(hours=23)), st.text(max_size=5)
)
zones = st.one_of(
    st.none(),
    st.just(dt.UTC),
    fixed_zones,
    named_zones,
    st.sampled_from(["Europe/Berlin", "America/St_Johns", "Africa/Monrovia", "UTC"]).map(ZoneInfo),
)
datetimes = st.builds(
    lambda moment, fold: moment.replace(fold=fold), st.datetimes(timezones=zones), st.sampled_from([0, 1])
)
times = st.builds(lambda moment, fold: moment.replace(fold=fold), st.times(timezones=zones), st.sampled_from([0, 1]))

plain_text = st.text(max_size=20)
plain_leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    plain_text,
)
"""What the readable part of a row may hold: Airflow's messages take no more."""

hashable_leaves = st.one_of(plain_leaves, text, integers, floats, st.binary(max_size=20), st.complex_numbers(), times)
hashables = st.recursive(
    hashable_leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3).map(tuple), st.frozensets(inner, max_size=3)),
    max_leaves=5,
)
leaves = st.one_of(hashable_leaves, st.binary(max_size=20).map(bytearray))

values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(text, inner, max_size=4),
        st.dictionaries(hashables, inner, max_size=4),
        st.dictionaries(st.one_of(reserved, hashables), inner, max_size=3),
        st.sets(hashables, max_size=4),
        st.frozensets(hashables, max_size=4),
    ),
    max_leaves=12,
)
"""Any value of built-in types that a sealed part can hold."""

_KEYS = st.one_of(st.sampled_from(["user", "password", "token"]), reserved, plain_text)
marked = st.recursive(
    st.one_of(plain_leaves, values.map(Secret)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(_KEYS, inner, max_size=4),
        st.sets(st.one_of(plain_leaves, hashables.map(Secret)), max_size=3),
    ),
    max_leaves=10,
)
"""What a task may return: what Airflow's own serialiser keeps exactly, with sensitive names and marks strewn in."""

json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_KEYS, inner, max_size=4)),
    max_leaves=12,
)
"""What somebody may have written into a database row."""


def same(left: object, right: object) -> bool:
    """Whether two values cannot be told apart: equal types all the way down, signs of zero, folds and names too."""
    if type(left) is not type(right):
        return False
    match left, right:
        case float(), float():
            return (left != left and right != right) or (
                left == right and math.copysign(1, left) == math.copysign(1, right)
            )
        case complex(), complex():
            return same(left.real, right.real) and same(left.imag, right.imag)
        case ((list() | tuple()), (list() | tuple())):
            return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
        case dict(), dict():
            return same([*left.items()], [*right.items()])
        case ((set() | frozenset()), (set() | frozenset())):
            return len(left) == len(right) and all(any(same(a, b) for b in right) for a in left)
        case Decimal(), Decimal():
            return left.as_tuple() == right.as_tuple()
        case np.ndarray(), np.ndarray():
            return (left.dtype, left.shape, left.tobytes()) == (right.dtype, right.shape, right.tobytes())
        case dt.datetime() | dt.time(), dt.datetime() | dt.time():
            wall = left.replace(tzinfo=None) == right.replace(tzinfo=None) and left.fold == right.fold
            return wall and _same_zone(left.tzinfo, right.tzinfo)
    return _same_object(left, right)


def _same_object(left: object, right: object) -> bool:
    if hasattr(left, "dtypes"):
        tables = (left, right)
        names = [[table.columns, table.index.names, list(table.dtypes)] for table in tables]  # type: ignore[attr-defined]
        return bool(left.equals(right)) and [*map(repr, names[0])] == [*map(repr, names[1])]  # type: ignore[attr-defined]
    if fields := _fields_of(left):
        return same(fields, _fields_of(right))
    # NaN does not even equal itself.
    return bool(left == right or (left != left and right != right))


def _fields_of(value: object) -> dict[str, object]:
    """The fields of an object of the tests' own classes, by their names."""
    kind = type(value)
    if not kind.__module__.startswith("tests.") or isinstance(value, (str, int, float, list, type)):
        return {}
    names = (*getattr(kind, "__dataclass_fields__", ()), *(f.name for f in getattr(kind, "__attrs_attrs__", ())))
    return {name: getattr(value, name) for name in names} or dict(vars(value))


def bare(value: object) -> object:
    """The same value without its marks."""
    match value:
        case Secret():
            return bare(value.reveal())
        case dict():
            return {bare(key): bare(item) for key, item in value.items()}
        case tuple() if hasattr(value, "_fields"):
            return type(value)(*map(bare, value))
        case tuple():
            return tuple(bare(item) for item in value)
        case list() | set() | frozenset():
            return type(value)(bare(item) for item in value)
    if fields := _fields_of(value):
        value = copy.copy(value)
        for name, item in fields.items():
            object.__setattr__(value, name, bare(item))
    return value


def handed_out(value: object, airflows: Callable[[object], object]) -> object:
    """What the consumer of ``value`` is to get: what Airflow hands out, with what only Airflow refuses as it is.

    ``airflows`` sends a value without marks through Airflow's own backend. Raises ``LookupError`` if nobody holds it.
    """
    try:
        with exposed():
            return airflows(value)
    except Exception:
        return _handed_out_in_parts(value, airflows)


def _handed_out_in_parts(value: object, airflows: Callable[[object], object]) -> object:
    match value:
        case Secret():
            return handed_out(value.reveal(), airflows)
        case dict() if _is_refused(value):
            return {handed_out(key, airflows): handed_out(item, airflows) for key, item in value.items()}
        case dict():
            # Of two keys that print alike Airflow keeps the last one's item, and rebuilds no other.
            printed = {str(key): item for key, item in value.items()}
            return {key: handed_out(item, airflows) for key, item in printed.items()}
        case list():
            return [handed_out(item, airflows) for item in value]
        case tuple():
            return tuple(handed_out(item, airflows) for item in value)
        case set() | frozenset():
            return type(value)(handed_out(item, airflows) for item in value)
        case bytes() | bytearray() | complex() | dt.time() | np.ndarray():
            return value
        case str():
            # Airflow takes a lone surrogate in a text, and not in that of a subclass.
            return str.__str__(value)
    try:
        return airflows(bare(value))
    except Exception:
        return _in_fields(value, airflows)


def _in_fields(value: object, airflows: Callable[[object], object]) -> object:
    """Return an object that Airflow refuses, such as one with a lone surrogate in a field."""
    parts = _fields_of(value)
    if not parts:
        raise LookupError
    handed = copy.copy(value)
    for name, item in parts.items():
        object.__setattr__(handed, name, handed_out(item, airflows))
    return handed


def _is_refused(value: dict[object, object]) -> bool:
    return "__classname__" in value or "__id__" in value or any(_is_marked(key) for key in value)


def _is_marked(key: object) -> bool:
    return isinstance(key, Secret) or (isinstance(key, (tuple, frozenset)) and any(map(_is_marked, key)))


def _same_zone(left: dt.tzinfo | None, right: dt.tzinfo | None) -> bool:
    if type(left) is not type(right):
        return False
    if isinstance(left, dt.timezone) and isinstance(right, dt.timezone):
        return left == right and left.tzname(None) == right.tzname(None)
    return left == right
