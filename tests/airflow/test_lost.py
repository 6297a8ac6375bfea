"""What Airflow's encoding of an object loses decides what is sensitive all the same; what it hides is refused."""

from __future__ import annotations

import datetime as dt
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType, ModuleType
from typing import Annotated, Any, ClassVar, NamedTuple

import attrs
import pandas as pd
import pyarrow as pa
import pytest
from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    RootModel,
    Secret,
    SecretBytes,
    SecretStr,
    computed_field,
    field_serializer,
    model_serializer,
)
from pydantic.dataclasses import dataclass as pydantic_dataclass

from secure_xcom.errors import PayloadError
from tests.airflow.beside import Backends, Way
from tests.unit.any_value import same
from tests.unit.world import CANARY, assert_tells_nothing

pytestmark = pytest.mark.filterwarnings("ignore")


class Entry(NamedTuple):
    """A named tuple with a sensitive field."""

    user: str
    password: str


class Other(NamedTuple):
    """A named tuple of the same length, without one."""

    user: str
    city: str


ENTRY = Entry("ann", CANARY)


class Key(Enum):
    """A key of a dict."""

    FIRST = "first"


class OfAnything(BaseModel):
    """A model whose field is encoded by its value's own class."""

    s: Any = None


class OfSet(BaseModel):
    """Its encoding is a list of lists."""

    s: set[Entry]


class OfTwoKinds(BaseModel):
    """A set of which the encoding need not keep the order."""

    s: set[Entry | Other]


class OfFrozenset(BaseModel):
    """As ``OfSet``."""

    s: frozenset[Entry]


class OfNestedSet(BaseModel):
    """A named tuple deeper in a set."""

    s: frozenset[tuple[int, Entry]]


class OfDeque(BaseModel):
    """As ``OfSet``."""

    s: deque[Entry]


class OfIterable(BaseModel):
    """What the iterable gives is gone when it is encoded."""

    s: Iterable[Entry]


class OfEnums(BaseModel):
    """A dict whose keys are encoded as other texts."""

    s: dict[Key, Entry]


class OfBooleans(BaseModel):
    """As ``OfEnums``."""

    s: dict[bool, Entry]


class OfTimes(BaseModel):
    """As ``OfEnums``."""

    s: dict[dt.datetime, Entry]


class OfMapping(BaseModel):
    """A mapping that is not a dict."""

    s: Mapping[str, Entry]


class OfAlias(BaseModel):
    """A model that is encoded under other names."""

    model_config = ConfigDict(serialize_by_alias=True, populate_by_name=True)

    s: Entry = Field(alias="c")


class Extra(BaseModel):
    """A model with more than its fields."""

    model_config = ConfigDict(extra="allow")


class SlottedExtra(BaseModel):
    """The same with slots of its own."""

    __slots__ = ("more",)
    model_config = ConfigDict(extra="allow")


class Computed(BaseModel):
    """A model with a property that is encoded."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def s(self) -> Entry:
        """Return a named tuple."""
        return ENTRY


class Root(RootModel[Entry]):
    """A model without a name for its content."""


class RootList(RootModel[list[Entry]]):
    """The same, of a list."""


class RootDict(RootModel[dict[str, Entry]]):
    """The same, of a dict."""


class OfRoot(BaseModel):
    """A model with such a field."""

    s: RootList


class Rows(BaseModel):
    """A model that writes its rows by itself."""

    rows: Annotated[list[Entry], PlainSerializer(lambda rows: {"n": 1, "of": [list(row) for row in rows]})]


class Positions(BaseModel):
    """A model that is encoded as a list."""

    user: str
    password: str

    @model_serializer
    def as_list(self) -> list[str]:
        """Return the fields' values."""
        return [self.user, self.password]


class Own:
    """A class with a serialiser of its own, which encodes other names."""

    def __init__(self, content: object) -> None:
        self._content = content

    def serialize(self) -> dict[str, object]:
        """Answer Airflow."""
        return {"data": self._content}

    @staticmethod
    def deserialize(data: dict[str, object], version: int) -> Own:
        """Answer Airflow."""
        assert version == 0
        return Own(data["data"])


@attrs.define
class Holder:
    """An attrs class of anything."""

    inner: object


class Alias(BaseModel):
    """A model whose author names a field otherwise."""

    model_config = ConfigDict(populate_by_name=True)

    p: str = Field(alias="password")


