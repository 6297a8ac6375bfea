"""``Walk``: one look at an encoded value, which selects its sensitive parts, outermost first.

What is walked is Airflow's encoding, the tree that the database would hold: dicts and lists element by element, so that
the rest of the value stays readable, and objects below their data. What the encoding loses, such as the columns and the
cells of a table, comes with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import EllipsisType
from typing import TYPE_CHECKING, Final, cast

from secure_xcom.classify.columns import is_opaque, rows_of, unclear
from secure_xcom.classify.held import HeldSearch, first_rule
from secure_xcom.classify.names import NAME_CONFIGURED, OF_TEXTS, REGISTERED, RESERVED, WRAPPED
from secure_xcom.classify.neighbours import Neighbours
from secure_xcom.classify.paths import States, advance, matches
from secure_xcom.classify.pieces import text_of_number, texts_of
from secure_xcom.classify.section_walk import SectionWalk
from secure_xcom.classify.shapes import has_shape, is_object
from secure_xcom.classify.suspects import ALL, Suspects
from secure_xcom.model.placeholder import STAND_IN
from secure_xcom.model.value import (
    CLASSNAME,
    DATA,
    OLD_ENCODING,
    Extension,
    ExtensionKind,
    Mark,
    Node,
    Selection,
)

if TYPE_CHECKING:
    from secure_xcom.classify.lost import LostLike, LostOf
    from secure_xcom.classify.policy import Policy


_KEY_IDS: Final = frozenset(("content-aws-access-key-id", "content-alibaba-access-key-id"))

Place = tuple[States, States]
"""What is left at a node of the operator's patterns of paths: of the sensitive ones, and of the ignored ones."""


