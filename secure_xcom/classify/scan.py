"""Walk a value and report its sensitive parts, outermost first.

Containers that Airflow shows element by element (dict, list, tuple) are walked, so that the rest of the value stays
readable. Sets, whose members have no position, are found whole. Any other object is looked at in Airflow's encoding
of it: its fields are the keys of a dict there.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

from secure_xcom.classify.names import EVERYTHING, RESERVED, WRAPPED
from secure_xcom.classify.policy import Policy
from secure_xcom.model.value import CLASSNAME, DATA, JSON, Finding, Path
from secure_xcom.secret import Secret

_RESERVED_KEYS = frozenset({CLASSNAME, "__id__"})
_OLD_ENCODING = frozenset({"__type", "__var"})
"""Keys by which Airflow's deserialiser takes a dict for its own encoding (airflow.sdk.serde, ``_convert``)."""


def scan(value: object, name: str, policy: Policy, encode: Callable[[object], JSON]) -> list[Finding]:
    """Report the sensitive parts of ``value``, which is pushed under the XCom key ``name``.

    No finding lies within another. ``encode`` is Airflow's serialisation, asked for objects other than containers;
    what it raises passes through. ``None`` is never sensitive: there is nothing to hide.
    """
    if policy.everything:
        return [] if value is None else [Finding(path=(), rule=EVERYTHING)]
    walk = _Walk(policy, encode)
    walk.visit(value, (), name)
    return walk.findings