class WrittenAlias(BaseModel):
    """The same for what is written."""

    p: str = Field(serialization_alias="password")


class ReadAlias(BaseModel):
    """The same for what is read."""

    model_config = ConfigDict(populate_by_name=True)

    p: str = Field(validation_alias=AliasChoices("code", AliasPath("login", "password")))


class ShownAlias(BaseModel):
    """The alias is encoded, and the field's name is sensitive."""

    model_config = ConfigDict(serialize_by_alias=True, populate_by_name=True)

    password: str = Field(alias="p")


class ComputedAlias(BaseModel):
    """The same of a property."""

    @computed_field(alias="password")  # type: ignore[prop-decorator]
    @property
    def p(self) -> str:
        """Return a secret."""
        return CANARY


LOST: dict[str, Callable[[], object]] = {
    "a set": lambda: OfSet(s={ENTRY}),
    "a set of two kinds": lambda: OfTwoKinds(s={ENTRY, Other("a", "b")}),
    "a frozenset": lambda: OfFrozenset(s=frozenset({ENTRY})),
    "a nested set": lambda: OfNestedSet(s=frozenset({(1, ENTRY)})),
    "a nested set in an attrs class": lambda: Holder(frozenset({(1, ENTRY)})),
    "a deque": lambda: OfDeque(s=deque([ENTRY])),
    "an iterable": lambda: OfIterable(s=[ENTRY]),
    "keys of an enum": lambda: OfEnums(s={Key.FIRST: ENTRY}),
    "keys of booleans": lambda: OfBooleans(s={True: ENTRY}),
    "keys of times": lambda: OfTimes(s={dt.datetime(2026, 1, 1): ENTRY}),  # noqa: DTZ001
    "a mapping": lambda: OfMapping(s=MappingProxyType({"k": ENTRY})),
    "an alias": lambda: OfAlias(c=ENTRY),
    "more than the fields": lambda: Extra(s=ENTRY),
    "more than the fields, in a set": lambda: SlottedExtra(s={ENTRY}),
    "a property": Computed,
    "a root": lambda: Root(ENTRY),
    "a root of a list": lambda: RootList([ENTRY]),
    "a root of a dict": lambda: RootDict({"k": ENTRY}),
    "a root in a field": lambda: OfRoot(s=RootList([ENTRY])),
    "a model in a model": lambda: OfAnything(s=[OfSet(s={ENTRY})]),
    "a serialiser of the field's own": lambda: Rows(rows=[ENTRY]),
    "a serialiser of the model's own": lambda: Positions(user="ann", password=CANARY),
    "a serialiser of the class's own": lambda: Own([{"k": ENTRY}]),
    "a name that is an alias": lambda: Alias(p=CANARY),
    "a name that is written": lambda: WrittenAlias(p=CANARY),
    "a name that is read": lambda: ReadAlias(p=CANARY),
    "a name that is not written": lambda: ShownAlias(password=CANARY),
    "a property's name that is an alias": ComputedAlias,
    "a model with an alias in a list": lambda: OfAnything(s=[Alias(p=CANARY)]),
    "a cell of a dict": lambda: pd.DataFrame({"host": ["a"], "conf": [{"password": CANARY}]}),
    "a cell of a list": lambda: pd.DataFrame({"host": ["a"], "conf": [[{"password": CANARY}]]}),
    "a cell of an arrow structure": lambda: pd.DataFrame(
        {"conf": pd.Series([{"password": CANARY}], dtype=pd.ArrowDtype(pa.struct([("password", pa.string())])))}
    ),
    "attributes of a frame": lambda: _with_attributes(pd.DataFrame({"host": ["a"]}), password=CANARY),
    "a column of several levels": lambda: pd.DataFrame({("login", "password"): [CANARY]}),
    "the name of the columns": lambda: pd.DataFrame([[1]], columns=pd.Index([CANARY], name="password")),
    "a frame in a dataclass": lambda: Holder({"a": [pd.DataFrame({"conf": [{"password": CANARY}]})]}),
    "a frame in a class of its own": lambda: Own([pd.DataFrame({"conf": [{"password": CANARY}]})]),
}


def _with_attributes(frame: pd.DataFrame, **attributes: object) -> pd.DataFrame:
    frame.attrs.update(attributes)
    return frame


