"""``rule_of_called`` and ``selected_of_answer``: what a task returns that is called after a secret, or asks for one.

``get_password`` returns a password: alone, or in an answer under names that say nothing, as ``{"value": ...}``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.login_cells import is_user, looks_chosen
from secure_xcom.classify.name_endings import CODE, COOKIE, CREDENTIALS, PASS, PASSWORD, SECRET
from secure_xcom.classify.name_words import words
from secure_xcom.classify.paths import NOWHERE, advance, matches
from secure_xcom.classify.task_names import NAME_TASK, makes_a_new_one, may_be_handed_out, rule_of_task
from secure_xcom.classify.words import words_of
from secure_xcom.model.value import DATA

if TYPE_CHECKING:
    from secure_xcom.classify.names import NameRules
    from secure_xcom.classify.paths import States
    from secure_xcom.model.value import Node, Selection

SAYING_NOTHING: Final = (
    *("key", "value", "result", "data", "output", "response", "session", "sid", "ticket"),
    *("text", "body", "content", "payload", "stdout", "returned", "ret", "val", "plaintext", "string"),
)
"""Names of fields of an answer: that of a login is ``{"key": ...}`` with Django REST framework."""

Judge = Callable[[str], str | None]
"""Returns the rule by which a text is sensitive that a task hands out."""

_PASSWORDS: Final = (PASSWORD, PASS, SECRET, CREDENTIALS)

_MOST_FIELDS: Final = 16
_DEEPEST: Final = 3
"""Fields of an answer, and dicts within another, that are looked at."""

_PHRASE: Final = re.compile("(?=[a-z-]*[A-Z][a-z])[A-Za-z]{3,24}(?:-[A-Za-z]{3,24}){1,6}-?[0-9]{1,4}", re.ASCII)

_NAMES: Final = re.compile("(?i:passw|secret|token|key|[/:]|^v[0-9])")
"""What a password is called, and where it is kept."""

_LOGIN: Final = re.compile(r"(?P<user>[\w.@-]{1,64})[ :,;/|\t]{1,2}(?P<password>[^\s:/]{6,128})", re.ASCII)

_LONGEST_JSON: Final = 1100
"""Characters of an answer in JSON."""

_UUID: Final = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_DIGITS: Final = re.compile("[0-9]{4,8}", re.ASCII)

_TELLING: Final = words(
    """
    id name user email host region status state type kind version arn url uri path date time at on by role env code
    message msg error count expires ttl job run task batch query order request trace cluster bucket table dataset
    project file etag hash digest checksum commit sha image tag branch
    """
)
"""Last words of names that say what stands there, where that is readable."""


def rule_of_called(text: str, task_id: str) -> str | None:
    """Return the rule by which a text is sensitive that a task returns; ``None`` if the task is called otherwise."""
    rule = rule_of_task(task_id) if task_id else None
    if rule is None:
        return None
    said = text.strip()
    if rule == SECRET and makes_a_new_one(task_id) and _UUID.fullmatch(said) is not None:
        # A rotation answers with the id of a version as often.
        return None
    is_it = may_be_handed_out(text) or (rule in _PASSWORDS and (_is_password(said) or _is_login(said)))
    if rule == CODE:
        is_it = is_it or _DIGITS.fullmatch(said.strip("\"'")) is not None
    if rule == COOKIE:
        is_it = is_it or may_be_handed_out(said.partition("=")[2])
    return NAME_TASK if is_it else None


def selected_of_answer(
    tree: dict[str, Node], judge: Judge, names: NameRules, selected: Selection | None, ignored: States
) -> Selection | None:
    """Add to what is ``selected`` of an answer what ``judge`` takes for secrets under names that say nothing."""
    if isinstance(selected, str):
        return selected
    return _merged(_under_names(tree, judge, names, ignored, _DEEPEST), selected)


def selected_of_users(tree: dict[str, Node], task_id: str, names: NameRules, ignored: States) -> Selection | None:
    """Select the secrets of a dict from users to secrets that a task returns which is called after passwords."""
    if rule_of_task(task_id) not in _PASSWORDS or not 0 < len(tree) <= _MOST_FIELDS or any(map(_tells, tree)):
        return None
    judge = partial(rule_of_called, task_id=task_id)
    if not all(isinstance(part, str) and _rule_of_part(part, judge, names) is not None for part in tree.values()):
        return None
    left = (name for name in tree if not names.ignores(name) and not matches(advance(ignored, name)))
    found: dict[str | int, Selection] = dict.fromkeys(left, NAME_TASK)
    return found or None


def _merged(first: Selection | None, second: Selection | None) -> Selection | None:
    """Return what is selected by one of two selections: a part that either selects whole is selected whole."""
    if first is None or isinstance(second, str):
        return second
    if second is None or isinstance(first, str):
        return first
    both: dict[str | int, Selection] = {**first, **second}
    for name in first.keys() & second.keys():
        if (merged := _merged(first[name], second[name])) is not None:
            both[name] = merged
    return both


def _under_names(
    tree: dict[str, Node], judge: Judge, names: NameRules, ignored: States, depth: int
) -> dict[str | int, Selection] | None:
    if len(tree) > _MOST_FIELDS or DATA in tree:
        return None
    found: dict[str | int, Selection] = {}
    for name, part in tree.items():
        if name.lower() not in SAYING_NOTHING or names.ignores(name) or matches(left := advance(ignored, name)):
            continue
        if isinstance(part, dict) and depth > 1:
            if (inner := _under_names(part, judge, names, left, depth - 1)) is not None:
                found[name] = inner
        elif isinstance(part, str) and (rule := _rule_of_part(part, judge, names)) is not None:
            found[name] = rule
    return found or None


def _rule_of_part(text: str, judge: Judge, names: NameRules) -> str | None:
    """Return the rule of a text beside others, or of an answer in JSON: others are UUIDs as often."""
    if text.startswith("{"):
        return rule_of_json(text, judge, names)
    return judge(text) if _UUID.fullmatch(text) is None else None


def rule_of_json(text: str, judge: Judge, names: NameRules) -> str | None:
    """Return the rule by which an answer in JSON is sensitive as a whole, as ``selected_of_answer`` finds its parts."""
    if text.lstrip()[:1] != "{" or len(text) > _LONGEST_JSON:
        return None
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return None
    found: Selection | None = None
    if isinstance(answer, dict):
        found = _under_names(answer, judge, names, NOWHERE, _DEEPEST)
    while isinstance(found, dict):
        found = next(iter(found.values()))
    return found


def _tells(name: str) -> bool:
    return not _TELLING.isdisjoint(words_of(name)[-1:])


def _is_password(said: str) -> bool:
    """Whether a text that a task returns which is called after a password is one, and not its name or how it went."""
    return any(map(str.isdigit, said)) and not _NAMES.search(said) and (looks_chosen(said) or is_phrase(said))


def _is_login(said: str) -> bool:
    """Whether a text is a user, a sign or a space, and a password."""
    found = _LOGIN.fullmatch(said)
    return found is not None and is_user(found["user"]) and _is_password(found["password"])


def is_phrase(text: str) -> bool:
    """Whether a text is words and a number, of which one has a capital amid small letters: ``kupfer-Lawine-40``."""
    return _PHRASE.fullmatch(text) is not None
