"""The probe of a ``move``: what it puts into one store, and looks for in another, to tell two stores apart.

A killed move leaves it behind. It is shorter than any envelope, so ``reap`` knows it by its name and its size.
"""

from __future__ import annotations

from typing import Final

from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.object_place import ObjectPlace
from secure_xcom.ports.listing import Listed

PROBE: Final = b"secure-xcom move"
"""Shorter than any sealed object: a Dag may have a run and a task of these names, whose values stay."""

_RUN, _TASK, _KEY = "secure-xcom", "move", "probe"


def place_of_probe(dag_id: str) -> Coordinates:
    """Return where a Dag's probe is put. Its object's id is another one each time: two moves may run at once."""
    return Coordinates(dag_id=dag_id, run_id=_RUN, task_id=_TASK, key=_KEY)


def is_probe(place: ObjectPlace, listed: Listed) -> bool:
    """Whether a listed object is a probe. Of a store that lists no sizes nothing is."""
    return listed.size == len(PROBE) and (place.run.text, place.task.text, place.key.text) == (_RUN, _TASK, _KEY)