def _stored(row: str) -> bytes:
    """What somebody reads in a row, in the hexadecimal of a frame too."""
    return row.encode() + b"".join(bytes.fromhex(found) for found in re.findall(r"(?:[0-9A-F]{2}){20,}", row))


@pytest.mark.parametrize("make", LOST.values(), ids=LOST.keys())
def test_a_sensitive_name_that_the_encoding_loses_is_found(make: Callable[[], object], backends: Backends) -> None:
    assert CANARY.encode() in _stored(backends.push(make(), Way.PLAIN))
    assert CANARY.encode() not in _stored(backends.push(make(), Way.NAMES))


REGISTERED = "registered-Passw0rd-991"

CELLS: dict[str, Callable[[], pd.DataFrame]] = {
    "a text": lambda: pd.DataFrame({"host": ["a", "b"], "note": ["x", f"at {REGISTERED}"]}),
    "a text among objects": lambda: pd.DataFrame(
        {"note": pd.Series([1, REGISTERED[:3], REGISTERED], dtype=object)[1:]}
    ),
    "a category": lambda: pd.DataFrame({"note": pd.Categorical([REGISTERED, "x"])}),
    "a text of arrow's": lambda: pd.DataFrame({"note": pd.Series([REGISTERED], dtype=pd.ArrowDtype(pa.string()))}),
    "bytes": lambda: pd.DataFrame({"note": [REGISTERED.encode()]}),
    "an index": lambda: pd.DataFrame({"n": [1]}, index=[REGISTERED]),
    "an index of several levels": lambda: pd.DataFrame(
        {"n": [1]}, index=pd.MultiIndex.from_tuples([(1, REGISTERED)], names=["a", "b"])
    ),
    "the name of a column": lambda: pd.DataFrame({REGISTERED: [1]}),
    "a list": lambda: pd.DataFrame({"note": [["x", REGISTERED]]}),
    "attributes": lambda: _with_attributes(pd.DataFrame({"n": [1]}), note=[REGISTERED]),
    "behind many others": lambda: pd.DataFrame({"note": [*(f"row number {n}" for n in range(9_999)), REGISTERED]}),
}


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were looked at."""
    looked: list[str] = []

    def holds(text: str) -> bool:
        looked.append(text)
        return REGISTERED in text

    monkeypatch.setattr("secure_xcom.airflow.host.holds_registered", holds)
    return looked


@pytest.mark.parametrize("make", CELLS.values(), ids=CELLS.keys())
def test_a_registered_secret_in_a_frame_is_found(
    make: Callable[[], pd.DataFrame], backends: Backends, registered: list[str]
) -> None:
    row, value = backends.our_result(make(), Way.NAMES)
    assert REGISTERED.encode() not in _stored(row)
    assert same(value, backends.airflow_result(make())[1])
    assert len(registered) < 100


def test_a_frame_is_not_looked_through_where_nothing_but_marks_counts(
    backends: Backends, registered: list[str]
) -> None:
    row, _ = backends.our_result(CELLS["a text"](), Way.PLAIN)
    assert REGISTERED.encode() in _stored(row)
    assert registered == []


def test_a_frame_without_anything_sensitive_stays_readable(backends: Backends, registered: list[str]) -> None:
    frame = pd.DataFrame({"host": ["a", None], "n": [1.5, None], "day": pd.date_range("2026-01-01", periods=2)})
    row, _ = backends.our_result(frame, Way.NAMES)
    assert row == backends.airflow_result(frame)[0]


# What pydantic hides.


class Deque(BaseModel):
    """Secrets in a container."""

    keys: deque[SecretStr]


class SetOf(BaseModel):
    """The same."""

    keys: set[SecretStr]


class Keyed(BaseModel):
    """The same, under keys that are encoded as other texts."""

    keys: dict[bool, SecretBytes]


class Iterated(BaseModel):
    """The same, in what is used up."""

    keys: Iterable[SecretStr]


@pydantic_dataclass(slots=True)
class Parent:
    """A dataclass with a slot for its secret."""

    key: SecretStr


@pydantic_dataclass(slots=True)
class Child(Parent):
    """One that inherits it."""

    n: int = 1


class OfChild(BaseModel):
    """A model of one."""

    c: Child


class ComputedSecret(BaseModel):
    """A secret that is a property."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def key(self) -> SecretStr:
        """Return a secret."""
        return SecretStr(CANARY)


