"""Documents as Terraform's JSON configuration syntax, which Terraform loads from a file such as ``xcom.tf.json``.

Terraform evaluates each string of a block as a template. ``instances`` are escaped here, so nothing in them is
evaluated; ``arguments`` are expressions. The property ``//`` of a block is a comment, whatever it holds (Terraform,
"JSON Configuration Syntax").
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from secure_xcom.model.value import JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A resource, or a data source. A block without instances stands for one object.

    The name of a role may hold a dot, which no identifier of Terraform may. So names are map keys, and ``name`` is
    fixed.
    """

    type: str
    name: str = "xcom"
    is_data: bool = False
    comment: JSON = None
    instances: Mapping[str, JSON] = field(default_factory=dict)
    """What ``each.value`` is, by ``each.key``: literals."""
    arguments: Mapping[str, JSON]
    """Expressions, and literals that have come through ``literal``."""

    def body(self) -> dict[str, JSON]:
        """Return the block as Terraform reads it."""
        comment: dict[str, JSON] = {"//": self.comment} if self.comment else {}
        for_each: dict[str, JSON] = {"for_each": literal(dict(self.instances))} if self.instances else {}
        return {**comment, **for_each, **self.arguments}


def render(blocks: Iterable[Block], *, comment: str = "", common: Mapping[str, JSON] | None = None) -> str:
    """Return one JSON document with the blocks; ``comment`` is about all of them, ``common`` are arguments of each."""
    document: dict[str, dict[str, dict[str, JSON]]] = {}
    for block in blocks:
        types = document.setdefault("data" if block.is_data else "resource", {})
        types.setdefault(block.type, {})[block.name] = {**block.body(), **(common or {})}
    remark = {"//": comment} if comment else {}
    return json.dumps(remark | document, indent=2) + "\n"


def literal(value: JSON) -> JSON:
    """Return ``value`` as an expression that Terraform evaluates to just that value."""
    match value:
        case str():
            return value.replace("${", "$${").replace("%{", "%%{")
        case list():
            return [literal(item) for item in value]
        case dict():
            # Terraform takes the keys of an object for templates, too.
            return {str(literal(key)): literal(item) for key, item in value.items()}
    return value
