"""A secret that pydantic hides is refused; what no encoding came from is not looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from secure_xcom.errors import PayloadError
from secure_xcom.model.value import JSON
from secure_xcom.payload.hidden import require_nothing_hidden
from tests.unit.world import CANARY, assert_tells_nothing

pydantic = pytest.importorskip("pydantic")

ASTERISKS = "*" * 10


class Own:
    """A class with a serialiser of its own."""

    def __init__(self, *members: object) -> None:
        self.members = members

    def serialize(self) -> None:
        """Tell the check that this class has one."""


@dataclass
class Holder:
    """A dataclass of anything."""

    inner: object

    def __post_init__(self) -> None:
        self.beside: object = None


def _object(data: JSON) -> JSON:
    return {"__classname__": "app.C", "__version__": 1, "__data__": data}


HIDDEN = {
    "itself": lambda secret: (Own(secret), {"password": ASTERISKS}),
    "in a list": lambda secret: (Own([secret]), {"passwords": [ASTERISKS]}),
    "in an object in an object": lambda secret: (Holder(Own([{"a": (secret,)}])), {"inner": _object({"a": ASTERISKS})}),
    "as the whole": lambda secret: (Own(secret), ASTERISKS),
    "in a field": lambda secret: (Holder(secret), {"inner": ASTERISKS}),
}


@pytest.mark.parametrize("secret", [pydantic.SecretStr(CANARY), pydantic.SecretBytes(CANARY.encode())], ids=repr)
@pytest.mark.parametrize("case", HIDDEN)
def test_a_secret_is_refused_instead_of_being_lost(case: str, secret: object) -> None:
    value, data = HIDDEN[case](secret)
    with pytest.raises(PayloadError, match="SecretStr") as caught:
        require_nothing_hidden(value, _object(data))
    assert_tells_nothing(caught.value)


def test_asterisks_of_the_users_own_are_data() -> None:
    require_nothing_hidden(Own(ASTERISKS), _object({"password": ASTERISKS}))
    require_nothing_hidden(Own(pydantic.SecretStr(ASTERISKS)), _object({"password": ASTERISKS}))


def test_a_secret_that_no_text_stands_for_is_not_hidden() -> None:
    holder = Holder(ASTERISKS)
    holder.beside = pydantic.SecretStr(CANARY)
    require_nothing_hidden(holder, _object({"inner": ASTERISKS}))
    require_nothing_hidden(Own(pydantic.SecretStr(CANARY)), _object({"rating": "****"}))


def test_a_value_that_contains_itself_is_looked_through_once() -> None:
    own = Own()
    own.members = (own, [own])
    require_nothing_hidden(own, _object({"password": ASTERISKS}))


class Counted(list[object]):
    """A list that counts the items that are read of it."""

    read = 0

    def __iter__(self) -> Iterator[object]:
        for item in super().__iter__():
            self.read += 1
            yield item


@pytest.mark.parametrize("size", [1_000, 4_000])
def test_what_many_objects_refer_to_is_not_read_by_each(size: int) -> None:
    siblings = Counted()
    siblings.extend(Own(siblings) for _ in range(size))
    for sibling in list(siblings):
        require_nothing_hidden(sibling, _object({"text": ASTERISKS}))
    assert siblings.read < 100 * size
