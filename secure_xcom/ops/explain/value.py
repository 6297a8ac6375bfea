"""``explain_value``: what would be sealed of a value, by which rule, and what of it logs would hide."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secure_xcom.classify import Policy, scan
from secure_xcom.classify.common_words import is_uncommon
from secure_xcom.classify.distinct import is_distinctive
from secure_xcom.classify.policy import is_spoken
from secure_xcom.exchange.copies import with_copies
from secure_xcom.model.origin import UNKNOWN, Origin
from secure_xcom.model.value import DATA, OBJECT, Node, Path, findings_of
from secure_xcom.ops.explain.shown_names import masked_name
from secure_xcom.payload.encoding import encode
from secure_xcom.payload.leaves import PasswordText, leaves_of
from secure_xcom.payload.parts import Part

if TYPE_CHECKING:
    from secure_xcom.ports.host import Host


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A part of a value; ``rule`` is ``None`` for what Airflow alone would hide by its name, and is not sealed."""

    path: Path
    rule: str | None
    texts: int
    """Texts and numbers in it."""
    maskable: int
    """Those that logs would hide: the others are too common or too short."""
    hidden_by_airflow: bool
    """Whether Airflow alone would hide it by a name, in the UI and in rendered templates; its database keeps it."""


def explain_value(value: object, key: str, policy: Policy, host: Host, origin: Origin = UNKNOWN) -> list[Explained]:
    """Return the parts that would be sealed of ``value`` pushed under ``key``, and those that only Airflow would hide.

    ``origin`` is what is known of how a task makes it. Raises ``PayloadError`` for a value that cannot be pushed.
    """
    encoding = encode(value, host.encode)
    selection = scan(encoding.tree, key, policy, encoding.names.of, origin=origin)
    findings = findings_of(None if selection is None else with_copies(encoding.tree, selection, policy))
    sealed = {finding.path: finding.rule for finding in findings}
    explained = [
        _sealed(encoding.tree, path, rule, [key, *(step for step in path if isinstance(step, str))], policy, host)
        for path, rule in sealed.items()
    ]
    explained += [_hidden(path, node) for path, node in _hidden_by_airflow(encoding.tree, (), key, host, sealed)]
    return sorted(explained, key=lambda each: list(map(str, each.path)))


def masked_path(key: str, path: Path, rule_of: Callable[[str], str | None]) -> str:
    """Return a path as ``shown_path`` does, with a mask for each name that is a secret itself, by ``rule_of``."""
    steps = tuple(step if isinstance(step, int) else masked_name(step, rule_of) for step in path)
    return shown_path(masked_name(key, rule_of), steps)


def shown_path(key: str, path: Path) -> str:
    """Return a path as the operator's patterns write it: ``return_value.items[0].token``."""
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path if step != DATA]
    return key + "".join(steps)


def _sealed(  # noqa: PLR0913 - what is known of a part
    tree: Node, path: Path, rule: str, names: Sequence[str], policy: Policy, host: Host
) -> Explained:
    node = _node_at(tree, path)
    leaves = leaves_of(Part(node), lambda _: None, policy.names_a_password, names[-1], is_spoken=is_spoken(rule))
    texts = [leaf for leaf in leaves if isinstance(leaf, (str, int, float))]
    return Explained(
        path=path,
        rule=rule,
        texts=len(texts),
        maskable=sum(map(_is_maskable, texts)),
        hidden_by_airflow=any(map(host.hides_name, names)),
    )


def _hidden(path: Path, node: Node) -> Explained:
    return Explained(
        path=path,
        rule=None,
        texts=sum(1 for _ in leaves_of(Part(node), lambda _: None)),
        maskable=0,
        hidden_by_airflow=True,
    )


def _hidden_by_airflow(
    node: Node, path: Path, name: str | None, host: Host, sealed: dict[Path, str]
) -> Iterator[tuple[Path, Node]]:
    """Yield the outermost parts that Airflow would hide by their name, and that are not sealed in whole or in part."""
    if path in sealed or node is None:
        return
    if name is not None and host.hides_name(name) and not any(other[: len(path)] == path for other in sealed):
        yield path, node
        return
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, child in children:
        is_name = isinstance(step, str) and not (isinstance(node, dict) and node.keys() == OBJECT)
        yield from _hidden_by_airflow(child, (*path, step), str(step) if is_name else None, host, sealed)


def _node_at(tree: Node, path: Path) -> Node:
    node = tree
    for step in path:
        node = node[step]  # type: ignore[index]  # the path was found in this tree
    return node


def _is_maskable(leaf: float | str) -> bool:
    text = str(leaf)
    return is_distinctive(text) or (isinstance(leaf, PasswordText) and is_uncommon(text))
