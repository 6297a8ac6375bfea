"""The labelled shapes and configuration files of ``tests/data``, as values and as texts.

A scanner of texts reports lines, and a labelled value stands on a line of its own. So each case knows the line of each
of its values, in a text of the format that the value came in.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from secure_xcom.classify.content.invention import invent
from secure_xcom.model.origin import UNKNOWN, Origin
from secure_xcom.model.value import Node

DATA = Path(__file__).parents[2] / "tests" / "data"
HALVES = {"development": "development.json", "held out": "held_out.json"}

Steps = tuple[str | int, ...]

_PLAIN = re.compile(r"[A-Za-z/$_.@+][^\n\t#:\"'{}\[\],&*!|>%`\\]*(?::[^\n\t #:\"'{}\[\],&*!|>%`\\][^\n\t#:\"'{}\\]*)*")
"""A text that YAML reads as it stands."""

_WORDS_OF_YAML = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"))
_WITH_SECTIONS = frozenset(("ini", "toml"))


@dataclass(frozen=True, slots=True)
class Case:
    """A value with labelled parts; ``labels`` says of each whether it is a secret. Doubtful parts have no label."""

    id: str
    key: str
    value: Node
    labels: dict[Steps, bool]
    suffix: str = ".json"
    guessable: frozenset[Steps] = frozenset()
    """Secrets that anybody could guess, such as ``postgres``."""
    origin: Origin = UNKNOWN
    """How the task made it, for values whose draw tells."""

    def at(self, steps: Steps) -> Node:
        """Return a part of the value."""
        node = self.value
        for step in steps:
            node = dict(_children(node))[step]
        return node

    def text(self) -> tuple[str, dict[Steps, range]]:
        """Return the value as a file of its format, and the lines on which each labelled part stands."""
        writer = _Writer()
        if self.suffix == ".json":
            writer.json({self.key: self.value}, ())
            lines = {steps[1:]: lines for steps, lines in writer.lines.items()}
        elif self.suffix in (".yaml", ".yml"):
            writer.yaml(self.value, (), 0)
            lines = writer.lines
        else:
            writer.flat(self.value, self.suffix)
            lines = writer.lines
        return "\n".join(writer.written) + "\n", {steps: lines[steps] for steps in self.labels if steps in lines}


@dataclass(slots=True)
class _Writer:
    written: list[str] = field(default_factory=list)
    lines: dict[Steps, range] = field(default_factory=dict)

    def _add(self, text: str, steps: Steps) -> None:
        start = len(self.written) + 1
        self.written += text.split("\n")
        self.lines[steps] = range(start, len(self.written) + 1)

    def json(self, node: Node, steps: Steps, before: str = "", after: str = "", indent: int = 0) -> None:
        pad = " " * indent
        children = list(_children(node))
        if not children:
            self._add(f"{pad}{before}{json.dumps(node, ensure_ascii=False)}{after}", steps)
            return
        first, last = ("{", "}") if isinstance(node, dict) else ("[", "]")
        self.written.append(f"{pad}{before}{first}")
        for number, (step, child) in enumerate(children):
            name = f"{json.dumps(step)}: " if isinstance(step, str) else ""
            self.json(child, (*steps, step), name, "," if number < len(children) - 1 else "", indent + 2)
        self.written.append(f"{pad}{last}{after}")

    def yaml(self, node: Node, steps: Steps, indent: int) -> None:
        pad = " " * indent
        for step, child in _children(node):
            before = f"{pad}{_scalar(step)}:" if isinstance(step, str) else f"{pad}-"
            if list(_children(child)):
                self.written.append(before)
                self.yaml(child, (*steps, step), indent + 2)
            elif isinstance(child, str) and "\n" in child:
                inner = "\n".join(f"{pad}  {line}" for line in child.rstrip("\n").split("\n"))
                self._add(f"{before} |\n{inner}", (*steps, step))
            else:
                self._add(f"{before} {_scalar(child)}", (*steps, step))

    def flat(self, node: Node, suffix: str, steps: Steps = ()) -> None:
        sections = suffix.removeprefix(".") in _WITH_SECTIONS
        for step, child in _children(node):
            inner = (*steps, step)
            if list(_children(child)):
                if sections:
                    self.written.append(f"[{'.'.join(map(str, inner))}]")
                self.flat(child, suffix, inner)
                continue
            name = str(step) if sections else ".".join(map(str, inner))
            text = child if isinstance(child, str) else json.dumps(child)
            is_quoted = suffix in (".toml", ".tfvars") and isinstance(child, str)
            between = " = " if suffix in (".toml", ".tfvars", ".ini") else "="
            self._add(f"{name}{between}{json.dumps(text) if is_quoted else text}".replace("\n", "\\n"), inner)


def _children(node: Node) -> Iterator[tuple[str | int, Node]]:
    if isinstance(node, dict):
        yield from node.items()
    elif isinstance(node, list):
        yield from enumerate(node)


def _scalar(node: Node) -> str:
    if not isinstance(node, str):
        return json.dumps(node)
    is_plain = _PLAIN.fullmatch(node) and node.lower() not in _WORDS_OF_YAML and node == node.strip()
    return node if is_plain else json.dumps(node, ensure_ascii=False)


def leaves(node: Node, steps: Steps = ()) -> Iterator[tuple[Steps, Node]]:
    """Yield each value that holds no other, with its path."""
    children = list(_children(node))
    if not children:
        yield steps, node
    for step, child in children:
        yield from leaves(child, (*steps, step))


def shapes(half: str) -> list[Case]:
    """Return the values that operators push. In each, what is not labelled as a secret is harmless."""
    cases = []
    for row in json.loads((DATA / "shapes" / HALVES[half]).read_text(encoding="utf-8")):
        value = _invented(row["value"])
        secrets = set(map(tuple, row["secrets"]))
        labels = {steps: steps in secrets for steps, _ in leaves(value)}
        cases.append(Case(row["id"], row["key"], value, labels, origin=_origin(row)))
    return cases


def fields(half: str) -> list[Case]:
    """Return fields of interfaces, each as an answer that has nothing else."""
    cases = []
    for row in json.loads((DATA / "fields" / HALVES[half]).read_text(encoding="utf-8")):
        value = {row["field"]: _invented(row["value"])}
        labels = {steps: row["secret"] for steps, _ in leaves(value)}
        cases.append(Case(f"{row['service']}/{row['field']}", "return_value", value, labels))
    return cases


def _origin(row: dict[str, Any]) -> Origin:
    """Return what a worker knows of how the task made the value; most rows say nothing of it."""
    tables = (tuple(row["columns"]),) if "columns" in row else ()
    told = {name: row[name] for name in ("task_id", "command", "endpoint") if name in row}
    return Origin(**told, tables=tables)


def config_files(half: str) -> list[Case]:
    """Return the configuration files of public repositories, with the pairs that were kept of each.

    They are other people's files, so they are not in this repository: ``CONFIG_FILES`` names the folder with them.
    Raises ``FileNotFoundError`` where there is none.
    """
    folder = Path(os.environ.get("CONFIG_FILES", DATA / "config_files"))
    rows = json.loads((folder / HALVES[half]).read_text(encoding="utf-8"))
    return [_config_file(f"{row['repository']}/{row['file']}", row["format"], row["pairs"]) for row in rows]


def _config_file(name: str, kind: str, pairs: list[tuple[list[str], Node, str]]) -> Case:
    tree: dict[str, Node] = {}
    for steps, value, _ in pairs:
        node = tree
        for step in steps[:-1]:
            inner = node.setdefault(step, {})
            node = inner if isinstance(inner, dict) else {}
        # A token is kept in parts, so that no push protection takes it for a real one.
        node[steps[-1]] = "".join(map(str, value)) if isinstance(value, list) else value
    listed, paths = _with_lists(tree)
    kept = [(paths[tuple(steps)], label) for steps, _, label in pairs if tuple(steps) in paths]
    labels = {steps: label in ("secret", "weak") for steps, label in kept if label != "unclear"}
    guessable = frozenset(steps for steps, label in kept if label == "weak")
    return Case(name, "config", listed, labels, f".{kind}", guessable)


def _with_lists(node: Node) -> tuple[Node, dict[Steps, Steps]]:
    """Return a tree in which dicts with numbers for keys are lists, and where each value stands in it."""
    if not isinstance(node, dict):
        return node, {(): ()}
    is_list = bool(node) and all(key.isdecimal() for key in node)
    children: list[tuple[str, Node]] = []
    paths: dict[Steps, Steps] = {}
    for number, (key, child) in enumerate(node.items()):
        inner, below = _with_lists(child)
        children.append((key, inner))
        paths |= {(key, *old): (number if is_list else key, *new) for old, new in below.items()}
    return [child for _, child in children] if is_list else dict(children), paths


def _invented(node: Node) -> Node:
    if isinstance(node, str):
        return invent(node)
    if isinstance(node, dict):
        return {key: _invented(child) for key, child in node.items()}
    return [_invented(child) for child in node] if isinstance(node, list) else node
