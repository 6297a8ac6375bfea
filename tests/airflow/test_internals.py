"""Each private name of Airflow that we lean on is there, in the version that is installed.

A name that a new release has moved is one failure here, which says what leans on it. ``make test-airflow`` runs this
module on the other supported versions.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from importlib.metadata import version

import pytest

from secure_xcom.airflow.internals.names import NAMES, Name

INSTALLED = tuple(map(int, version("apache-airflow-core").split(".")[:2]))


@pytest.mark.parametrize("name", [name for name in NAMES if name.since <= INSTALLED <= name.until], ids=str)
def test_a_private_name_is_where_it_is_leaned_on(name: Name) -> None:
    module, _, attributes = name.path.partition(":")
    found: object = import_module(module)
    for step in attributes.split("."):
        found = _member(found, step.removesuffix("()"), name.why)
        if step.endswith("()"):
            found = found()  # type: ignore[operator]
    if name.local:
        assert name.local in inspect.unwrap(found).__code__.co_varnames, name.why  # type: ignore[arg-type]


def _member(found: object, step: str, why: str) -> object:
    if hasattr(found, step):
        return getattr(found, step)
    # A field of a model or of an attrs class is no attribute of the class.
    fields = [*getattr(found, "model_fields", {}), *getattr(found, "__private_attributes__", {})]
    fields += [field.name for field in getattr(found, "__attrs_attrs__", ())]
    assert step in fields, f"{found} has no {step}, without which this does not work: {why}"
    return None
