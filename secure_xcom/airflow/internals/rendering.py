"""Rendered template fields, which Airflow stores in the metadata database and shows in its UI.

Airflow masks them by name and by registered text. What is too short or too common to be registered would stand there
in plaintext. So of an argument that was rendered with such a value each text that holds one of these shows ``***``.
Where it is not known which texts these are, the argument does as a whole.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from operator import is_
from typing import Any, Final

from secure_xcom.airflow.internals.unmaskable import SHORTEST_ELSEWHERE, Opened, Readable, holds
from secure_xcom.secret import MASK

_RUNNER: Final = "airflow.sdk.execution_time.task_runner"
_WRAPPED: Final = "secure_xcom_wrapped"

# A field that was rendered before is read through the task, or through the Dag. Their ids are no fields.
_EXPRESSION: Final = re.compile(r"\{\{.{0,4096}?\}\}|\{%.{0,4096}?%\}", re.DOTALL)
_ID: Final = re.compile(
    r"\b(?:task|dag)\.(?:task_id|dag_id|owner|start_date|end_date|fileloc|label|retries|schedule)\b"
)
_OWNER_OF_FIELDS: Final = re.compile(r"\b(?:task|dag)\b")

_opened = Opened()

MOST_HIDDEN: Final = 10_000
"""Rendered arguments that are held: a process that runs many tasks, as a script with ``dag.test()``, must not grow."""

_hidden: dict[int, tuple[object, Readable]] = {}
"""What was rendered with such a value, by ``id``, and what of it must not show; held, so that no other object gets the
same ``id``."""


def note_unmaskable(readable: Readable) -> None:
    """Note that a value was opened that cannot be masked in full: what is rendered with it now must not show it."""
    _opened.note(readable)


def hide_unmaskable() -> None:
    """Have the runner of this process, if it is loaded, hide the arguments that were rendered with such values."""
    runner = sys.modules.get(_RUNNER)
    if runner is None or hasattr(runner._render_map_index, _WRAPPED):
        return
    from airflow.sdk.definitions._internal.expandinput import DictOfListsExpandInput, ListOfDictsExpandInput
    from airflow.sdk.definitions._internal.templater import Templater

    _wrap(Templater, "render_template", _rendering)
    _wrap(Templater, "_do_render_template_fields", _rendering_all)
    _wrap(DictOfListsExpandInput, "resolve", _expanding)
    _wrap(ListOfDictsExpandInput, "resolve", _expanding)
    _wrap(runner, "_serialize_template_field", _serializing_field)
    _wrap(runner, "_serialize_rendered_fields", _serializing_fields)
    _wrap(runner, "_render_map_index", _labelling)


def _wrap(owner: Any, name: str, around: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    original = getattr(owner, name)
    replacement = wraps(original)(around(original))
    setattr(replacement, _WRAPPED, True)
    setattr(owner, name, replacement)


def _rendering(original: Callable[..., Any]) -> Callable[..., Any]:
    def render_template(self: Any, content: Any, *arguments: Any, **named: Any) -> Any:
        before = _opened.count
        rendered = original(self, content, *arguments, **named)
        # Of a container, each item comes by here itself.
        if _opened.count != before and (isinstance(content, str) or hasattr(content, "resolve")):
            _hide(rendered, _opened.since(before))
        elif before and isinstance(content, str) and _reads_a_field(content) and (known := _opened.known()):
            _hide(rendered, known)
        return rendered

    return render_template


def _reads_a_field(template: str) -> bool:
    """Whether a template may read a field that was rendered before: ``{{ task.bash_command }}``, and no id alone."""
    if "task" not in template and "dag" not in template:
        return False
    return any(_OWNER_OF_FIELDS.search(_ID.sub("", said)) for said in _EXPRESSION.findall(template))


def _rendering_all(original: Callable[..., Any]) -> Callable[..., Any]:
    def _do_render_template_fields(self: Any, parent: Any, template_fields: Any, *arguments: Any, **named: Any) -> None:
        # Airflow calls a function in the place of a template, and does not pass it on to ``render_template``.
        template_fields = list(template_fields)
        functions = [name for name in template_fields if callable(getattr(parent, name, None))]
        before = _opened.count
        original(self, parent, template_fields, *arguments, **named)
        if _opened.count != before:
            for name in functions:
                _hide(getattr(parent, name), _opened.since(before))

    return _do_render_template_fields


def _expanding(original: Callable[..., Any]) -> Callable[..., Any]:
    def resolve(self: Any, context: Any) -> Any:
        before = _opened.count
        arguments, rendered = original(self, context)
        if _opened.count != before:
            inputs = self.value if isinstance(self.value, Mapping) else arguments
            for name, argument in arguments.items():
                if inputs is arguments or hasattr(inputs[name], "resolve"):
                    _hide(argument, _opened.since(before))
        return arguments, rendered

    return resolve


def _serializing_field(original: Callable[..., Any]) -> Callable[..., Any]:
    def _serialize_template_field(template_field: Any, name: str) -> Any:
        return original(_shown(template_field) if _hidden else template_field, name)

    return _serialize_template_field


def _serializing_fields(original: Callable[..., Any]) -> Callable[..., Any]:
    first: tuple[object, dict[str, Any]] | None = None

    def _serialize_rendered_fields(task: Any) -> Any:
        nonlocal first
        fields = original(task)
        if _hidden:
            fields = {name: MASK if _is_part_of_hidden(name, fields) else value for name, value in fields.items()}
        if first is None or first[0] is not task:
            first = task, fields
        elif _opened.count:
            # Some operators replace a template by what they made of their arguments, when they have run.
            readable = _opened.since(0)
            return {
                name: value if value == first[1].get(name) else _without(value, readable)
                for name, value in fields.items()
            }
        return fields

    return _serialize_rendered_fields


def _is_part_of_hidden(name: str, fields: dict[str, Any]) -> bool:
    """Whether a field is a part of another one, as ``template_fields_renderers`` has them, and that one shows stars."""
    whole, dot, _ = name.partition(".")
    return bool(dot) and MASK in str(fields.get(whole))


def _labelling(original: Callable[..., Any]) -> Callable[..., Any]:
    def _render_map_index(*arguments: Any, **named: Any) -> Any:
        from airflow.sdk._shared.secrets_masker.secrets_masker import redact

        before = _opened.count
        label = original(*arguments, **named)
        if isinstance(label, str) and (holds(label, _opened.since(before)) or _holds_hidden(label)):
            return MASK
        return redact(label)

    return _render_map_index


def _hide(rendered: object, readable: Readable) -> None:
    # These say nothing, and each is one object for all that have it.
    if rendered is not None and not isinstance(rendered, bool):
        if len(_hidden) >= MOST_HIDDEN:
            _hidden.pop(next(iter(_hidden)))
        _hidden[id(rendered)] = rendered, readable


def _shown(node: Any) -> Any:
    """Return ``node`` with ``***`` for each part that must not show; itself if it has no such part."""
    if id(node) in _hidden:
        return _without(node, _hidden[id(node)][1])
    return _with_each(node, _shown, _of_object)


def _without(node: Any, readable: Readable) -> Any:
    """Return ``node`` with ``***`` for each text and number that holds one of these; itself if nothing does."""
    if node is None or isinstance(node, bool):
        return node
    if readable is None:
        return MASK
    if isinstance(node, (str, int, float)):
        return MASK if holds(str(node), readable) else node
    return _with_each(node, lambda part: _without(part, readable), lambda _: MASK)


def _with_each(node: Any, of_part: Callable[[Any], Any], of_other: Callable[[Any], Any]) -> Any:
    if isinstance(node, dict):
        items = [(of_part(key), of_part(child)) for key, child in node.items()]
        same = all(key is old and child is node[old] for (key, child), old in zip(items, node, strict=True))
        return node if same else dict(items)
    if isinstance(node, (list, tuple, set, frozenset)):
        members = list(node)
        shown = [of_part(member) for member in members]
        return node if all(map(is_, shown, members)) else shown
    return of_other(node)


def _of_object(node: Any) -> Any:
    # An object with templates of its own is rendered in place, and shows itself as it likes.
    fields = getattr(type(node), "template_fields", ())
    is_hidden = isinstance(fields, (list, tuple)) and any(
        _shown(part) is not part for part in (getattr(node, name, None) for name in fields if isinstance(name, str))
    )
    return MASK if is_hidden else node


def _holds_hidden(text: str) -> bool:
    """Whether a text holds a part of what must not show: a label is made of what was rendered or pulled before."""
    if holds(text, _opened.known()):
        return True
    waiting = [node for node, readable in _hidden.values() if readable is None]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting.extend((*node, *node.values()))
        elif isinstance(node, (list, tuple, set, frozenset)):
            waiting.extend(node)
        elif isinstance(node, (str, int, float)) and len(str(node)) >= SHORTEST_ELSEWHERE and str(node) in text:
            return True
    return False
