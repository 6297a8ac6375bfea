"""``require_nothing_hidden``: pydantic writes asterisks in the place of a secret, and the value would be lost."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from secure_xcom.errors import PayloadError
from secure_xcom.model.value import CLASSNAME, DATA
from secure_xcom.payload.foreign import hint, text_of

if TYPE_CHECKING:
    from secure_xcom.model.value import Node
    from secure_xcom.payload.members import Member

_ASTERISKS: Final = "**********"
"""What pydantic writes for a SecretStr, a SecretBytes and its ``Secret``; a subclass of the latter may write more."""

_SPARE: Final = 64
"""Members without a node of their own that are looked at in each object, besides those of its encoding's size."""

_DISPLAYS: Final = frozenset({"_display", "__str__"})
_KINDS: Final = ("SecretStr", "SecretBytes", "Secret")


def require_nothing_hidden(value: object, node: Node) -> None:
    """Raise ``PayloadError`` if ``node``, Airflow's encoding of ``value``, has asterisks in the place of a secret.

    A text counts if pydantic's object that it was made of prints as that text. Linear in the encoding.
    """
    pydantic = sys.modules.get("pydantic")
    if pydantic is None:
        return
    look = _Look(tuple(getattr(pydantic, name) for name in _KINDS if hasattr(pydantic, name)))
    if look.may_hide(node) and look.is_hidden(value, node):
        raise PayloadError(
            "a pydantic SecretStr or SecretBytes cannot go through an XCom: Airflow's encoding holds asterisks in its "
            "place. Use str for the field, whose name or secure_xcom.Secret has it sealed"
        )


class _Look:
    def __init__(self, kinds: tuple[type, ...]) -> None:
        self._kinds = kinds
        self._any_text = any(_displays(kind) for kind in kinds)

    def may_hide(self, root: Node) -> bool:
        """Whether a text in an encoding may stand for a secret."""
        return any(True for _ in self._suspects(root))

    def is_hidden(self, root: object, root_node: Node) -> bool:
        """Whether a text does stand for a secret: of each member the node is known, or what is left of the nodes."""
        from secure_xcom.payload.members import split

        waiting = [(root, root_node)]
        while waiting:
            value, node = waiting.pop()
            if isinstance(node, dict) and node.keys() >= {CLASSNAME, DATA}:
                node = node[DATA]
            if isinstance(value, self._kinds):
                if isinstance(node, str) and self._stands_for(value, frozenset((node,))):
                    return True
                continue
            pairs, lost, left = split(value, node, self.may_hide)
            waiting.extend(pairs)
            if lost and self._is_among(lost, left):
                return True
        return False

    def _suspects(self, root: Node) -> Iterator[str]:
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if isinstance(node, str) and (self._any_text or node == _ASTERISKS):
                yield node
            elif isinstance(node, dict):
                waiting.extend(node.values())
            elif isinstance(node, list):
                waiting.extend(node)

    def _is_among(self, lost: list[object], left: list[Node]) -> bool:
        """Whether one of these members is a secret that prints as a text in one of these nodes."""
        from secure_xcom.payload.members import is_leaf, members_of

        texts = frozenset(text for node in left for text in self._suspects(node))
        budget = _SPARE + 4 * sum(map(_size, left))
        waiting, seen = lost, dict[int, object]()
        while waiting and budget > 0:
            value = waiting.pop()
            budget -= 1
            if isinstance(value, self._kinds) and self._stands_for(value, texts):
                return True
            # Airflow has used an iterator up: what it gave is not known.
            if isinstance(value, Iterator) and _ASTERISKS in texts:
                return True
            # Kept beside its id, which is only unique while the object lives.
            if not is_leaf(value) and id(value) not in seen:
                seen[id(value)] = value
                members = islice(map(_value_of, members_of(value)), budget)
                waiting.extend(hint(lambda members=members: [*members], list[object]()))  # type: ignore[misc]
        return False

    def _stands_for(self, secret: Any, texts: frozenset[str]) -> bool:  # noqa: ANN401 - a class of pydantic's
        """Whether pydantic writes one of these texts for a secret, which is another one."""
        content = hint(secret.get_secret_value, None)
        written = texts & {_ASTERISKS, hint(lambda: text_of(secret), _ASTERISKS)}
        return any(content not in (text, text.encode(errors="replace")) for text in written)


def _displays(kind: type) -> bool:
    """Whether a class that inherits from one of pydantic's prints something else."""
    waiting: list[type] = kind.__subclasses__()
    while waiting:
        subclass = waiting.pop()
        if not str(subclass.__module__).startswith("pydantic.") and not _DISPLAYS.isdisjoint(vars(subclass)):
            return True
        waiting.extend(subclass.__subclasses__())
    return False


def _value_of(member: Member) -> object:
    return member.value


def _size(root: Node) -> int:
    waiting, size = [root], 0
    while waiting:
        node = waiting.pop()
        size += 1
        if isinstance(node, dict):
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return size
