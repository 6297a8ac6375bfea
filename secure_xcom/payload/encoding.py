"""``encode``: a value to Airflow's encoding of it, once, with what Airflow refuses in nodes of their own.

The tree that is returned is the one that is classified, sealed and stored: an object whose ``serialize()`` answers
differently a second time is never asked a second time. Containers are walked here as ``airflow.sdk.serde.serialize``
walks them; every other object goes through Airflow's serialiser.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from secure_xcom.errors import PayloadError, SecureXComError
from secure_xcom.model.value import CLASSNAME, DATA, JSON, Extension, ExtensionKind, Mark, Node
from secure_xcom.payload.foreign import guarded
from secure_xcom.payload.names import LostNames
from secure_xcom.secret import Revealed, Secret, exposed

SCHEMA_ID: Final = "__id__"
OLD_ENCODING: Final = frozenset({"__type", "__var"})
"""Keys by which Airflow's deserialiser takes a dict for its encoding of earlier versions (serde, ``_convert``)."""

_EXACT: Final = frozenset({str, int, float, bool})
_COLLECTIONS: Final = frozenset({tuple, set, frozenset})

_EXTENSIONS: Final[Mapping[type, ExtensionKind]] = {
    bytes: ExtensionKind.BYTES,
    bytearray: ExtensionKind.BYTEARRAY,
    complex: ExtensionKind.COMPLEX,
    dt.time: ExtensionKind.TIME,
}

_PYDANTIC_MASK: Final = "**********"
"""What pydantic writes in place of a SecretStr or SecretBytes: the value is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """A value's encoding, and what the encoding alone does not tell."""

    tree: Node = field(repr=False)
    names: LostNames = field(repr=False)
    """Names that the encoding loses, such as a table's columns, by the node they belong to."""
    objects: Mapping[int, object] = field(repr=False)
    """The objects that Airflow encoded, by the ``id`` of their nodes."""
    has_extensions: bool = False

    def storable(self, row: Node) -> JSON:
        """Return ``row``, which is the tree or the tree without its sealed parts, if Airflow can store it.

        Raises ``PayloadError`` if it holds what only a sealed part can hold.
        """
        if self.has_extensions:
            from secure_xcom.payload.nodes import require_storable

            return require_storable(row)
        return cast("JSON", row)


def encode(value: object, encode_object: Callable[[object], JSON]) -> Encoding:
    """Encode ``value``; ``encode_object`` is Airflow's serialiser. Linear in the size of the value.

    Raises ``PayloadError`` for what neither Airflow nor an extension can hold.
    """
    encoder = _Encoder(encode_object)
    with exposed():
        tree = guarded(
            lambda: encoder.node(value), lambda problem: f"a value of type {type(value)} cannot be encoded: {problem}"
        )
    return Encoding(tree=tree, names=encoder.names, objects=encoder.objects, has_extensions=encoder.extensions > 0)


