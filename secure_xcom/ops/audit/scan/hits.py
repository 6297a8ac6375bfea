"""``Searcher``: the secrets in one value, by the rules of a push."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from secure_xcom.classify import Policy, scan_row
from secure_xcom.classify.content.named_values import ID as NAMED_VALUE
from secure_xcom.classify.content.text_tables import ID as TEXT_TABLE
from secure_xcom.classify.paths import PathPatterns
from secure_xcom.classify.rules import HARD_CODED, KNOWN_FERNET_KEY, PLAIN_PASSWORD
from secure_xcom.errors import ConfigurationError, PayloadError, translated
from secure_xcom.model.origin import Origin
from secure_xcom.model.value import Path, findings_of
from secure_xcom.ops.audit.scan.fernet import is_encrypted, opens_with_known_key
from secure_xcom.ops.audit.scan.parsing import SEALED_NODE, parsed
from secure_xcom.ops.audit.scan.prefilter import Explain
from secure_xcom.ops.audit.scan.sources import Column, Form
from secure_xcom.ops.explain.value import masked_path
from secure_xcom.ops.tune.source import Kind, findings_in_source
from secure_xcom.payload.stored_frames import StoredFrames

if TYPE_CHECKING:
    from secure_xcom.classify.content.matching import Match
    from secure_xcom.model.value import Node

_CONTENT: Final = "content-"

_BY_NAME: Final = frozenset({NAMED_VALUE, TEXT_TABLE})
"""What is a secret by a name beside it, and may be a token too, which tells more."""

_BEGINNING: Final = 64
"""Characters among which a text shows whether it may be JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A secret in a value. It never leaves the scan: findings have its fingerprint and its look."""

    rule: str
    secret: Node = field(repr=False)
    part: str = ""
    line: int = 0


class Unparsed(Exception):  # noqa: N818 - what was found, and no error of anybody's
    """A value of a column of JSON is not JSON, or cannot be taken apart here; ``reason`` says what it is."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Searcher:
    """Searches values. ``policy`` judges as a push does; ``explain`` tells where in a text its contents match."""

    def __init__(self, policy: Policy, explain: Explain) -> None:
        self._policy = policy
        self._explain = explain
        self._of_columns: dict[str, Policy] = {}

    def in_value(self, text: str, column: Column, name: str, task_id: str = "") -> Iterator[Hit]:
        """Yield the secrets of a value that is called ``name``. Raises ``Unparsed`` for a damaged one, before any.

        ``task_id`` is the task that pushed an XCom.
        """
        if column.is_encryptable and is_encrypted(text):
            if opens_with_known_key(text):
                yield Hit(rule=KNOWN_FERNET_KEY, secret=text)
        elif column.form is Form.PASSWORD:
            yield Hit(rule=PLAIN_PASSWORD, secret=text)
        elif column.form is Form.JSON:
            yield from self._in_json(text, name, self._policy_of(column), task_id)
        elif column.form is Form.PYTHON:
            yield from self._in_python(text)
        elif column.form is Form.TEXT:
            yield from self._in_text_or_json(text, name)
        else:
            yield from self.in_text(text, "")

    def is_suspicious_name(self, name: str) -> bool:
        """Whether what stands under a name has to be looked at, whatever it is."""
        return self._policy.names.rule_of(name) is not None

    def rule_of_name(self, name: str) -> str | None:
        """The rule by which a name is a secret itself."""
        return self._policy.rule_of_text(name)

    def in_unnamed(self, text: str) -> Iterator[Hit]:
        """Yield the secrets in a plain text that has no name."""
        return self.in_text(text, "")

    def in_text(self, text: str, name: str) -> Iterator[Hit]:
        """Yield the secrets in a plain text; lines count from 1."""
        part = self._shown(name, ())
        if name and not self._policy.names.ignores(name) and (rule := self._policy.names.rule_of(name, text)):
            yield Hit(rule=rule, secret=text, part=part)
            return
        is_found = False
        line, counted = 1, 0
        for rule, start, stop in self._told(text):
            is_found = True
            line, counted = line + text.count("\n", counted, start), start
            yield Hit(rule=_CONTENT + rule, secret=text[start:stop], part=part, line=line)
        if not is_found and (other := self._policy.rule_of_text(text)) is not None:
            yield Hit(rule=other, secret=text, part=part, line=1)

    def _in_text_or_json(self, text: str, name: str) -> Iterator[Hit]:
        if text[:_BEGINNING].lstrip()[:1] in ("{", "[", '"'):
            try:
                yield from self._in_json(text, name, self._policy)
            except Unparsed:
                # A text may begin like JSON.
                yield from self.in_text(text, name)
        else:
            yield from self.in_text(text, name)

    def _policy_of(self, column: Column) -> Policy:
        if not column.ids:
            return self._policy
        if column.name not in self._of_columns:
            ignored = self._policy.ignored_paths | PathPatterns(column.ids)
            self._of_columns[column.name] = replace(self._policy, ignored_paths=ignored)
        return self._of_columns[column.name]

    def _in_json(self, text: str, name: str, policy: Policy, task_id: str = "") -> Iterator[Hit]:
        with translated((ValueError, RecursionError, PayloadError), into=_unparsed):
            tree = parsed(text)
            lost_of, origin = StoredFrames(tree).of, Origin(task_id=task_id)
            selection = scan_row(tree, name, policy, SEALED_NODE, lost_of=lost_of, origin=origin)
        for finding in findings_of(selection):
            node = _node_at(tree, finding.path)
            yield from self._at(node, finding.rule, self._shown(name, finding.path))

    def _at(self, node: Node, rule: str, part: str) -> Iterator[Hit]:
        """Yield the secrets of a text that its contents give away one by one, and any other part as a whole."""
        spans = self._told(node) if isinstance(node, str) and rule.startswith(_CONTENT) else ()
        for other, start, stop in spans:
            yield Hit(rule=_CONTENT + other, secret=str(node)[start:stop], part=part)
        if not spans:
            yield Hit(rule=rule, secret=node, part=part)

    def _in_python(self, text: str) -> Iterator[Hit]:
        try:
            found = findings_in_source(text, self._policy)
        except ConfigurationError:
            # It does not parse: an older Python, or a template.
            yield from self.in_text(text, "")
            return
        lines = text.split("\n")
        for one in found:
            if one.kind is Kind.LITERAL:
                line = lines[one.line - 1].strip() if one.line <= len(lines) else ""
                yield Hit(rule=one.rule or HARD_CODED, secret=line, part=one.name, line=one.line)

    def _told(self, text: str) -> list[Match]:
        """Return the matches in a text, each secret once: what a token looks like tells more than its name."""
        # They come in their order, and a text may be made of them: each is compared with the last one of a form alone.
        told: list[Match] = []
        end = 0
        for match in sorted(self._explain(text), key=lambda match: (match[1], match[0] in _BY_NAME, -match[2])):
            rule, start, stop = match
            if rule not in _BY_NAME:
                if told and told[-1][0] in _BY_NAME and start < told[-1][2]:
                    told.pop()
                end = max(end, stop)
            elif start < end:
                continue
            told.append(match)
        return told

    def _shown(self, name: str, path: Path) -> str:
        return masked_path(name, path, self.rule_of_name)


def text_of(secret: Node) -> str:
    """Return a secret as the text that its fingerprint is made of."""
    return secret if isinstance(secret, str) else json.dumps(secret, sort_keys=True, default=str)


def _unparsed(error: Exception) -> Unparsed:
    if isinstance(error, PayloadError):
        return Unparsed("a data frame, which only pyarrow can read")
    return Unparsed("nested too deeply" if isinstance(error, RecursionError) else "not JSON")


def _node_at(tree: Node, path: Path) -> Node:
    node = tree
    for step in path:
        node = node[step]  # type: ignore[index]  # the path was found in this tree
    return node
