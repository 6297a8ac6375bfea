"""``split``: the members of a value beside the nodes that Airflow's serialiser made of them.

Members are what an object is encoded from: the items of a container, the fields of a dataclass, an attrs class or a
pydantic model, and the attributes of a class with a ``serialize()`` of its own. What else an object refers to, such as
a module or a connection, is never looked at.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

from secure_xcom.model.value import Node
from secure_xcom.payload.foreign import hint, text_of

Wanted = Callable[[Node], bool]
"""Whether it matters from which member a node was made."""

SEQUENCES: Final = (list, tuple, deque)
SETS: Final = (set, frozenset)

_LEAVES: Final = (str, bytes, bytearray, int, float, complex, type(None), type)
_ABSENT: Final = object()


class Split(NamedTuple):
    """``lost`` and ``left`` belong to each other: members and nodes, and nobody knows which is which."""

    pairs: list[tuple[object, Node]]
    lost: list[object]
    left: list[Node]


class Member(NamedTuple):
    """A member, and the keys under which it may stand in an encoding."""

    keys: tuple[str, ...]
    value: object


def split(value: object, node: Node, wanted: Wanted) -> Split:
    """Match the members of a value with the nodes below ``node``. Linear in what stands directly below the node."""
    if isinstance(value, Enum):
        return Split([(value.value, node)], [], [])
    root = hint(lambda: _root_of(value), _ABSENT)
    if root is not _ABSENT:
        return Split([(root, node)], [], [])
    if isinstance(node, list) and isinstance(value, SEQUENCES) and len(value) == len(node):
        return Split(hint(lambda: list(zip(value, node, strict=False)), []), [], [])
    if isinstance(node, dict) and not isinstance(value, (*SEQUENCES, *SETS, Iterator)):
        return _split_by_keys(value, node, wanted)
    left: list[Node] = [node] if wanted(node) else []
    return Split([], [value] if left else [], left)


def _split_by_keys(value: object, node: dict[str, Node], wanted: Wanted) -> Split:
    # So many, in a mapping without end too: more of them cannot stand in the node.
    most = 2 * len(node) + 16
    members = hint(lambda: [*islice(members_of(value), most + 1)], list[Member]())
    matched: dict[str, None] = {}
    pairs: list[tuple[object, Node]] = []
    lost: list[object] = []
    for keys, member in members[:most]:
        found = [key for key in keys if key in node]
        pairs.extend((member, node[key]) for key in found)
        matched.update(dict.fromkeys(found))
        if not found:
            lost.append(member)
    for name in computed_fields_of(type(value)):
        # A property is computed once more, for what cannot be judged without it.
        is_open = name in node and name not in matched and wanted(node[name])
        if is_open and (member := _attribute(value, name)) is not _ABSENT:
            matched[name] = None
            pairs.append((member, node[name]))
    left = [child for key, child in node.items() if key not in matched and wanted(child)]
    if not left:
        return Split(pairs, [], [])
    return Split(pairs, lost if len(members) <= most else [value], left)


def is_leaf(value: object) -> bool:
    """Whether a value has no members at all."""
    return isinstance(value, _LEAVES) and not isinstance(value, Enum)


def members_of(value: object) -> Iterator[Member]:
    """Yield the members of a value, as many as it has: a mapping of a user's class may have no end."""
    if isinstance(value, Enum):
        yield Member((), value.value)
    elif isinstance(value, Mapping):
        yield from (Member(_texts_of_key(key), item) for key, item in value.items())
    elif isinstance(value, (*SEQUENCES, *SETS)):
        yield from (Member((), item) for item in value)
    elif is_leaf(value):
        return
    elif (fields := fields_of(type(value))) is not None:  # type: ignore[arg-type]  # classes are hashable
        yield from _fields_in(value, fields)
    elif hasattr(type(value), "serialize"):
        yield from _attributes_of(value)


def _texts_of_key(key: object) -> tuple[str, ...]:
    return (text_of(key), text_of(key.value)) if isinstance(key, Enum) else (text_of(key),)


def _fields_in(value: object, fields: Mapping[str, tuple[str, ...]]) -> Iterator[Member]:
    for name, keys in fields.items():
        if (member := _attribute(value, name)) is not _ABSENT:
            yield Member(keys, member)
    # What a model was given besides its fields.
    for name, member in (_attribute(value, "__pydantic_extra__", None) or {}).items():  # type: ignore[attr-defined]
        yield Member((name,), member)


def _attribute(value: object, name: str, default: object = _ABSENT) -> object:
    return hint(lambda: getattr(value, name, default), default)


@lru_cache(maxsize=256)
def fields_of(kind: type) -> dict[str, tuple[str, ...]] | None:
    """Return the names of a class's fields, with the keys under which each may be encoded; ``None`` if it has none."""
    fields = pydantic_fields_of(kind)
    if fields is not None:
        return {
            name: tuple({name, *aliases_of(field)})
            for name, field in fields.items()
            if getattr(field, "exclude", None) is not True
        }
    if dataclasses.is_dataclass(kind):
        return {field.name: (field.name,) for field in dataclasses.fields(kind)}
    if attributes := getattr(kind, "__attrs_attrs__", ()):
        return {str(field.name): (str(field.name),) for field in attributes if getattr(field, "init", True)}
    return None


def pydantic_fields_of(kind: type) -> Mapping[str, object] | None:
    """Return the fields of a pydantic model or a dataclass of pydantic's, ``None`` for other classes."""
    for attribute in ("__pydantic_fields__", "model_fields"):
        fields = getattr(kind, attribute, None)
        if isinstance(fields, Mapping):
            return fields
    return None


def aliases_of(field: object) -> Iterator[str]:
    """Yield the other names of a pydantic field."""
    for attribute in ("alias", "serialization_alias", "validation_alias"):
        yield from _texts_of(getattr(field, attribute, None))


def _texts_of(alias: object) -> Iterator[str]:
    """Yield the texts of an alias, of an ``AliasPath`` and of ``AliasChoices``."""
    if isinstance(alias, str):
        yield alias
    for attribute in ("path", "choices"):
        for part in getattr(alias, attribute, ()):
            yield from _texts_of(part)


def computed_fields_of(kind: type) -> Mapping[str, object]:
    """Return the properties that pydantic encodes too."""
    fields = hint(lambda: getattr(kind, "model_computed_fields", None), None)
    return fields if isinstance(fields, Mapping) else {}


def _root_of(value: object) -> object:
    return (
        getattr(value, "root", _ABSENT) if getattr(type(value), "__pydantic_root_model__", False) is True else _ABSENT
    )


def _attributes_of(value: object) -> Iterator[Member]:
    named = dict[str, object](_attribute(value, "__dict__", {}))  # type: ignore[call-overload]
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if (member := _attribute(value, name)) is not _ABSENT:
                named[name] = member
    for name, member in named.items():
        yield Member((name, name.lstrip("_")), member)