class _Encoder:
    def __init__(self, encode_object: Callable[[object], JSON]) -> None:
        self._encode_object = encode_object
        self._templates: dict[type, dict[str, Node]] = {}
        self.names = LostNames()
        self.objects: dict[int, object] = {}
        self.extensions = 0

    def node(self, value: object) -> Node:
        kind = type(value)
        if value is None or kind in _EXACT:
            return value  # type: ignore[return-value]  # one of the exact types
        if isinstance(value, list):
            items: list[Node] = []
            # A loop and not a comprehension: that would be a second frame for each level of nesting.
            for item in value:
                items.append(self.node(item))  # noqa: PERF401
            return items
        if isinstance(value, dict):
            return self._dict(value)
        if kind in _COLLECTIONS or (isinstance(value, tuple) and _is_named(value)):
            return self._collection(value)  # type: ignore[arg-type]  # a tuple, set or frozenset
        if isinstance(value, Secret):
            return Mark(self.node(value.reveal()))
        return self._object(value)

    def _dict(self, value: dict[object, object]) -> Node:
        if any(_holds_mark(key) for key in value if type(key) is not str):
            return Mark(self._pairs(value))
        if CLASSNAME in value or SCHEMA_ID in value:
            return self._pairs(value)
        before = self.extensions
        encoded: dict[str, Node] = {}
        for key, item in value.items():
            encoded[key if type(key) is str else str(key)] = self.node(item)
        # Airflow refuses what is in it, and its deserialiser would take the dict for an object: keep it as it is.
        return self._pairs(value) if self.extensions > before and encoded.keys() >= OLD_ENCODING else encoded

    def _pairs(self, value: dict[object, object]) -> Extension:
        self.extensions += 1
        pairs: list[Node] = [[self.node(key), self.node(item)] for key, item in value.items()]
        return Extension(ExtensionKind.PAIRS, pairs)

    def _collection(self, value: tuple[object, ...] | set[object] | frozenset[object]) -> Node:
        kind = tuple if isinstance(value, tuple) else type(value)
        template = self._templates.get(kind)
        if template is None:
            template = self._templates[kind] = dict(self._encode_object(kind()))  # type: ignore[arg-type]
        node: dict[str, Node] = {**template, DATA: [self.node(item) for item in value]}
        self.names.note_fields(value, node)
        return node

    def _object(self, value: object) -> Node:
        try:
            encoded = self._encode_object(value)
        except (SecureXComError, RecursionError):
            raise
        except Exception as error:
            problem = type(error).__name__
        else:
            node = self._adopted(encoded)
            if isinstance(node, dict):
                self.objects[id(node)] = value
                self.names.note(value, node)
                _require_nothing_hidden(value, node)
            return node
        kind = _EXTENSIONS.get(type(value))
        if kind is None:
            raise PayloadError(
                f"Airflow cannot serialise an object of {type(value)} ({problem}): return built-in types, a dataclass, "
                "or a class with serialize() and deserialize()"
            )
        self.extensions += 1
        return Extension(kind, value)

    def _adopted(self, encoded: object) -> Node:
        """Return what Airflow made of an object, in exact types; raises ``TypeError`` for what is no JSON."""
        kind = type(encoded)
        if encoded is None or kind in _EXACT:
            return encoded  # type: ignore[return-value]  # one of the exact types
        if isinstance(encoded, dict):
            if encoded.get(CLASSNAME) == Secret.CLASSNAME:
                return self._revealed(encoded[DATA])
            return {_text(key): self._adopted(item) for key, item in encoded.items()}
        if isinstance(encoded, list):
            return [self._adopted(item) for item in encoded]
        # A subclass may print itself as something else; these slots of the primitive types give what it is.
        if isinstance(encoded, str):
            return str.__str__(encoded)
        if isinstance(encoded, int):
            return int.__int__(encoded)
        if isinstance(encoded, float):
            return float.__float__(encoded)
        raise TypeError

    def _revealed(self, data: object) -> Mark:
        if not isinstance(data, Revealed):
            raise PayloadError("a class imitates Airflow's encoding of secure_xcom.Secret")
        return Mark(self.node(data.value))


def _text(key: object) -> str:
    if type(key) is not str:
        raise TypeError
    return key


def _is_named(value: tuple[object, ...]) -> bool:
    """Whether Airflow takes a tuple for a named one (serde, ``_is_namedtuple``)."""
    return all(hasattr(value, name) for name in ("_asdict", "_fields", "_field_defaults"))


def _holds_mark(key: object) -> bool:
    members = key if isinstance(key, (tuple, frozenset)) else ()
    return isinstance(key, Secret) or any(_holds_mark(member) for member in members)


def _require_nothing_hidden(value: object, node: Node) -> None:
    """Raise ``PayloadError`` if pydantic has written asterisks in the place of a secret."""
    pydantic = sys.modules.get("pydantic")
    if pydantic is None or not _holds_text(node, _PYDANTIC_MASK):
        return
    kinds = (pydantic.SecretStr, pydantic.SecretBytes)
    if _holds_instance(value, kinds, set()):
        raise PayloadError(
            "a pydantic SecretStr or SecretBytes cannot go through an XCom: Airflow's encoding holds asterisks in its "
            "place. Use str for the field, whose name or secure_xcom.Secret has it sealed"
        )


def _holds_text(node: Node, text: str) -> bool:
    if isinstance(node, str):
        return node == text
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return any(_holds_text(child, text) for child in children)


def _holds_instance(value: object, kinds: tuple[type, ...], seen: set[int]) -> bool:
    if isinstance(value, kinds):
        return True
    if id(value) in seen:
        return False
    seen.add(id(value))
    if isinstance(value, Mapping):
        members = [*value.keys(), *value.values()]
    elif isinstance(value, (list, tuple, set, frozenset)):
        members = list(value)
    else:
        slots = [getattr(value, name, None) for name in getattr(type(value), "__slots__", ()) if isinstance(name, str)]
        members = [*getattr(value, "__dict__", {}).values(), *slots]
    return any(_holds_instance(member, kinds, seen) for member in members)
