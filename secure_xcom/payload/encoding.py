"""``encode``: a value to Airflow's encoding of it, once, with what Airflow refuses in nodes of their own.

The tree that is returned is the one that is classified, sealed and stored: an object whose ``serialize()`` answers
differently a second time is never asked a second time. Containers are walked here as ``airflow.sdk.serde.serialize``
walks them; every other object goes through Airflow's serialiser.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NoReturn
from zoneinfo import ZoneInfo

from secure_xcom.errors import PayloadError, SecureXComError
from secure_xcom.model.placeholder import IN_EACH, Placeholder, imitates
from secure_xcom.model.value import CLASSNAME, DATA, JSON, OLD_ENCODING, Extension, ExtensionKind, Mark, Node
from secure_xcom.payload.exact_types import EXACT, EXTENSIONS, exact_key, holds_mark, require_exact_key
from secure_xcom.payload.foreign import guarded, name_of, text_of
from secure_xcom.payload.hidden import require_nothing_hidden
from secure_xcom.payload.names import LostNames
from secure_xcom.secret import Revealed, Secret, exposed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from secure_xcom.payload.lost import Lost
    from secure_xcom.payload.stored_frames import StoredFrame, StoredFrames

SCHEMA_ID: Final = "__id__"

_TEXTS: Final = frozenset({str})
_COLLECTIONS: Final = frozenset({tuple, set, frozenset})

_ZONES: Final = (type(None), dt.timezone, ZoneInfo)
"""Time zones that an extension can name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """A value's encoding, and what the encoding alone does not tell."""

    tree: Node = field(repr=False)
    names: LostNames | StoredFrames = field(repr=False)
    """Names that the encoding loses, such as a table's columns, by the node they belong to."""
    objects: Mapping[int, object] = field(repr=False)
    """The objects that Airflow encoded, by the ``id`` of their nodes."""
    stored: Callable[[Node], Node] = field(repr=False)
    """Returns a row, or what is left of the tree as one, with each data frame as Airflow writes it in plaintext."""

    @property
    def lost_of(self) -> Callable[[object], Lost | StoredFrame | None] | None:
        """What returns what the encoding of a node loses; ``None`` if it loses nothing."""
        return self.names.of if self.names else None

    def object_of(self, node: object) -> object | None:
        """Return the object that Airflow encoded as a node, ``None`` if it is not known."""
        return self.objects.get(id(node), self.names.table_of(node))


def encode(value: object, encode_object: Callable[[object], JSON]) -> Encoding:
    """Encode ``value``; ``encode_object`` is Airflow's serialiser. Linear in the size of the value.

    Raises ``PayloadError`` for what neither Airflow nor an extension can hold.
    """
    encoder = _Encoder(encode_object, type(value))
    with exposed():
        tree = guarded(
            lambda: encoder.node(value), lambda: f"a value of type {name_of(encoder.at)}", "cannot be encoded"
        )
    return Encoding(tree=tree, names=encoder.names, objects=encoder.objects, stored=encoder.stored_guarded)


def adopt(encoded: JSON) -> Encoding:
    """Take over what Airflow's serialiser made of a value before: the JSON of a row. No class is loaded.

    Of what that loses the columns and the cells of data frames are known again.
    Raises ``PayloadError`` for what is or imitates this product's own, which no push takes over.
    """
    from secure_xcom.payload.stored_frames import StoredFrames

    encoder = _Encoder(_ask_nobody, type(encoded))
    tree = encoder.adopted(encoded)
    return Encoding(tree=tree, names=StoredFrames(tree), objects=encoder.objects, stored=lambda node: node)


def _ask_nobody(_: object) -> NoReturn:
    raise PayloadError("JSON holds no object that is still to be encoded")


