"""Strategies for everything that a task may return, and the classes that it may use for it."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict, defaultdict
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import attrs
import numpy as np
import pandas as pd
import pendulum
from hypothesis import strategies as st
from pydantic import BaseModel

from secure_xcom.secret import Secret
from tests.unit import any_value

CANARY = "kanarienvogel-4711"
"""A text that stands in many of the values, and in no error."""


class Pair(NamedTuple):
    """A named tuple with a sensitive field."""

    user: object
    password: object


@dataclass
class Login:
    """A dataclass of anything."""

    user: object
    password: object = None
    note: object = field(default_factory=list)


@dataclass(frozen=True)
class Point:
    """A key of a dict, and a member of sets."""

    x: int
    y: str = ""


@attrs.define
class Account:
    """An attrs class of anything."""

    owner: object
    token: object = None


class Card(BaseModel):
    """A pydantic model."""

    number: str
    limit: float | None = None
    seen: list[dt.date] = []
    password: Any = None


class Version:
    """A class that brings its own serialiser."""

    __version__ = 3

    def __init__(self, content: object) -> None:
        self.content = content

    def serialize(self) -> dict[str, object]:
        """Answer Airflow."""
        return {"content": self.content}

    @staticmethod
    def deserialize(data: dict[str, object], version: int) -> Version:
        """Answer Airflow."""
        assert version == 3
        return Version(data["content"])


class Unknown:
    """A class that nobody can encode."""

    def __repr__(self) -> str:
        return CANARY


class Named:
    """A key that prints as any text, Airflow's own keys too."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return self.name


class Colour(Enum):
    """An enum that Airflow refuses as a value."""

    RED = "red"


class Level(IntEnum):
    """An enum of numbers."""

    HIGH = 815815


class Tone(str, Enum):  # noqa: UP042 - a StrEnum prints as its value
    """An enum of texts, which prints as its name and is stored as its value."""

    LOUD = f"loud-{CANARY}"


class Ratio(float, Enum):
    """An enum of fractions."""

    HALF = 0.5


class Words(str):
    """A text that prints something else."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"{CANARY}?"


class Items(list[object]):
    """A list of the user's own."""


class Count(int):
    """A number of the user's own."""


text = st.one_of(any_value.text, st.just(CANARY), any_value.text.map(lambda text: CANARY + text))
names = st.sampled_from(["user", "password", "api_token", "n", "__type", "__var"])

enums = st.sampled_from([Colour.RED, Level.HIGH, Tone.LOUD, Ratio.HALF])
integers = st.one_of(st.integers(), st.sampled_from([0, 1, 2**63, 2**64, -(2**63) - 1, 10**400]))
floats = st.one_of(st.floats(), st.sampled_from([0.0, -0.0, 1.0]))
numbers = st.one_of(st.booleans(), integers, floats, st.decimals(), st.integers().map(Count))
moments = st.one_of(
    st.dates(),
    st.times(),
    any_value.times,
    any_value.datetimes,
    st.datetimes(timezones=st.sampled_from([dt.UTC, pendulum.timezone("Europe/Paris"), pendulum.UTC])),
    st.datetimes(dt.datetime(1970, 1, 2), dt.datetime(2100, 1, 1)).map(pendulum.instance),  # noqa: DTZ001
    st.dates().map(lambda day: pendulum.date(day.year, day.month, day.day)),
    st.timedeltas(),
)
arrays = st.one_of(
    st.integers(-(2**31), 2**31 - 1).map(np.int64),
    st.integers(0, 255).map(np.uint8),
    st.floats().map(np.float64),
    st.floats(width=32).map(np.float32),
    st.booleans().map(np.bool_),
    text.map(np.str_),
    st.just(np.array([1, 2])),
    st.complex_numbers(allow_nan=False).map(np.complex128),
)
bytes_of_all_kinds = st.one_of(st.binary(max_size=9), st.just(CANARY.encode()), st.binary(max_size=9).map(bytearray))
leaves = st.one_of(
    st.none(),
    text,
    text.map(Words),
    numbers,
    bytes_of_all_kinds,
    st.complex_numbers(),
    moments,
    st.uuids(),
    enums,
    arrays,
)

frames = st.one_of(
    st.lists(st.tuples(st.integers(0, 9), st.just(CANARY)), max_size=3).map(
        lambda rows: pd.DataFrame(rows, columns=["n", "password"])
    ),
    st.dictionaries(st.sampled_from(["a", "b"]), st.lists(st.floats(), min_size=2, max_size=2)).map(pd.DataFrame),
    st.just(pd.DataFrame({"day": pd.date_range("2026-01-01", periods=2), "n": [1, None]}).set_index("day")),
    st.just(pd.DataFrame({0: [1], "x": [2]})),
)
series = st.sampled_from(
    [
        pd.Series([5, 7], pd.date_range("2026-01-01", periods=2)),
        pd.Series([CANARY, None], ["a", "b"]),
        pd.Series([1.5, 2.5]),
        pd.Series(pd.date_range("2026-01-01", periods=2)),
    ]
).map(lambda column: column.to_dict())

keys = st.one_of(
    names,
    text,
    integers,
    floats,
    st.booleans(),
    st.none(),
    enums,
    moments,
    st.uuids(),
    st.sampled_from([Path("/run/a"), Point(1), int, ("a", 1), frozenset({1}), Pair("a", 1), b"x", pd.Timestamp(0)]),
    text.map(Words),
    arrays.filter(lambda item: isinstance(item, np.generic)),
    st.sampled_from(["__classname__", "__version__", "__data__", "password"]).map(Named),
)
"""Keys that Airflow prints; ``odd_keys`` are those that it refuses."""

odd_keys = st.one_of(
    st.sampled_from(["__classname__", "__id__", "__data__", "__version__"]),
    text.map(Secret),
    st.tuples(st.integers(), text.map(Secret)),
)
members = st.one_of(
    text,
    integers,
    floats,
    st.none(),
    st.booleans(),
    st.decimals(allow_nan=False),
    st.uuids(),
    moments,
    st.binary(max_size=5),
)
hashables = st.recursive(
    members,
    lambda inner: st.one_of(st.lists(inner, max_size=3).map(tuple), st.frozensets(inner, max_size=3)),
    max_leaves=4,
)


def _within(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    lists = st.lists(inner, max_size=3)
    dicts = st.dictionaries(st.one_of(names, text), inner, max_size=3)
    return st.one_of(
        lists,
        lists.map(tuple),
        lists.map(Items),
        dicts,
        dicts.map(OrderedDict),
        dicts.map(lambda items: defaultdict(list, items)),
        st.dictionaries(keys, inner, max_size=3),
        st.dictionaries(odd_keys, inner, max_size=2),
        st.sets(hashables, max_size=3),
        st.frozensets(hashables, max_size=3),
        st.builds(Pair, inner, inner),
        st.builds(Login, inner, inner, inner),
        st.builds(Point, st.integers(0, 9), text),
        st.builds(Account, inner, inner),
        st.builds(
            Card, number=text, limit=floats, seen=st.lists(st.dates(), max_size=2), password=st.one_of(text, integers)
        ),
        st.builds(Version, inner),
        inner.map(Secret),
    )


strange = st.sampled_from(
    [Unknown(), int, len, MappingProxyType({"a": CANARY}), Path("/run/b"), memoryview(b"x"), range(3)]
)
values = st.recursive(st.one_of(leaves, frames, series, strange), _within, max_leaves=8)
"""Anything that a task may return."""