class Walk(SectionWalk):
    """A level of the value takes two frames of Python's stack, so that what Airflow itself can nest has room on it."""

    def __init__(self, policy: Policy, lost_of: LostOf | None, sealed: Node, suspected: Suspects) -> None:
        self._suspects = suspected
        self._policy = policy
        self._sealed = sealed
        self._lost_of = lost_of
        self._held: HeldSearch | None = None
        # Rows of a table repeat their keys: each is looked up once a push.
        self._words: dict[str, str | None] = {}
        self._neighbours = Neighbours(sealed) if policy.shapes else None
        self._names = policy.names
        self.place: Place = policy.sensitive_paths.start, policy.ignored_paths.start
        self.has_paths = any(self.place)

    def begin(self, tree: Node, name: str, tables: Sequence[Sequence[str]] = ()) -> Selection | None:
        """Select what is sensitive in the whole of a value that is pushed under ``name``.

        ``tables`` has the names of the columns of what a task fetched from a database, if that is known.
        """
        if tables and self._neighbours:
            self._neighbours.note_tables(tree, tables)
        if self.has_paths:
            self.step_from(self.place, name, name)
        return self.visit(tree, name)

    def step_from(self, place: Place, step: str | int, name: str | None) -> None:
        """Go to what stands one step below ``place``, where the operator's paths may match."""
        sensitive, ignored = place
        self.place = advance(sensitive, step), advance(ignored, step)
        if name and name != step:
            # A field of a named tuple has a position and a name.
            self.place = self.place[0] | advance(sensitive, name), self.place[1] | advance(ignored, name)

    def visit(self, node: Node, name: str | None, others: Sequence[str] = ()) -> Selection | None:
        """Select what is sensitive in a node called ``name``, and ``others`` too."""
        if node is None or node is self._sealed or node is STAND_IN:
            return None
        if isinstance(node, Mark):
            return WRAPPED
        if (self.has_paths or self._names.has_ignored) and self._is_ignored(name):
            return self._ignored_search_of(node)(node)
        if self.has_paths and matches(self.place[0]):
            return NAME_CONFIGURED
        if name is not None and (rule := self._names.rule_of(name, node)) is not None:
            return self.in_parts(node, rule, name)
        if others and (rule := self._rule_of_names(others, node)) is not None:
            return rule
        if isinstance(node, str):
            return self._rule_of_suspect(node, name) if id(node) in self._suspects.texts else None
        inner = self.with_its_key(node, name, self._search_of(node)(node))
        if inner is not None and self.is_harmless_group(node, name):
            return None
        rule = None if inner is None else self._rule_of_names((name or "", *others), ...)
        if rule is None or rule in OF_TEXTS:
            return inner
        # What looked harmless is not. To seal a part of it alone would leave a container that looks sensitive.
        return rule if others else self.in_parts(node, rule, name)

    def _rule_of_suspect(self, text: str, name: str | None) -> str | None:
        rule = self._policy.rule_of_text(text)
        if rule not in _KEY_IDS or name is None:
            return rule
        from secure_xcom.classify.descriptions import is_id_of_a_key

        return None if is_id_of_a_key(name, text) else rule

    def _rule_of_lost(self, lost: LostLike) -> str | None:
        """Return the rule by which an object is sensitive by what its encoding loses."""
        if self._held is None:
            # Only now: it leads back to this walk, and the garbage of most walks needs no collection.
            self._held = HeldSearch(self._policy, self.visit_unseen, self.rule_of_word)
        return self._held.rule_of(lost)

    def visit_unseen(self, node: Node) -> Selection | None:
        """Select what is sensitive in a node outside the tree, whose texts ``suspects`` has not seen."""
        suspected, self._suspects = self._suspects, ALL
        try:
            return self.visit(node, None)
        finally:
            self._suspects = suspected

    def is_sealable(self, key: str, child: Node) -> bool:
        return not self.is_nothing(child) and not matches(advance(self.place[1], key)) and not self._names.ignores(key)

    def is_nothing(self, node: Node) -> bool:
        """Whether nothing is to be hidden: there is nothing, or what stands for a sealed part."""
        return node is None or node is self._sealed or node is STAND_IN

    def _is_ignored(self, name: str | None) -> bool:
        return matches(self.place[1]) or (name is not None and self._names.ignores(name))

    def _search_of(self, node: Node) -> Callable[..., Selection | None]:
        """Return what looks into a node that is neither a text nor marked."""
        if isinstance(node, dict):
            return self._of_object if is_object(node) else self._of_dict
        if isinstance(node, list):
            return self._of_list
        return self._of_extension if isinstance(node, Extension) else self._rule_of_number

    def _ignored_search_of(self, node: Node) -> Callable[..., Selection | None]:
        """Return what looks for marks and registered texts alone: the operator says that it has no name."""
        if isinstance(node, str):
            return self._rule_of_ignored_text
        return self._of_ignored_list if isinstance(node, list) else self._search_of(node)

    def _rule_of_ignored_text(self, text: str) -> str | None:
        return REGISTERED if self._policy.holds_registered_secret(text) else None

    def _of_ignored_list(self, items: list[Node]) -> Selection | None:
        if self._neighbours:
            self._neighbours.of_list(items)
        selected: dict[str | int, Selection] = {}
        place = self.place
        for position, item in enumerate(items):
            # What stands deeper has names and paths of its own.
            if self.has_paths:
                self.step_from(place, position, None)
            inner = self._rule_of_ignored_text(item) if isinstance(item, str) else self.visit(item, None)
            if inner is None and not self.is_nothing(item) and matches(self.place[0]):
                inner = NAME_CONFIGURED
            self.place = place
            if inner is not None:
                selected[position] = inner
        return selected or None

    def _of_dict(self, node: dict[str, Node]) -> Selection | None:
        lost = self._lost_of(node) if self._lost_of else None
        if lost is not None and (rule := self._rule_of_lost(lost)) is not None:
            return rule
        aliases = lost.aliases if lost else {}
        if not aliases and (named := self._named_in(node)) is not None and not named:
            children = [*node.values()]
            if not self._has_opaque(node) and unclear(children, self._suspects.texts, self._sealed) == ():
                return None
        shape = self._neighbours.of_dict(node) if self._neighbours else None
        selected: dict[str | int, Selection] = {}
        place = self.place
        for key, child in node.items():
            if key in self._suspects.keys and (rule := self.rule_of_word(key)) is not None:
                # A key cannot be sealed by itself.
                return rule
            others = aliases[key] if key in aliases else shape.names.get(key, ()) if shape else ()
            if self.has_paths:
                self.step_from(place, key, key)
            inner = self.visit(child, key, others)
            self.place = place
            if shape is not None and key in shape.whole and self.is_sealable(key, child):
                inner = self.of_kind(key, child, shape.whole[key], inner)
            if inner is not None and not self.is_reference(key, child, node):
                selected[key] = inner
        if selected and (CLASSNAME in node or node.keys() >= OLD_ENCODING):
            # Airflow's deserialiser may take it for an object, in which a placeholder would be a wrong field.
            return first_rule(selected)
        return selected or None

    def _named_in(self, row: dict[str, Node]) -> Sequence[str] | None:
        """Return the keys that name something sensitive, if nothing but names matters in a dict's keys."""
        keys, suspected = tuple(row), self._suspects.keys
        if self.has_paths or self._names.has_ignored or CLASSNAME in row or row.keys() >= OLD_ENCODING:
            return None
        if self._neighbours is not None and has_shape(keys):
            return None
        if not suspected.isdisjoint(keys) and any(key in suspected and self.rule_of_word(key) for key in keys):
            return None
        return self._names.sensitive_among(keys)

    def _has_opaque(self, node: dict[str, Node]) -> bool:
        """Whether something that may look random stands under a name that nobody lists."""
        return any(is_opaque(node[key]) for key in self._names.unlisted_among(tuple(node)))

    def _plain_rows_of(self, items: list[Node]) -> Sequence[dict[str, Node]]:
        """Return the rows of a list if nothing of them is lost: each may have aliases, of its own class."""
        rows = rows_of(items)
        return () if self._lost_of is not None and any(map(self._lost_of, rows)) else rows

    def _of_rows(self, rows: Sequence[dict[str, Node]], named: Sequence[str]) -> dict[int, Selection] | None:
        """Select by columns: of thousands of rows with the same keys most columns are harmless at one look.

        ``None`` stands for rows that hold more than leaves: a look into these takes no frame more than it has to.
        """
        selected: dict[int, dict[str | int, Selection]] = {}
        unlisted = self._names.unlisted_among(tuple(rows[0]))
        for key in rows[0]:
            column = [row[key] for row in rows]
            if (positions := unclear(column, self._suspects.texts, self._sealed)) is None:
                return None
            is_named = key in named or (key in unlisted and any(map(is_opaque, column)))
            for position in range(len(column)) if is_named else positions:
                if (node := column[position]) is STAND_IN or (rule := self.visit(node, key)) is None:
                    continue
                if not self.is_reference(key, node, rows[position]):
                    selected.setdefault(position, {})[key] = rule
        return {position: selected[position] for position in sorted(selected)}

    def _of_list(self, node: list[Node]) -> Selection | None:
        lost = self._lost_of(node) if self._lost_of else None
        if lost is not None and (rule := self._rule_of_lost(lost)) is not None:
            return rule
        names: Sequence[str] = lost.fields if lost else ()
        if not names and self._neighbours:
            names = self._neighbours.of_list(node)
        more = self._neighbours.more_names_of(node) if self._neighbours else ()
        if not (names or more or lost) and (rows := self._plain_rows_of(node)):
            named = self._named_in(rows[0])
            found = None if named is None else self._of_rows(rows, named)
            if found is not None:
                return cast("Selection", found) or None
        selected: dict[str | int, Selection] = {}
        place = self.place
        for position, child in enumerate(node):
            name = names[position] if position < len(names) else None
            if self.has_paths:
                self.step_from(place, position, name)
            others = [names[position] for names in more if position < len(names)] if more else ()
            inner = self.visit(child, name, others)
            self.place = place
            if inner is not None:
                selected[position] = inner
        return selected or None

    def _of_object(self, node: dict[str, Node]) -> Selection | None:
        lost = self._lost_of(node) if self._lost_of else None
        if lost is not None and (rule := self._rule_of_lost(lost)) is not None:
            return rule
        classname = node[CLASSNAME]
        if id(classname) in self._suspects.texts and (rule := self.rule_of_word(str(classname))) is not None:
            return rule
        inner = self.visit(node[DATA], None)
        return None if inner is None else {DATA: inner}

    def _rule_of_names(self, names: Sequence[str], node: Node | EllipsisType) -> str | None:
        return next((rule for name in names if (rule := self._names.rule_of(name, node)) is not None), None)

    def _of_extension(self, node: Extension) -> Selection | None:
        lost = self._lost_of(node) if self._lost_of else None
        if lost is not None and (rule := self._rule_of_lost(lost)) is not None:
            return rule
        if node.kind is ExtensionKind.PAIRS:
            if not self._policy.marks_only:
                return RESERVED
            inner = self._of_list(node.content) if isinstance(node.content, list) else None
            return None if inner is None else first_rule(inner)
        if isinstance(node.content, (bytes, bytearray)):
            return next(filter(None, map(self._policy.rule_of_text, texts_of(node.content))), None)
        return None

    def _rule_of_number(self, node: Node) -> str | None:
        text = text_of_number(node)
        return REGISTERED if text and self._policy.holds_registered_secret(text) else None

    def rule_of_word(self, text: str) -> str | None:
        """The rule by which a key, a column or a class's name holds a secret itself."""
        if text not in self._words:
            self._words[text] = self._policy.rule_of_text(text)
        return self._words[text]
