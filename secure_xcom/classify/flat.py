"""``is_plain``: one look at a small dict of short texts and small numbers, as most tasks push them.

What the keys of a dict can tell is the same for each dict with these keys, and kept. What is left is one search through
its texts. A ``False`` says nothing: ``classify.walk`` looks closer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from secure_xcom.classify.columns import SMALL, is_opaque
from secure_xcom.classify.nested_names import keys_of_answer, nested_names
from secure_xcom.classify.shapes import has_shape
from secure_xcom.classify.suspects import LONG
from secure_xcom.model.value import CLASSNAME, OLD_ENCODING

if TYPE_CHECKING:
    from secure_xcom.classify.lost import LostOf
    from secure_xcom.classify.policy import Policy
    from secure_xcom.model.value import Node

_MOST: Final = 32
"""Keys of a dict that is looked at so."""

_LONGEST: Final = 128
"""Characters of such a key."""

_MOST_KEPT: Final = 1024

_UNDECIDED: Final = ("",)
"""What is kept of no keys."""


def is_plain(tree: Node, name: str, policy: Policy, lost_of: LostOf | None) -> bool:
    """Whether a dict of leaves, pushed under the XCom key ``name``, surely holds nothing sensitive."""
    if type(tree) is not dict or len(tree) > _MOST:
        return False
    unlisted = _unlisted_in(policy, name, *tree)
    if unlisted is None or (unlisted and any(is_opaque(tree.get(key)) for key in unlisted)):
        return False
    texts: list[str] = []
    for value in tree.values():
        # These types themselves: a class that inherits from one may answer as it likes.
        if type(value) is str:
            texts.append(value)
        elif type(value) is int:
            if not -SMALL < value < SMALL:
                return False
        elif value is not True and value is not False and value is not None:
            return False
    joined = "\n".join(texts)
    if len(joined) > LONG or policy.may_look_sensitive(joined) or (lost_of is not None and lost_of(tree) is not None):
        return False
    # A key may hold a registered secret, and secrets are registered at any time.
    return not policy.holds_registered_secret("\n".join((*tree, joined)))


def names_nothing(policy: Policy, *keys: str) -> bool:
    """Whether an XCom key, and a dict's keys after it, tell nothing of any value."""
    return _unlisted_in(policy, *keys) == ()


def _unlisted_in(policy: Policy, *keys: str) -> tuple[str, ...] | None:
    """Return those keys under which only what looks random is sensitive; ``None`` if keys tell more of a value."""
    kept = policy.kept.get(keys, _UNDECIDED)
    return _decided(keys, policy) if kept is _UNDECIDED else kept


def _decided(keys: tuple[str, ...], policy: Policy) -> tuple[str, ...] | None:
    if max(map(len, keys)) > _LONGEST:
        return None
    inner = keys[1:]
    has_operators_word = policy.sensitive_paths or policy.ignored_paths or policy.names.has_ignored
    is_object = CLASSNAME in inner or OLD_ENCODING.issubset(inner)
    nested = tuple(nested_names(keys[0], inner))
    is_sensitive = policy.names.sensitive_among((*keys, *nested)) or any(map(policy.is_secret_name, inner))
    tells = has_operators_word or is_object or is_sensitive or has_shape(inner)
    if len(policy.kept) >= _MOST_KEPT:
        policy.kept.clear()
    policy.kept[keys] = None if tells else (*policy.names.unlisted_among(keys), *keys_of_answer(keys[0], inner))
    return policy.kept[keys]
