"""What a reason for a reveal may be. The ledger keeps it, and people read it there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.distinct import is_distinctive
from secure_xcom.model.value import Extension, Mark, Node
from secure_xcom.ops.lifecycle.reveal.shown import shown
from secure_xcom.payload.nodes import nodes_of

if TYPE_CHECKING:
    from collections.abc import Callable

_WORD: Final = re.compile(r"[^\s\"',;=()\[\]{}<>]+")

LONGEST: Final = 200
"""Characters: a sentence and the number of a ticket."""


def problem_of(reason: str, rule_of: Callable[[str], str | None]) -> str:
    """Return why a text cannot be the reason, without a word of it; empty if it can.

    ``rule_of`` returns the rule by which a text is sensitive, or ``None``.
    """
    if not reason.strip():
        return "it is empty: say why the value must be seen, as in 'ticket 4711: the partner rejects the token'"
    if len(reason) > LONGEST:
        return f"it has {len(reason)} characters, and the ledger keeps {LONGEST}: name the ticket that tells the rest"
    if not reason.isprintable():
        return "it has a line break or a character that cannot be printed: write one line"
    rule = rule_of(reason)
    return "" if rule is None else f"it looks like it holds a secret, by the rule {rule}: the ledger keeps no secret"


def quotes(reason: str, value: Node) -> bool:
    """Whether a reason holds a part of the value that it is to reveal, but for what stands in any text.

    Such a part is a text or a number of it, and each word that stands in what is shown of it, as within a text.
    """
    words = (word.strip(".:!?") for word in _WORD.findall(reason))
    if (telling := [word for word in words if is_distinctive(word)]) and (text := shown(value)):
        return any(word in text for word in telling)
    leaves = (node.content if isinstance(node, (Mark, Extension)) else node for node in nodes_of(value))
    told = (str(leaf) for leaf in leaves if isinstance(leaf, (str, int)))
    return any(text in reason and is_distinctive(text) for text in told if text)
