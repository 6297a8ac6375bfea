"""``BaseXCom``'s request for a row as the database holds it."""

from __future__ import annotations

from typing import Any

from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.value import JSON


def database_value(backend: Any, where: Coordinates) -> JSON:
    """Return what the database holds at ``where``, ``None`` for no row. ``backend`` is a subclass of ``BaseXCom``."""
    value: JSON = backend._get_xcom_db_ref(
        key=where.key, dag_id=where.dag_id, task_id=where.task_id, run_id=where.run_id, map_index=where.map_index
    ).value
    return value
