"""``excerpt_of``: what a secret looks like, masked: its kind and length class, and its rule's public prefix."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from secure_xcom.ops.tune.look import look_of

if TYPE_CHECKING:
    from secure_xcom.classify.content import Rule
    from secure_xcom.model.value import Node

_PREFIX: Final = re.compile(r"[A-Za-z]{1,12}[A-Za-z0-9]{0,8}[_-](?:[A-Za-z0-9]{1,8}[_-])?|[A-Z]{4}", re.ASCII)
"""What providers print before their tokens, such as ``ghp_``. Other literals are parts of names or of the secret."""

Excerpt = Callable[[str, "Node"], str]


def excerpts_of(rules: Iterable[Rule]) -> Excerpt:
    """Return what masks a secret that was found by a rule. At most one of that rule's literals shows."""
    prefixes = {f"content-{rule.id}": _prefixes(rule) for rule in rules}
    return lambda rule, secret: _excerpt(prefixes, rule, secret)


def _excerpt(prefixes: Mapping[str, tuple[str, ...]], rule: str, secret: Node) -> str:
    look = str(look_of(secret))
    if not isinstance(secret, str):
        return look
    shown = next((prefix for prefix in prefixes.get(rule, ()) if secret.startswith(prefix)), "")
    return f"{shown}*** ({look})"


def _prefixes(rule: Rule) -> tuple[str, ...]:
    return tuple(literal for literal in rule.literals if _PREFIX.fullmatch(literal))
