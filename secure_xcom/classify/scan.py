"""Walk an encoded value and select its sensitive parts, outermost first.

What is walked is Airflow's encoding, the tree that the database would hold: dicts and lists element by element, so that
the rest of the value stays readable, and objects below their data. Names that the encoding loses, such as the columns
of a table, come with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from secure_xcom.classify.names import EVERYTHING, RESERVED, WRAPPED
from secure_xcom.model.value import CLASSNAME, DATA, OBJECT, VERSION, Extension, ExtensionKind, Mark, Node, Selection

if TYPE_CHECKING:
    from secure_xcom.classify.policy import Policy

_OLD_ENCODING = frozenset({"__type", "__var"})
"""Keys by which Airflow's deserialiser takes a dict for its own encoding (airflow.sdk.serde, ``_convert``)."""

NamesOf = Callable[[object], Sequence[str]]
"""Returns the names of a node that its encoding loses; of a list's node, those of its items in their order."""

TextsOf = Callable[[object], Sequence[str]]
"""Returns the texts of an object's node that its encoding does not show, such as a table's cells."""


def _nothing(_: object) -> tuple[str, ...]:
    return ()


def scan(
    tree: Node,
    name: str,
    policy: Policy,
    names_of: NamesOf = _nothing,
    texts_of: TextsOf = _nothing,
    *,
    sealed: Node = None,
) -> Selection | None:
    """Select the sensitive parts of a value that is pushed under the XCom key ``name``; ``None`` if nothing is.

    No selected part lies within another. ``None`` is never sensitive: there is nothing to hide. Nor is ``sealed``, the
    node that stands for sealed parts already: that one object, and none that looks like it.
    """
    if tree is None or tree is sealed:
        return None
    if policy.everything:
        return EVERYTHING
    return _Walk(policy, names_of, texts_of, sealed).visit(tree, name)


class _Walk:
    def __init__(self, policy: Policy, names_of: NamesOf, texts_of: TextsOf, sealed: Node) -> None:
        self._policy = policy
        self._sealed = sealed
        self._names_of = names_of
        self._texts_of = texts_of
        # Rows of a table repeat their keys: each is looked up once a push.
        self._keys: dict[str, str | None] = {}

    def visit(self, node: Node, name: str | None) -> Selection | None:
        if node is None or node is self._sealed:
            return None
        if isinstance(node, Mark):
            return WRAPPED
        if name is not None and (rule := self._policy.rule_of_name(name)) is not None:
            return rule
        if isinstance(node, dict):
            return self._of_object(node) if _is_object(node) else self._of_dict(node)
        if isinstance(node, list):
            return self._of_list(node)
        if isinstance(node, Extension):
            return self._of_extension(node)
        return self._rule_of_leaf(node)

    def _of_dict(self, node: dict[str, Node]) -> Selection | None:
        selected: dict[str | int, Selection] = {}
        for key, child in node.items():
            if (rule := self._rule_of_key(key)) is not None:
                # A key cannot be sealed by itself.
                return rule
            inner = self.visit(child, key)
            if inner is not None:
                selected[key] = inner
        if selected and (CLASSNAME in node or node.keys() >= _OLD_ENCODING):
            # Airflow's deserialiser may take it for an object, in which a placeholder would be a wrong field.
            return _first(selected)
        return selected or None

    def _of_list(self, node: list[Node]) -> Selection | None:
        names, selected = self._names_of(node), dict[str | int, Selection]()
        for position, child in enumerate(node):
            inner = self.visit(child, names[position] if position < len(names) else None)
            if inner is not None:
                selected[position] = inner
        return selected or None

    def _of_object(self, node: dict[str, Node]) -> Selection | None:
        if (rule := self._rule_of_key(str(node[CLASSNAME]))) is not None:
            return rule
        for name in self._names_of(node):
            # The columns of a table stand nowhere in its data: the whole of it is sensitive.
            if (rule := self._policy.rule_of_name(name) or self._rule_of_key(name)) is not None:
                return rule
        if not self._policy.marks_only:
            for text in self._texts_of(node):
                if (rule := self._policy.rule_of_text(text)) is not None:
                    return rule
        inner = self.visit(node[DATA], None)
        return None if inner is None else {DATA: inner}

    def _of_extension(self, node: Extension) -> Selection | None:
        if node.kind is ExtensionKind.PAIRS:
            if not self._policy.marks_only:
                return RESERVED
            inner = self._of_list(node.content) if isinstance(node.content, list) else None
            return None if inner is None else _first(inner)
        if isinstance(node.content, (bytes, bytearray)):
            return self._policy.rule_of_text(node.content.decode("latin-1"))
        return None

    def _rule_of_leaf(self, node: bool | float | str) -> str | None:
        if isinstance(node, str):
            return self._policy.rule_of_text(node)
        # repr, not str: str refuses integers of more than 4,300 digits; so does repr, hence the guard.
        if isinstance(node, bool) or not abs(node) < 1e300:
            return None
        return self._policy.rule_of_text(repr(node))

    def _rule_of_key(self, text: str) -> str | None:
        """The rule by which a key holds a secret itself."""
        if text not in self._keys:
            self._keys[text] = self._policy.rule_of_text(text)
        return self._keys[text]


def _is_object(node: dict[str, Node]) -> bool:
    """Whether Airflow has encoded an object. A dict of the user's may have these keys too, if its own print as them."""
    return node.keys() == OBJECT and isinstance(node[CLASSNAME], str) and type(node[VERSION]) is int


def _first(selection: Selection) -> str:
    while not isinstance(selection, str):
        selection = next(iter(selection.values()))
    return selection
