"""``scan`` and ``scan_row``: which parts of an encoded value are sensitive, and which of a row that is to be stored."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.distinct import SHORTEST_ALONE
from secure_xcom.classify.flat import is_plain, names_nothing
from secure_xcom.classify.names import EVERYTHING
from secure_xcom.classify.paths import advance, matches
from secure_xcom.classify.suspects import ALL, NOTHING, Suspects, suspects
from secure_xcom.classify.walk import Walk
from secure_xcom.model.coordinates import RETURN_VALUE
from secure_xcom.model.origin import UNKNOWN
from secure_xcom.model.value import DATA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secure_xcom.classify.lost import LostOf
    from secure_xcom.classify.policy import Policy
    from secure_xcom.model.origin import Origin
    from secure_xcom.model.value import Node, Selection

_SHORTEST_ANSWER: Final = 8
"""Characters of the only text of a dict that is looked at."""

_LONGEST_KEY: Final = 640
_LONGEST_HANDED_OUT: Final = 1100
"""Characters of a text that may be a key with what stands around it, and of what a task may hand out."""


def scan(
    tree: Node, name: str, policy: Policy, lost_of: LostOf | None = None, *, origin: Origin = UNKNOWN
) -> Selection | None:
    """Select the sensitive parts of a value that is pushed under the XCom key ``name``; ``None`` if nothing is.

    No selected part lies within another. What a task returns may be sensitive by how the task made it, which ``origin``
    tells. ``None`` is never sensitive: there is nothing to hide. Nor is a stand-in, of which no user's value
    has one (``payload.encoding``).
    """
    return scan_with_suspects(tree, name, policy, lost_of, origin=origin)[0]


def scan_with_suspects(
    tree: Node, name: str, policy: Policy, lost_of: LostOf | None = None, *, origin: Origin = UNKNOWN
) -> tuple[Selection | None, Suspects]:
    """As ``scan``, and return what was suspected on the way: ``scan_row`` need not look for it again."""
    if tree is None:
        return None, NOTHING
    if policy.everything:
        return EVERYTHING, ALL
    if type(tree) is str and names_nothing(policy, name):
        return policy.rule_of_text(tree) or _with_origin(None, tree, name, policy, origin), ALL
    if is_plain(tree, name, policy, lost_of):
        may_tell = isinstance(tree, dict) and (len(tree) == 1 or bool(origin.task_id or origin.endpoint))
        return (_with_origin(None, tree, name, policy, origin) if may_tell else None), NOTHING
    suspected = suspects(tree, policy)
    selection = Walk(policy, lost_of, None, suspected).begin(tree, name, _tables_of(name, origin))
    return _with_origin(selection, tree, name, policy, origin), suspected


def scan_row(  # noqa: PLR0913 - what is known of the row besides
    row: Node,
    name: str,
    policy: Policy,
    sealed: Node,
    suspected: Suspects | None = None,
    lost_of: LostOf | None = None,
    *,
    origin: Origin = UNKNOWN,
) -> Selection | None:
    """Select what is sensitive in a row as ``scan`` does, but for ``sealed``, the placeholder of its sealed parts.

    That is this one object, and none that looks like it. ``suspected`` tells of the value that the row was cut from:
    each text of the row is one of the value's, and what was seen of that very text need not be looked for again.
    ``lost_of`` returns what the encoding of a node loses, as for ``scan``.
    """
    if row is None or row is sealed:
        return None
    if policy.everything:
        return EVERYTHING
    selection = Walk(policy, lost_of, sealed, suspected or suspects(row, policy)).begin(
        row, name, _tables_of(name, origin)
    )
    return _with_origin(selection, row, name, policy, origin)


def _with_origin(
    selection: Selection | None, tree: Node, name: str, policy: Policy, origin: Origin
) -> Selection | None:
    """Add what is sensitive by the origin of what a task returns, but for what the operator ignores."""
    if name != RETURN_VALUE or not policy.shapes or isinstance(selection, str):
        return selection
    if isinstance(tree, dict) and DATA not in tree:
        # A dict has names, but for the encoding of a tuple. That of an only text may say nothing.
        alone = next(iter(tree.values())) if len(tree) == 1 else None
        is_told = isinstance(alone, str) and len(alone) >= _SHORTEST_ANSWER and not _says_nothing(alone, origin)
        if not is_told and not origin.endpoint and _SECRETS.search(origin.task_id) is None:
            return selection
    elif isinstance(tree, str) and _says_nothing(tree, origin):
        return selection
    ignored = advance(policy.ignored_paths.start, name)
    if policy.names.ignores(name) or matches(ignored):
        return selection
    from secure_xcom.classify.returned import selected_of_returned

    return selected_of_returned(tree, origin, policy, selection, ignored)


_SECRETS: Final = re.compile(
    "(?i:pass|pwd?|secret|token|(?<![a-z])keys?(?![a-z])|cred|auth|log_?in|sign_?in|otp|(?<![a-z])(?:pin|code)(?![a-z])|"
    "jwt|cookie|session|vault|conjur|cyberark|doppler|akeyless|bitwarden)|Key|Code|Pin"
)
"""A part of what most tasks are called that hand out a secret: to look closer takes modules that few pushes need."""


_LOGIN: Final = re.compile(r"[A-Za-z][\w.@-]{1,63}[:=;,\t][^\s:=;,]{8,64}\r?\n", re.ASCII)
"""The first line of what may be a file of logins."""


def _says_nothing(text: str, origin: Origin) -> bool:
    """Whether a text is too short or too long for a key that stands alone, and nothing tells what made it."""
    if SHORTEST_ALONE <= len(text) <= _LONGEST_KEY or origin.command or origin.endpoint or origin.tables:
        return False
    if text[:1].isalpha() and _LOGIN.match(text) is not None:
        return False
    if not origin.task_id or len(text) > _LONGEST_HANDED_OUT:
        return True
    from secure_xcom.classify.task_names import rule_of_task

    return rule_of_task(origin.task_id) is None


def _tables_of(name: str, origin: Origin) -> Sequence[Sequence[str]]:
    return origin.tables if name == RETURN_VALUE else ()
