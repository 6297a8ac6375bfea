"""``scan`` and ``scan_row``: which parts of an encoded value are sensitive, and which of a row that is to be stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secure_xcom.classify.names import EVERYTHING
from secure_xcom.classify.suspects import Suspects, suspects
from secure_xcom.classify.walk import Walk

if TYPE_CHECKING:
    from secure_xcom.classify.lost import LostOf
    from secure_xcom.classify.policy import Policy
    from secure_xcom.model.value import Node, Selection


def scan(
    tree: Node, name: str, policy: Policy, lost_of: LostOf | None = None, suspected: Suspects | None = None
) -> Selection | None:
    """Select the sensitive parts of a value that is pushed under the XCom key ``name``; ``None`` if nothing is.

    No selected part lies within another. ``None`` is never sensitive: there is nothing to hide. Nor is a stand-in, of
    which no user's value has one (``payload.encoding``). ``suspected`` is what ``suspects`` tells of the tree.
    """
    if tree is None:
        return None
    if policy.everything:
        return EVERYTHING
    return Walk(policy, lost_of, None, suspected or suspects(tree, policy)).begin(tree, name)


def scan_row(row: Node, name: str, policy: Policy, sealed: Node, suspected: Suspects | None = None) -> Selection | None:
    """Select what is sensitive in a row as ``scan`` does, but for ``sealed``, the placeholder of its sealed parts.

    That is this one object, and none that looks like it. ``suspected`` tells of the value that the row was cut from:
    each text of the row is one of the value's, and what was seen of that very text need not be looked for again.
    """
    if row is None or row is sealed:
        return None
    if policy.everything:
        return EVERYTHING
    return Walk(policy, None, sealed, suspected or suspects(row, policy)).begin(row, name)
