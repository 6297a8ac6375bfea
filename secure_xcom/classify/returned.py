"""``selected_of_returned``: what is a secret of the texts that a task returns without a name.

They stand under ``return_value``, alone or in a short list or tuple. How the task made them may tell, and so may what
they look like.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.distinct import SHORTEST_ALONE
from secure_xcom.classify.handed_out import (
    SAYING_NOTHING,
    Judge,
    is_phrase,
    rule_of_called,
    rule_of_json,
    selected_of_answer,
    selected_of_users,
)
from secure_xcom.classify.log_lines import selected_of_lines
from secure_xcom.classify.login_cells import is_user, looks_chosen
from secure_xcom.classify.login_lines import SHAPE_LOGINS, is_of_logins
from secure_xcom.classify.name_endings import CREDENTIALS, PASS, PASSWORD
from secure_xcom.classify.paths import advance, matches
from secure_xcom.classify.shapes import items_of
from secure_xcom.classify.task_names import NAME_TASK, hands_out_logins, rule_of_task
from secure_xcom.classify.unnamed import SHAPE_RANDOM, is_called_after_an_id, looks_like_a_key
from secure_xcom.model.value import DATA

if TYPE_CHECKING:
    from secure_xcom.classify.names import NameRules
    from secure_xcom.classify.paths import States
    from secure_xcom.classify.policy import Policy
    from secure_xcom.model.origin import Origin
    from secure_xcom.model.value import Node, Selection

_MOST_ITEMS: Final = 8
"""Items of a list or a tuple that is looked at: a token, what renews it, and until when."""

_DEEPEST: Final = 2
"""Lists within another: an address, and beside it a user with a password."""

_PAIR: Final = 2
_MOST_KEYS: Final = 2
"""Keys in a list: a token, and what renews it."""

_LOGINS: Final = (CREDENTIALS, PASSWORD, PASS)

_ID: Final = "id"
_LOGIN: Final = re.compile("/(?:session|login)/?$")
"""The one field of what Metabase answers a login with; elsewhere it is an id."""


def selected_of_returned(
    tree: Node, origin: Origin, policy: Policy, selected: Selection | None, ignored: States
) -> Selection | None:
    """Add to what is ``selected`` of a returned text, or of a short list or tuple of texts, what else is a secret.

    ``ignored`` is what is left of the operator's ignored paths at the value.
    """
    task_id = origin.task_id
    if isinstance(tree, str):
        return (
            selected
            or _rule_of(tree, task_id)
            or _rule_of_json(tree, origin, policy)
            or (SHAPE_LOGINS if is_of_logins(tree) else None)
            or _rule_of_column(tree, origin, policy)
            or _rule_of_printed(tree, origin, policy.names)
        )
    if isinstance(tree, dict) and DATA not in tree:
        if len(tree) == 1 and selected is None:
            selected = _of_one_field(tree, origin, policy, ignored)
        if (judge := _judge_of(origin)) is not None:
            selected = selected_of_answer(tree, judge, policy.names, selected, ignored)
        return selected or (selected_of_users(tree, task_id, policy.names, ignored) if task_id else None)
    if task_id and selected is None and (logins := _logins_in(tree, task_id, ignored)):
        selected = logins
    if isinstance(tree, list) and selected is None:
        # Where a line tells by itself, the others are no part of it.
        selected = selected_of_lines(tree, policy, ignored)
    return _of_items(tree, partial(_rule_of, task_id=task_id), selected, ignored, _DEEPEST)


def _judge_of(origin: Origin) -> Judge | None:
    """Return what judges the texts of an answer, if the task is called after a secret, or the address that it asked."""
    if origin.task_id and rule_of_task(origin.task_id) is not None:
        return partial(rule_of_called, task_id=origin.task_id)
    if not origin.endpoint:
        return None
    from secure_xcom.classify.printed import answers_with_a_secret, rule_of_answer

    return rule_of_answer if answers_with_a_secret(origin.endpoint) else None


def _rule_of_json(text: str, origin: Origin, policy: Policy) -> str | None:
    judge = _judge_of(origin)
    return None if judge is None else rule_of_json(text, judge, policy.names)


def _of_one_field(tree: dict[str, Node], origin: Origin, policy: Policy, ignored: States) -> Selection | None:
    """Return the one text of a dict whose name says nothing, if the address or the task is called after a secret."""
    ((name, text),) = tree.items()
    if name not in (*SAYING_NOTHING, _ID) or not isinstance(text, str):
        return None
    if policy.names.ignores(name) or matches(advance(ignored, name)):
        return None
    rule = rule_of_called(text, origin.task_id) if name != _ID else None
    if rule is None and origin.endpoint and (name != _ID or _LOGIN.search(origin.endpoint) is not None):
        rule = _rule_of_printed(text, replace(origin, command=""), policy.names)
    return {name: rule} if rule else None


def _rule_of(text: str, task_id: str) -> str | None:
    if (rule := rule_of_called(text, task_id)) is not None:
        return rule
    return SHAPE_RANDOM if looks_like_a_key(text) and not is_called_after_an_id(task_id) else None


def _logins_in(tree: Node, task_id: str, ignored: States) -> Selection | None:
    """Return the passwords of a pair, or of a list of pairs, that a task returns which is called after logins."""
    items = items_of(tree)
    if rule_of_task(task_id) in _LOGINS and _is_login(items):
        return _second_of(tree, ignored)
    if not hands_out_logins(task_id) or not all(_is_login(items_of(item)) for item in items):
        return None
    found = {at: _second_of(item, advance(ignored, at)) for at, item in enumerate(items)}
    logins: Selection = {at: pair for at, pair in found.items() if pair is not None}
    return (logins if isinstance(tree, list) else {DATA: logins}) if logins else None


def _second_of(pair: Node, ignored: States) -> Selection | None:
    if matches(advance(ignored, 1)):
        return None
    found: Selection = {1: NAME_TASK}
    return found if isinstance(pair, list) else {DATA: found}


def _is_login(items: list[Node]) -> bool:
    if len(items) != _PAIR or not is_user(items[0]):
        return False
    text = items[1]
    if not isinstance(text, str) or (text.isalnum() and sum(map(str.isdigit, text)) == 1):
        # A level and a role have one digit.
        return False
    return looks_chosen(text) or is_phrase(text)


def _of_items(tree: Node, judge: Judge, selected: Selection | None, ignored: States, depth: int) -> Selection | None:
    items = items_of(tree)
    if not depth or isinstance(selected, str) or not 0 < len(items) <= _MOST_ITEMS:
        return selected
    is_list = isinstance(tree, list)
    chosen = selected if is_list or selected is None else selected.get(DATA)
    if isinstance(chosen, str):
        return selected
    both: dict[str | int, Selection] = {**(chosen or {})}
    for at, item in enumerate(items):
        inner, left = both.get(at), advance(ignored, at)
        if isinstance(item, str) and inner is None and not matches(left):
            inner = judge(item)
        elif not isinstance(item, str):
            inner = _of_items(item, judge, inner, left, depth - 1)
        if inner is not None:
            both[at] = inner
    if sum(isinstance(item, str) and len(item) >= SHORTEST_ALONE and " " not in item for item in items) > _MOST_KEYS:
        # Ids of one kind stand together.
        both = {at: rule for at, rule in both.items() if rule != SHAPE_RANDOM}
    in_order = {at: both[at] for at in sorted(both)}
    return (in_order if is_list else {DATA: in_order}) if in_order else selected


def _rule_of_column(text: str, origin: Origin, policy: Policy) -> str | None:
    """Return the rule of the one column that was fetched, of which the task returns a cell."""
    columns = origin.tables[-1] if origin.tables else ()
    return policy.names.rule_of(columns[0], text) if len(columns) == 1 else None


def _rule_of_printed(text: str, origin: Origin, names: NameRules) -> str | None:
    if not (origin.command or origin.endpoint):
        return None
    # Most operators run no command and ask no address.
    from secure_xcom.classify.printed import rule_of_printed

    return rule_of_printed(text, origin, names)
