"""``copies_in``: where a secret that is sealed stands once more in the same value.

Of a dict that is sealed as a whole, each part is one, but for what tells of it. Hosts and users are sealed with it, and
stay readable elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final, cast

from secure_xcom.classify import scan_row
from secure_xcom.classify.distinct import is_distinctive
from secure_xcom.classify.forms import printed_forms
from secure_xcom.classify.matcher import Matcher
from secure_xcom.classify.names import REGISTERED
from secure_xcom.classify.pieces import text_of_number
from secure_xcom.classify.suspects import suspects
from secure_xcom.model.value import CLASSNAME, DATA, merged
from secure_xcom.payload.parts import InObject, Part, Parts, cut

if TYPE_CHECKING:
    from secure_xcom.classify import Policy
    from secure_xcom.model.value import Node, Selection

MOST_LOOKS: Final = 4
"""Looks for copies of what is sealed, after which a value is sealed whole: each may find a part with further ones."""

MOST: Final = 10_000
"""Secrets of one value whose copies are looked for."""

LONGEST: Final = 4_096
"""Characters of a secret whose copies are looked for."""

_LONGEST_SEARCHED: Final = 1 << 18
"""Characters of a sealed text in which secrets are looked for, as they are masked."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9_.~-]+")
"""A text that is printed as it is everywhere."""

_NUMBER: Final = re.compile(r"[0-9.e+-]+")

_PARTED: Final = re.compile(r"[\s:,;@\"'<{&]|=[^=]")
"""What stands in a text that has other parts than one secret."""


def with_copies(tree: Node, selection: Selection, policy: Policy) -> Selection:
    """Return a selection with the copies in a value, as a push seals them."""
    placeholder: Node = {}
    for _ in range(MOST_LOOKS + 1):
        if isinstance(selection, str):
            return selection
        row, parts = cut(tree, selection, placeholder)
        if (copies := copies_in(row, parts, placeholder, policy)) is None:
            return selection
        selection = merged(selection, copies)
    return REGISTERED


def copies_in(row: Node, parts: Parts, placeholder: Node, policy: Policy) -> Selection | None:
    """Return the parts of a row, from which ``parts`` were cut, that hold one of the secrets among these."""
    secrets = [*islice(_secrets_of(parts, policy), MOST)]
    if not secrets:
        return None
    known = Matcher()
    known.add(secrets)
    known.add(form for secret in secrets if not _PLAIN.fullmatch(secret) for form in printed_forms(secret))
    looking = replace(policy.for_registered_texts(), holds_registered_secret=known.holds)
    suspected = suspects(row, looking)
    # Most values hold none: one search through all texts at once tells, but for numbers.
    if not (suspected.texts or suspected.keys or any(map(_NUMBER.fullmatch, secrets))):
        return None
    return scan_row(row, "", looking, placeholder, suspected)


def _secrets_of(parts: Parts, policy: Policy) -> Iterator[str]:
    waiting: list[Parts] = [parts]
    while waiting:
        branch = waiting.pop()
        if isinstance(branch, Part):
            yield from _of_node(cast("Node", branch.content), policy)
        elif isinstance(branch, InObject):
            waiting.append(branch.data)
        else:
            for _, inner in branch.children:
                # As in a row of a table: this saves some calls for each of many thousands.
                if type(inner) is Part and type(inner.content) is str and _PLAIN.fullmatch(inner.content):
                    if is_distinctive(inner.content):
                        yield inner.content
                else:
                    waiting.append(inner)


def _of_node(root: Node, policy: Policy) -> Iterator[str]:
    """Yield what is a secret in a sealed part: a text, the items of a list, and what a dict holds but for settings."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            is_object = CLASSNAME in node and DATA in node
            waiting += [node[DATA]] if is_object else [part for key, part in node.items() if not _is_told(key, part)]
        elif isinstance(node, list):
            waiting += node
        else:
            yield from _of_leaf(node, policy)


def _is_told(key: str, part: Node) -> bool:
    """Whether a part of a dict tells of the secret beside it, as a user, a host and a region do."""
    from secure_xcom.classify.descriptions import describes
    from secure_xcom.classify.sections import is_setting

    return describes(key, part, names_keys=True) or is_setting(key, part)


def _of_leaf(leaf: Node, policy: Policy) -> Iterator[str]:
    text = leaf if isinstance(leaf, str) else text_of_number(leaf)
    if text and len(text) <= LONGEST and is_distinctive(text):
        yield text
    if _PARTED.search(text):
        within = policy.secrets_in(text[:_LONGEST_SEARCHED])
        yield from (part for part in within if part != text and len(part) <= LONGEST and is_distinctive(part))