class _Walk:
    def __init__(self, policy: Policy, encode: Callable[[object], JSON]) -> None:
        self.findings: list[Finding] = []
        self._policy = policy
        self._encode = encode
        # Rows of a table repeat their keys: each is looked up once a push.
        self._keys: dict[str, str | None] = {}

    def visit(self, node: object, path: Path, name: str | None) -> None:
        if node is None:
            return
        rule = self._rule_of(node, name)
        if rule is not None:
            self.findings.append(Finding(path=path, rule=rule))
        elif isinstance(node, dict):
            self._visit_dict(node, path)
        elif isinstance(node, (list, tuple)):
            # The fields of a named tuple are names too, though Airflow keeps only their order.
            names = getattr(node, "_fields", (None,) * len(node))
            for index, (field, child) in enumerate(zip(names, node, strict=True)):
                self.visit(child, (*path, index), field)
        elif isinstance(node, (set, frozenset)):
            self._visit_set(node, path)
        elif not isinstance(node, (str, bytes, bytearray, int, float)):
            encoded = self._encode(node)
            if (rule := self._rule_of_lost_names(node)) is not None:
                self.findings.append(Finding(path=path, rule=rule))
            else:
                self._visit_encoded(encoded, path)

    def _rule_of_lost_names(self, node: object) -> str | None:
        """The rule by which a name within an object is sensitive that Airflow's encoding does not keep.

        Such are the columns of a table, and the fields of a named tuple in a field of the object.
        """
        for name, child in _lost_names(node):
            if child is not None and (rule := self._policy.rule_of_name(name)) is not None:
                return rule
        return next((rule for child in _members(node) if (rule := self._rule_of_lost_names(child))), None)

    def _rule_of(self, node: object, name: str | None) -> str | None:
        if isinstance(node, Secret):
            return WRAPPED
        if name is not None and (rule := self._policy.rule_of_name(name)) is not None:
            return rule
        if isinstance(node, dict):
            return self._rule_of_keys(node)
        return self._rule_of_leaf(node)

    def _rule_of_leaf(self, node: object) -> str | None:
        if isinstance(node, str):
            return self._policy.rule_of_text(node)
        if isinstance(node, (bytes, bytearray)):
            return self._policy.rule_of_text(node.decode("latin-1"))
        if isinstance(node, (int, float)) and not isinstance(node, bool):
            # repr, not str: str refuses integers of more than 4,300 digits; so does repr, hence the guard.
            return self._policy.rule_of_text(repr(node)) if abs(node) < 1e300 else None
        return None

    def _rule_of_keys(self, node: dict[object, object]) -> str | None:
        if any(_holds_mark(key) for key in node):
            return WRAPPED
        if _is_reserved(node):
            return None if self._policy.marks_only else RESERVED
        return self._rule_of_texts(str(key) for key in node)

    def _rule_of_texts(self, texts: Iterable[str]) -> str | None:
        """The rule by which a dict's keys, which cannot be sealed one by one, hold a secret themselves."""
        for text in texts:
            if text not in self._keys:
                self._keys[text] = self._policy.rule_of_text(text)
            if (rule := self._keys[text]) is not None:
                return rule
        return None

    def _visit_dict(self, node: dict[object, object], path: Path) -> None:
        if not _is_reserved(node):
            for key, child in node.items():
                self.visit(child, (*path, str(key)), str(key))
        elif self._inner(node.values()):
            # Where marks are all that counts, such a dict is sealed for the marks in it, and whole.
            self.findings.append(Finding(path=path, rule=WRAPPED))

    def _visit_set(self, node: set[object] | frozenset[object], path: Path) -> None:
        if rules := self._inner(node):
            self.findings.append(Finding(path=path, rule=WRAPPED if WRAPPED in rules else rules[0]))

    def _inner(self, nodes: Iterable[object]) -> list[str]:
        """The rules by which something in ``nodes``, which cannot be sealed one by one, is sensitive."""
        inner = _Walk(self._policy, self._encode)
        for node in nodes:
            inner.visit(node, (), None)
        return [finding.rule for finding in inner.findings]

    def _visit_fields(self, node: dict[str, JSON], path: Path) -> None:
        for key, child in node.items():
            rule = self._policy.rule_of_name(key) if child is not None else None
            if rule is not None:
                self.findings.append(Finding(path=(*path, key), rule=rule))
            else:
                self._visit_encoded(child, (*path, key))

    def _visit_encoded(self, node: JSON, path: Path) -> None:
        """Walk Airflow's encoding of an object, in which the reserved keys are Airflow's."""
        if isinstance(node, dict) and CLASSNAME in node:
            if node[CLASSNAME] == Secret.CLASSNAME:
                self.findings.append(Finding(path=path, rule=WRAPPED))
            else:
                self._visit_encoded(node.get(DATA), (*path, DATA))
        elif isinstance(node, dict):
            if (rule := self._rule_of_texts(node)) is not None:
                self.findings.append(Finding(path=path, rule=rule))
            else:
                self._visit_fields(node, path)
        elif isinstance(node, list):
            for index, child in enumerate(node):
                self._visit_encoded(child, (*path, index))
        elif (rule := self._rule_of_leaf(node)) is not None:
            self.findings.append(Finding(path=path, rule=rule))


def _lost_names(node: object) -> Iterable[tuple[str, object]]:
    if isinstance(node, tuple):
        return zip(getattr(node, "_fields", ()), node, strict=False)
    columns = getattr(node, "columns", ())
    return ((str(name), node) for name in columns) if isinstance(columns, Iterable) else ()


def _members(node: object) -> Iterable[object]:
    if isinstance(node, dict):
        return node.values()
    if isinstance(node, (list, tuple, set, frozenset)):
        return node
    fields = dataclasses.fields(node) if dataclasses.is_dataclass(node) else getattr(type(node), "__attrs_attrs__", ())
    return [getattr(node, field.name, None) for field in fields]


def _holds_mark(key: object) -> bool:
    members = key if isinstance(key, (tuple, frozenset)) else ()
    return isinstance(key, Secret) or any(_holds_mark(member) for member in members)


def _is_reserved(node: dict[object, object]) -> bool:
    """Whether Airflow's serialiser would refuse ``node``, take it for its own encoding, or lose one of its keys."""
    texts = {str(key) for key in node}
    return len(texts) != len(node) or not _RESERVED_KEYS.isdisjoint(texts) or texts >= _OLD_ENCODING
