"""``shown``: a lineage with a mask in the place of each name that is a secret itself.

It is made of what was counted: two names that are masked alike stay two rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from secure_xcom.ops.lineage.graph import Access, Lineage, Task, Traffic


def shown(lineage: Lineage, name: Callable[[str], str]) -> Lineage:
    """Return what may be shown. ``name`` returns a name, or a mask."""

    def access(one: Access) -> Access:
        return replace(one, who=one.who and Task(name(one.who.dag_id), name(one.who.task_id)))

    def traffic(one: Traffic) -> Traffic:
        accesses = tuple(map(access, one.accesses))
        return replace(one, task_id=name(one.task_id), key=name(one.key), accesses=accesses)

    run_id = lineage.run_id and name(lineage.run_id)
    return replace(lineage, dag_id=name(lineage.dag_id), run_id=run_id, keys=tuple(map(traffic, lineage.keys)))
