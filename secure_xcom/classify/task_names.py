"""``selected_of_task``: whether what a task returns is a secret, as the task is called and the text looks.

``get_token`` hands out a token, and pushes it under ``return_value``, which says nothing. A task is called after what
it does as often (``check_token``, ``rotate_secret``), so the text has to look like what is handed out.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.key_names import rule_of_words
from secure_xcom.classify.name_words import words
from secure_xcom.classify.named_cells import may_be_secret
from secure_xcom.classify.names import JUDGED_BY_VALUE
from secure_xcom.classify.paths import advance, matches
from secure_xcom.classify.shapes import items_of
from secure_xcom.classify.words import words_of
from secure_xcom.model.value import DATA

if TYPE_CHECKING:
    from secure_xcom.classify.paths import States
    from secure_xcom.model.value import Node, Selection

NAME_TASK: Final = "name-task"
"""The task is called after the secret that it hands out."""

_MOST_ITEMS: Final = 8
"""Items of a list or a tuple that is looked at: a token, what renews it, and until when."""

_HANDING_OUT: Final = words(
    """
    get fetch generate create obtain request read load make mint issue refresh retrieve acquire pull give exchange
    decrypt unseal renew new produce resolve lookup query call
    """
)
"""First words of what hands something out."""

_DOING: Final = words(
    """
    send post put store save write set update delete drop notify log print upload publish push share mail email verify
    test wait approve schedule trigger run start stop seal hide mask register submit use apply deploy import export
    """
)
"""First words of what does something with it, and returns how that went."""

_LOGGING_IN: Final = frozenset((("login",), ("log", "in"), ("authenticate",), ("sign", "in"), ("authorize",)))
"""What a task is called that returns what a login gave."""


def selected_of_task(task_id: str, tree: Node, selected: Selection | None, ignored: States) -> Selection | None:
    """Add to what is ``selected`` of a returned text, or of a short list or tuple of texts, what the task hands out.

    ``ignored`` is what is left of the operator's ignored paths at the value.
    """
    if not hands_out_a_secret(task_id):
        return selected
    if isinstance(tree, str):
        return NAME_TASK if may_be_handed_out(tree) else selected
    items = items_of(tree)
    if isinstance(selected, str) or not 0 < len(items) <= _MOST_ITEMS:
        return selected
    is_list = isinstance(tree, list)
    chosen = selected if is_list or selected is None else selected.get(DATA)
    if isinstance(chosen, str):
        return selected
    found: dict[str | int, Selection] = {
        at: NAME_TASK
        for at, item in enumerate(items)
        if isinstance(item, str) and may_be_handed_out(item) and not matches(advance(ignored, at))
    }
    both = found | {**(chosen or {})}
    return (both if is_list else {DATA: both}) if both else selected


def may_be_handed_out(text: str) -> bool:
    """Return whether a text looks like a secret that is handed out: random, a UUID or a long number among them."""
    return may_be_secret(text) or _number().fullmatch(text) is not None


@lru_cache(maxsize=1024)
def hands_out_a_secret(task_id: str) -> bool:
    """Return whether a task is called after a secret that it returns; what a group of tasks is called does not count.

    As in ``get_token``, ``auth.fetch_api_key``, ``generate_password``, ``session_token`` and ``login``.
    """
    said = words_of(task_id.rpartition(".")[2])
    if said in _LOGGING_IN or said[1:] in _LOGGING_IN:
        return True
    if said and said[0] in _DOING:
        return False
    rule = rule_of_words(said[1:] if said and said[0] in _HANDING_OUT else said)
    return rule is not None and rule not in JUDGED_BY_VALUE


@cache
def _number() -> re.Pattern[str]:
    """Match a UUID and a long number in hexadecimal, as interfaces hand out keys and sessions."""
    return re.compile(r"[0-9a-f]{24,128}|[0-9A-F]{24,128}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.ASCII)
