"""``selected_of_lines``: what is a secret in lines of a text that a task returns as a list, as containers print them.

A line alone says less than the lines before it: ``password to proceed to installation:`` stands above a password.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.distinct import is_distinctive
from secure_xcom.classify.paths import advance, matches

if TYPE_CHECKING:
    from secure_xcom.classify.paths import States
    from secure_xcom.classify.policy import Policy
    from secure_xcom.model.value import Node, Selection

_DOCUMENTS: Final = ("{", "[")
"""How documents begin whose parts have names in each line."""

_MOST: Final = 2_000
_MOST_SECRETS: Final = 256
"""Lines of a list that is looked at, and secrets that are looked for in each."""


def selected_of_lines(items: list[Node], policy: Policy, ignored: States) -> Selection | None:
    """Select the lines of a list that hold a secret, if those before them say so; ``None`` for a list of anything else.

    A word such as ``postgres`` stands in other lines by itself, so that only what is distinctive counts. ``ignored`` is
    what is left of the operator's ignored paths at the list.
    """
    lines = _lines_of(items)
    text = "\n".join(lines)
    if text.lstrip().startswith(_DOCUMENTS) or not policy.may_look_sensitive(text):
        return None
    if (rule := policy.rule_of_text(text)) is None:
        return None
    secrets = {secret for secret in policy.secrets_in(text) if "\n" not in secret and is_distinctive(secret)}
    alone = {secret: re.compile(rf"(?<!\w){re.escape(secret)}(?!\w)") for secret in islice(secrets, _MOST_SECRETS)}
    found: dict[str | int, Selection] = {
        at: rule
        for at, line in enumerate(lines)
        if any(secret in line and pattern.search(line) for secret, pattern in alone.items())
        and not matches(advance(ignored, at))
    }
    return found or None


def _lines_of(items: list[Node]) -> list[str]:
    """Return the items of a list if they are lines of a text, of which some are sentences; none of other lists."""
    if not 1 < len(items) <= _MOST or not all(isinstance(item, str) for item in items):
        return []
    lines = [str(item) for item in items]
    written = [line for line in lines if line.strip()]
    return lines if sum(" " in line.strip() for line in written) * 2 >= len(written) > 0 else []
