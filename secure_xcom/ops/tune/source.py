"""``findings_in_source``: what looks secret in the source of a Dag: literals, and what its tasks push.

The source is parsed and never run. A line with the comment ``# secure-xcom: ignore`` has no findings.
"""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from io import StringIO
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import ConfigurationError, translated
from secure_xcom.secret import MASK

if TYPE_CHECKING:
    from secure_xcom.classify import Policy

IGNORED: Final = "secure-xcom: ignore"

_TEMPLATE: Final = re.compile(r"\s*(?:\{\{[^{}]{0,500}\}\}\s*)?", re.ASCII)
"""An empty text, and a template and nothing else: what it is rendered to stands elsewhere."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Kind(Enum):
    """What was found."""

    LITERAL = "literal"
    """A secret stands in the source, where everyone who reads the repository reads it."""
    PUSH = "push"
    """A task pushes something under a name that is sensitive. With this backend it is sealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFinding:
    """Where something looks secret, and by which rule. ``name`` is empty for a text that is so whatever its name."""

    line: int
    name: str
    rule: str
    kind: Kind


def findings_in_source(text: str, policy: Policy) -> list[SourceFinding]:
    """Return what looks secret in Python source, in the order of its lines.

    Raises ``ConfigurationError`` if it cannot be parsed. Its message has the line's number and nothing of the text.
    """
    with translated((SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError), into=_unparsable):
        tree = ast.parse(text)
        ignored = set(_ignored_lines(text))
        found = {finding for finding in _Search(policy).of(tree) if finding.line not in ignored}
    # A literal that its name gives away is not reported for its looks too.
    named = {finding.line for finding in found if finding.name and finding.kind is Kind.LITERAL}
    told = [finding for finding in found if finding.name or finding.line not in named]
    return sorted(told, key=lambda finding: (finding.line, finding.name, finding.kind.value, finding.rule))


class _Search:
    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def of(self, tree: ast.Module) -> Iterator[SourceFinding]:
        documentation = {id(node) for node in _documentation(tree)}
        called = _callables(tree)
        for node in ast.walk(tree):
            for name, value in _named(node):
                yield from self._literal(name, value)
            if isinstance(node, ast.Constant) and id(node) not in documentation:
                yield from self._text(node)
            if isinstance(node, _Function) and (_is_task(node) or node.name in called):
                for name, value in _returned(node):
                    yield from self._push(name, value)
            if isinstance(node, ast.Call) and (pushed := _pushed(node)) is not None:
                yield from self._push(*pushed)

    def _literal(self, name: str, value: ast.expr) -> Iterator[SourceFinding]:
        literal = _literal_of(value)
        if literal is None or _TEMPLATE.fullmatch(literal):
            return
        if (rule := self._policy.names.rule_of(name, literal)) is not None:
            yield SourceFinding(line=value.lineno, name=self._shown(name), rule=rule, kind=Kind.LITERAL)

    def _text(self, node: ast.Constant) -> Iterator[SourceFinding]:
        literal = _literal_of(node)
        if literal is not None and (rule := self._policy.rule_of_text(literal)) is not None:
            yield SourceFinding(line=node.lineno, name="", rule=rule, kind=Kind.LITERAL)

    def _push(self, name: str, value: ast.expr) -> Iterator[SourceFinding]:
        if isinstance(value, ast.Constant) or _called_name(value) == "Secret":
            return
        if (rule := self._policy.names.rule_of(name)) is not None:
            yield SourceFinding(line=value.lineno, name=self._shown(name), rule=rule, kind=Kind.PUSH)

    def _shown(self, name: str) -> str:
        """Return a name, or a mark for one that holds a secret itself."""
        return name if self._policy.rule_of_text(name) is None else MASK


def _unparsable(error: Exception) -> ConfigurationError:
    line = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
    return ConfigurationError(f"the source cannot be parsed as Python{line} ({type(error).__name__})")


def _ignored_lines(text: str) -> Iterator[int]:
    if IGNORED in text:
        for token in tokenize.generate_tokens(StringIO(text).readline):
            if token.type == tokenize.COMMENT and IGNORED in token.string:
                yield token.start[0]


def _documentation(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield texts that are statements by themselves: nothing has their value."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            yield node.value


def _literal_of(node: ast.expr) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Constant(value=bytes(data)):
            return data.decode("latin-1")
    return None


def _named(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield what a node gives a name to: a variable, an argument, a default, or an item of a dict."""
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((name, value) for target in targets if (name := _name_of(target)))
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield from ((name, value) for name in [_name_of(target)] if name)
        case ast.keyword(arg=str(name), value=value):
            yield name, value
        case ast.Dict():
            yield from _items(node)
        case ast.arguments(posonlyargs=first, args=then, kwonlyargs=last):
            of_defaults = [*first, *then][-len(node.defaults) :] if node.defaults else []
            yield from ((argument.arg, value) for argument, value in zip(of_defaults, node.defaults, strict=True))
            yield from ((each.arg, value) for each, value in zip(last, node.kw_defaults, strict=True) if value)


def _items(node: ast.Dict) -> Iterator[tuple[str, ast.expr]]:
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value, value


def _name_of(target: ast.expr) -> str | None:
    match target:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
    return None


def _callables(tree: ast.Module) -> set[str]:
    """Return the functions that an operator of this file calls: what they return is pushed."""
    keywords = (node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "python_callable")
    return {name for keyword in keywords if (name := _name_of(keyword.value))}


def _is_task(function: _Function) -> bool:
    """Whether it is decorated with ``task`` or one of its kind, or is what an operator runs."""
    return function.name == "execute" or any("task" in _steps(each) for each in function.decorator_list)


def _steps(node: ast.expr) -> Iterator[str]:
    """Yield the names of ``a.b.c(...)`` from the last to the first."""
    while isinstance(node, (ast.Call, ast.Attribute)):
        if isinstance(node, ast.Attribute):
            yield node.attr
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Name):
        yield node.id


def _returned(function: _Function) -> Iterator[tuple[str, ast.expr]]:
    """Yield the items of dicts that a function returns itself, and not one within it."""
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Dict):
            yield from _items(node.value)
        if not isinstance(node, (_Function, ast.Lambda, ast.ClassDef)):
            waiting.extend(ast.iter_child_nodes(node))


def _pushed(call: ast.Call) -> tuple[str, ast.expr] | None:
    """Return the key and the value of ``ti.xcom_push(key, value)``."""
    if _called_name(call) != "xcom_push":
        return None
    given: dict[str | None, ast.expr] = dict(zip(("key", "value"), call.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords}
    key, value = given.get("key"), given.get("value")
    if isinstance(key, ast.Constant) and isinstance(key.value, str) and value is not None:
        return key.value, value
    return None


def _called_name(node: ast.expr) -> str | None:
    return next(_steps(node), None) if isinstance(node, ast.Call) else None
