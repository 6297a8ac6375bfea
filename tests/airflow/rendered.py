"""Renders arguments that hold a value which cannot be masked, as Airflow's runner does; prints what would be stored.

Run in a process of its own, because it alters Airflow's runner: ``python -m tests.airflow.rendered JSON JSON``. The
second one lists the texts that cannot be masked; it is null if they are not known.
"""

from __future__ import annotations

import json
import logging
import sys
from collections import namedtuple
from types import SimpleNamespace
from typing import Any

from airflow.sdk import DAG, BaseOperator
from airflow.sdk.definitions._internal.expandinput import ListOfDictsExpandInput
from airflow.sdk.execution_time import task_runner

from secure_xcom.airflow.internals import rendering

READABLE = None if (listed := json.loads(sys.argv[2])) is None else frozenset(listed)


class Pulled:
    """An argument that is resolved when the task starts, as another task's output is."""

    def __init__(self, value: object, *, unmaskable: bool = True) -> None:
        self.value, self.unmaskable = value, unmaskable

    def pull(self) -> object:
        if self.unmaskable:
            rendering.note_unmaskable(READABLE)
        return self.value

    def resolve(self, context: object) -> object:
        return self.pull()


class Setting:
    """An argument with a template of its own, as a container's environment has."""

    template_fields = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"Setting({self.value})"


Pair = namedtuple("Pair", ["pin", "n"])  # noqa: PYI024 - as users write it


class Operator(BaseOperator):  # type: ignore[misc]
    """An operator with one templated argument."""

    template_fields = ("argument",)
    template_fields_renderers = {"argument.sql": "sql"}  # noqa: RUF012 - as operators write it
    argument: Any = None
    earlier: Any = None


def _rendered(operator: Operator, argument: object, context: dict[str, object]) -> object:
    operator.argument = argument
    operator.earlier = "pin 4711 of anna"
    operator.render_template_fields(context)
    return task_runner._serialize_template_field(operator.argument, "argument")


def _label(operator: Operator, made: str) -> object:
    context = {"map_index_template": "{{ made }}", "made": made}
    return task_runner._render_map_index(context, ti=SimpleNamespace(task=operator), log=logging.getLogger())


def main(secret: object) -> None:
    """Print each rendered argument by what it was."""
    rendering.hide_unmaskable()
    rendering.hide_unmaskable()
    with DAG("etl", schedule=None):
        operator = Operator(task_id="make")
    open_value = Pulled("ann", unmaskable=False)
    context = {
        "task": operator,
        "pull": Pulled(secret).pull,
        "harmless": open_value.pull,
        "other": Pulled("db1").pull,
        "ti": SimpleNamespace(map_index=0, task=operator),
    }
    arguments = {
        "an argument": Pulled(secret),
        "within a dict": {"pin": Pulled(secret), "n": 3, "name": open_value},
        "within a list": [Pulled({"pin": secret}), "open"],
        "within a tuple": (Pulled([secret]), "open"),
        "within a named tuple": Pair(Pulled(secret), 1),
        "within an object": [Setting("{{ pull() }}"), Setting("open")],
        "a template": "pin={{ pull() }}",
        "a template of another part": "host={{ other() }}",
        "an argument with other parts": {"all": Pulled({"pin": secret, "host": "db1"})},
        "a template of another value": "name={{ harmless() }}",
        "another value": open_value,
        "a number with separators": "{{ '{:_}'.format(pull()) if pull() is number else 'no number' }}",
        "a template that reads a field": "{{ task.earlier }} now",
        "a template with braces": """{{ {"p": task.earlier} | tojson }}""",
        "a template of the runner": "{{ ti.task.earlier }}",
        "a template with a variable": "{% set t = task %}{{ t.earlier }}",
        "a number with points": "{{ '{:,}'.format(pull()) | replace(',', '.') if pull() is number else 'no number' }}",
        "a template with the task's name": "{{ task.task_id }} of task.2010",
        "a function": lambda **_: [Pulled(secret).pull()],
        "a function without it": lambda **_: ["ann"],
    }
    rendered = {what: _rendered(operator, argument, context) for what, argument in arguments.items()}
    mapped, _ = ListOfDictsExpandInput(Pulled([{"pin": secret}])).resolve(context)
    rendered["mapped arguments"] = task_runner._serialize_template_field(dict(mapped), "op_kwargs")
    operator.argument = Pulled({"sql": f"select {secret}"})
    operator.render_template_fields(context)
    rendered["a part of an argument"] = task_runner._serialize_rendered_fields(operator)
    # Some operators replace an argument by what they made of it, and Airflow stores it once more.
    operator = Operator(task_id="again", dag=operator.dag)
    operator.argument = "open"
    first = task_runner._serialize_rendered_fields(operator)
    operator.argument = f"echo {secret}"
    rendered["before and after"] = [first["argument"], task_runner._serialize_rendered_fields(operator)["argument"]]
    rendered["a label from the context"] = _label(operator, f"for {secret}")
    rendered["a label of other things"] = _label(operator, "for Berlin")
    print(json.dumps(rendered))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
