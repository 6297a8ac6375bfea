"""Values as they travel: Airflow's encoding of them, what it cannot hold, and which parts of it are sensitive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, TypeAlias, Union, cast

CLASSNAME: Final = "__classname__"
VERSION: Final = "__version__"
DATA: Final = "__data__"
"""The three keys of Airflow's serialised objects (airflow.sdk.serde)."""

OBJECT: Final = frozenset({CLASSNAME, VERSION, DATA})

OLD_ENCODING: Final = frozenset({"__type", "__var"})
"""Keys by which Airflow's deserialiser takes a dict for its encoding of earlier versions (serde, ``_convert``)."""

Path = tuple[str | int, ...]
"""Where a part stands within an encoded value: dict keys and list positions from the root; ``()`` is the whole."""

JSON = None | bool | int | float | str | list["JSON"] | dict[str, "JSON"]


class ExtensionKind(IntEnum):
    """What a sealed part can hold besides Airflow's encoding. The numbers are the wire's.

    Airflow's serialiser refuses all of these but ``FRAME``, a data frame of pandas', which it writes as a text.
    """

    PAIRS = 2
    BYTES = 5
    BYTEARRAY = 6
    COMPLEX = 7
    TIME = 8
    FRAME = 10
    SERIES = 11
    ARRAY = 12
    ARROW = 13
    POLARS = 14
    POLARS_SERIES = 15


BINARY: Final = frozenset(
    {
        ExtensionKind.FRAME,
        ExtensionKind.SERIES,
        ExtensionKind.ARRAY,
        ExtensionKind.ARROW,
        ExtensionKind.POLARS,
        ExtensionKind.POLARS_SERIES,
    }
)
"""What travels as a buffer: tables and arrays."""


class _BeyondJSON:
    """A node that JSON has no form for. As a dataclass, MessagePack's encoder would write it as a dict."""

    __slots__ = ()
    __match_args__: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and all(
            getattr(self, name) == getattr(other, name) for name in self.__match_args__
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        # What it holds may be a secret.
        return f"{type(self).__name__}()"


class Extension(_BeyondJSON):
    """A node that Airflow's encoding has no form for. Only a sealed part may hold it.

    ``content`` is the value itself; for ``PAIRS``, a dict that Airflow refuses, it is a list of pairs of nodes.
    """

    __slots__ = ("content", "kind")
    __match_args__ = ("kind", "content")

    def __init__(self, kind: ExtensionKind, content: object) -> None:
        self.kind = kind
        self.content = content


class Mark(_BeyondJSON):
    """What the author wrapped in ``Secret``."""

    __slots__ = ("content",)
    __match_args__ = ("content",)

    def __init__(self, content: Node) -> None:
        self.content = content


Node: TypeAlias = Union[bool, int, float, str, list["Node"], dict[str, "Node"], Mark, Extension, None]  # noqa: UP007 - refers to itself
"""A node of an encoded value: JSON as Airflow's serialiser makes it, and the two kinds that only sealed parts hold."""

Selection: TypeAlias = Union[str, dict[str | int, "Selection"]]  # noqa: UP007 - refers to itself
"""The sensitive parts of an encoded value: the rule by which a node is sensitive, or its children with such parts."""


def node_of(encoded: JSON) -> Node:
    """Return JSON as the node that it is: dicts and lists are invariant to the type checker."""
    return cast("Node", encoded)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A sensitive part: where it stands and which rule says so; never what matched."""

    path: Path
    rule: str


def findings_of(selection: Selection | None, path: Path = ()) -> Iterator[Finding]:
    """Yield the parts of a selection, in their order."""
    if isinstance(selection, str):
        yield Finding(path=path, rule=selection)
    elif isinstance(selection, Mapping):
        for step, inner in selection.items():
            yield from findings_of(inner, (*path, step))


def rules_of(selection: Selection) -> frozenset[str]:
    """Return the rules of a selection. There may be many thousands of parts, so no call is made for each of them."""
    rules: set[str] = set()
    level: list[Selection] = [selection]
    while level:
        rules.update([part for part in level if part.__class__ is str])
        level = [inner for part in level if part.__class__ is not str for inner in part.values()]  # type: ignore[union-attr]
    return frozenset(rules)


def merged(first: Selection, second: Selection) -> Selection:
    """Return the parts of both. What is sealed as a whole has no parts."""
    if isinstance(first, str) or isinstance(second, str):
        return first if isinstance(first, str) else second
    both = {step: merged(first[step], second[step]) for step in first.keys() & second.keys()}
    return {**first, **second, **both}