class _Encoder:
    def __init__(self, encode_object: Callable[[object], JSON], kind: type) -> None:
        self._encode_object = encode_object
        self.at = kind
        """The class whose code runs: that of the whole value, or of an object within it."""
        self._templates: dict[type, dict[str, Node]] = {}
        self._extensions = 0
        self._frames = 0
        self._kinds: dict[type, ExtensionKind | None] = {}
        self.names = LostNames()
        self.objects: dict[int, object] = {}

    def node(self, value: object) -> Node:
        kind = type(value)
        if value is None or kind in EXACT:
            return _own(value)
        if isinstance(value, list):
            items: list[Node] = []
            # A loop and not a comprehension: that would be a second frame for each level of nesting.
            for item in value:
                items.append(self.node(item))  # noqa: PERF401
            if kind is not list:
                self.names.note_fields(value, items)
            return items
        if isinstance(value, dict):
            return self._dict(value)
        if kind in _COLLECTIONS or (isinstance(value, tuple) and _is_named(value)):
            return self._collection(value)  # type: ignore[arg-type]  # a tuple, set or frozenset
        if isinstance(value, Secret):
            return Mark(self.node(value.reveal()))
        return self._object(value)

    def _dict(self, value: dict[object, object]) -> Node:
        has_texts = _TEXTS.issuperset(map(type, value))
        if not has_texts and any(map(holds_mark, value)):
            return Mark(self._pairs(value))
        if CLASSNAME in value or SCHEMA_ID in value:
            return self._pairs(value)
        before, frames = self._extensions, self._frames
        encoded: dict[str, Node] = {}
        for key, item in value.items():
            if type(item) is int or (type(item) is str and IN_EACH not in item):
                # Most are such leaves, and there may be many thousands: this saves two calls for each.
                node: Node = item
            else:
                node = self.node(item)
            encoded[key if type(key) is str else text_of(key)] = node
        if self._extensions > before and encoded.keys() >= OLD_ENCODING:
            # Airflow refuses what is in it, and its deserialiser would take the dict for an object: keep it as it is.
            self._extensions += 1
            return Extension(ExtensionKind.PAIRS, [[key, item] for key, item in encoded.items()])
        if self._frames > frames and encoded.keys() >= OLD_ENCODING:
            # Airflow's deserialiser has to find in it what Airflow's serialiser writes.
            encoded = {key: self.stored(item) for key, item in encoded.items()}
        return encoded if has_texts else _no_placeholder(encoded)

    def _pairs(self, value: dict[object, object]) -> Extension:
        self._extensions += 1
        pairs: list[Node] = []
        for key, item in value.items():
            require_exact_key(key)
            pairs.append([self.node(key), self.node(item)])
        return Extension(ExtensionKind.PAIRS, pairs)

    def _collection(self, value: tuple[object, ...] | set[object] | frozenset[object]) -> Node:
        kind = tuple if isinstance(value, tuple) else type(value)
        template = self._templates.get(kind)
        if template is None:
            template = self._templates[kind] = dict(self._encode_object(kind()))  # type: ignore[arg-type]
        items = [self.node(item) for item in value]
        if type(value) is not kind:
            self.names.note_fields(value, items)
        return {**template, DATA: items}

    def _object(self, value: object) -> Node:
        outer, self.at = self.at, type(value)
        try:
            kind = self._kind_of(value)
            return self._by_airflow(value) if kind is None else self._binary(kind, value)
        finally:
            self.at = outer

    def _kind_of(self, value: object) -> ExtensionKind | None:
        """Return as what a table or an array travels beside the row; ``None`` for other objects."""
        from secure_xcom.payload.binary import kind_of, travels

        if type(value) not in self._kinds:
            self._kinds[type(value)] = kind_of(type(value))
        kind = self._kinds[type(value)]
        return kind if kind is not None and travels(kind, value) else None

    def _binary(self, kind: ExtensionKind, value: object) -> Extension:
        if kind is ExtensionKind.FRAME:
            self._frames += 1
        else:
            self._extensions += 1
        node = Extension(kind, value)
        self.names.note_binary(value, node)
        return node

    def stored_guarded(self, node: Node) -> Node:
        """Return a node as Airflow stores it; raises ``PayloadError`` for a data frame that it does not take."""
        if not self._frames:
            return node
        with exposed():
            return guarded(
                lambda: self.stored(node), lambda: f"a value of type {name_of(self.at)}", "cannot be encoded"
            )

    def stored(self, node: Node) -> Node:
        """Return a node with its data frames in Airflow's encoding."""
        if isinstance(node, Extension) and node.kind is ExtensionKind.FRAME:
            self.at = type(node.content)
            return self._by_airflow(node.content)
        if isinstance(node, dict):
            return {key: self.stored(item) for key, item in node.items()}
        return [self.stored(item) for item in node] if isinstance(node, list) else node

    def _by_airflow(self, value: object) -> Node:
        try:
            encoded = self._encode_object(value)
        except (SecureXComError, RecursionError):
            raise
        except Exception as error:
            problem = type(error).__name__
        else:
            node = self.adopted(encoded)
            if isinstance(node, dict):
                self.objects[id(node)] = value
                self.names.note(value, node)
                require_nothing_hidden(value, node)
            return node
        return self._extension(value, problem)

    def _extension(self, value: object, problem: str) -> Extension:
        kind = EXTENSIONS.get(type(value))
        if kind is None:
            raise PayloadError(
                f"Airflow cannot serialise an object of {name_of(type(value))} ({problem}): return built-in types, a "
                "dataclass, or a class with serialize() and deserialize()"
            )
        if isinstance(value, dt.time) and type(value.tzinfo) not in _ZONES:
            raise PayloadError(
                "a time with a time zone of another kind than datetime's and zoneinfo's cannot be sealed"
            )
        self._extensions += 1
        return Extension(kind, value)

    def adopted(self, encoded: object) -> Node:
        """Return what Airflow made of an object, in exact types; raises ``TypeError`` for anything but JSON."""
        kind = type(encoded)
        if encoded is None or kind in EXACT:
            return _own(encoded)
        if isinstance(encoded, dict):
            if encoded.get(CLASSNAME) == Secret.CLASSNAME:
                return self._revealed(encoded[DATA])
            return _no_placeholder({exact_key(key): self.adopted(item) for key, item in encoded.items()})
        if isinstance(encoded, list):
            return [self.adopted(item) for item in encoded]
        # A subclass may print itself as something else; these slots of the primitive types give what it is.
        if isinstance(encoded, str):
            return _own(str.__str__(encoded))
        if isinstance(encoded, int):
            return int.__int__(encoded)
        if isinstance(encoded, float):
            return float.__float__(encoded)
        raise TypeError

    def _revealed(self, data: object) -> Mark:
        if not isinstance(data, Revealed):
            raise PayloadError("a class imitates Airflow's encoding of secure_xcom.Secret")
        before = self._extensions
        content = self.stored(self.node(data.value))
        if self._extensions > before:
            raise PayloadError(
                "a Secret within an object can only hold what Airflow can serialise, and this one cannot"
            )
        return Mark(content)


def _own(leaf: object) -> Node:
    """Return a leaf of an exact type. A text that would be taken for a placeholder's is marked, and so sealed."""
    if type(leaf) is str and imitates(leaf):
        return Mark(leaf)
    return leaf  # type: ignore[return-value]  # one of the exact types


def _no_placeholder(node: dict[str, Node]) -> dict[str, Node]:
    """Return a node. Raises ``PayloadError`` if it would be taken for a placeholder that this push has made."""
    if Placeholder.claims(node):
        raise PayloadError("a value imitates a placeholder of secure-xcom")
    return node


def _is_named(value: tuple[object, ...]) -> bool:
    """Whether Airflow takes a tuple for a named one (serde, ``_is_namedtuple``)."""
    return all(hasattr(value, name) for name in ("_asdict", "_fields", "_field_defaults"))