class Shown(Secret[str]):
    """A secret that shows another text."""

    def _display(self) -> str:
        return "<hidden>"


class OfShown(BaseModel):
    """A model of one."""

    key: Shown


class OfNumber(BaseModel):
    """A secret number."""

    key: Secret[int]


class RootSecret(RootModel[list[SecretStr]]):
    """Secrets without a name."""


class Wrapper:
    """A class that dumps a model by itself."""

    def __init__(self, model: BaseModel) -> None:
        self.model = model

    def serialize(self) -> dict[str, object]:
        """Answer Airflow."""
        return {"of": self.model.model_dump(mode="json")}


SECRET = SecretStr(CANARY)
HIDDEN: dict[str, Callable[[], object]] = {
    "a deque": lambda: Deque(keys=deque([SECRET])),
    "a set": lambda: SetOf(keys={SECRET}),
    "a dict": lambda: Keyed(keys={True: SecretBytes(CANARY.encode())}),
    "an iterable": lambda: Iterated(keys=[SECRET]),
    "a slot": lambda: OfChild(c=Child(key=SECRET)),
    "a property": ComputedSecret,
    "more than the fields": lambda: SlottedExtra(key=SECRET),
    "another text": lambda: OfShown(key=Shown(CANARY)),
    "a number": lambda: OfNumber(key=Secret[int](4711)),
    "a root": lambda: RootSecret([SECRET]),
    "a serialiser of the class's own": lambda: Wrapper(Deque(keys=deque([SECRET]))),
    "in a list in a dict": lambda: {"a": [Deque(keys=deque([SECRET]))]},
}


@pytest.mark.parametrize("way", [Way.NAMES, Way.WHOLE])
@pytest.mark.parametrize("make", HIDDEN.values(), ids=HIDDEN.keys())
def test_a_secret_that_pydantic_hides_is_refused(make: Callable[[], object], way: Way, backends: Backends) -> None:
    with pytest.raises(PayloadError, match="SecretStr") as caught:
        backends.push(make(), way)
    assert_tells_nothing(caught.value, CANARY)


class Revealing(BaseModel):
    """A model that writes its secret."""

    key: SecretStr

    @field_serializer("key", when_used="json")
    def reveal(self, key: SecretStr) -> str:
        """Return the secret's text."""
        return key.get_secret_value()


class Text(BaseModel):
    """A model with asterisks of its own."""

    text: str
    more: list[str] = []


class Settings(ModuleType):
    """A module with a secret in it."""

    key = SECRET


@dataclass
class Review:
    """A dataclass that refers to what is never encoded."""

    text: str
    app: ClassVar[object] = Settings("settings")

    def __post_init__(self) -> None:
        self.module = Settings("settings")
        self.endless = Endless()


class Endless(Mapping[int, int]):
    """A mapping without end, as far as anybody knows."""

    looked = 0

    def __getitem__(self, key: int) -> int:
        return key

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[int]:
        for number in range(1_000_000):
            Endless.looked += 1
            yield number


class OwnText:
    """A class with a serialiser of its own that refers to a mapping without end."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.endless = Endless()

    def serialize(self) -> str:
        """Answer Airflow."""
        return self.text

    @staticmethod
    def deserialize(data: str, version: int) -> OwnText:
        """Answer Airflow."""
        assert version == 0
        return OwnText(data)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OwnText) and self.text == other.text

    __hash__ = None  # type: ignore[assignment]


DATA: dict[str, Callable[[], object]] = {
    "a secret that is written": lambda: Revealing(key=SECRET),
    "an empty secret": lambda: Deque(keys=deque([SecretStr("")])),
    "a rating": lambda: Review("rating ****"),
    "asterisks only": lambda: Review("**********"),
    "asterisks of a model": lambda: Text(text="**********", more=["**********"]),
    "asterisks of a class's own": lambda: OwnText("**********"),
}


@pytest.mark.parametrize("make", DATA.values(), ids=DATA.keys())
def test_a_value_that_hides_nothing_is_data(make: Callable[[], object], backends: Backends) -> None:
    Endless.looked = 0
    _, value = backends.our_result(make(), Way.NAMES)
    assert Endless.looked < 1_000
    assert same(value, backends.airflow_result(make())[1])
