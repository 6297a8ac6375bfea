"""The XComs in Airflow's metadata database that hold a placeholder, for ``audit report``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from secure_xcom.airflow.internals.metadata import _BATCH, _query, _reading, _table, unreachable
from secure_xcom.model.placeholder import SEALED_CLASSNAME

_CLASSNAME: Final = f"%{SEALED_CLASSNAME}%"


def sealed_values(url: str) -> Iterator[tuple[str, str, str, str | None]]:
    """Yield the Dag, task and key of each such XCom, and its JSON, which is ``None`` if it is too large.

    Everything is read in one transaction that cannot write. Raises ``ConfigurationError`` if the database does not
    answer or has another schema.
    """
    from sqlalchemy import Text, cast, type_coerce

    with _reading(url, into=unreachable) as connection:
        table, dialect = _table(connection), connection.dialect.name
        text = cast(table.c.value, Text) if dialect == "postgresql" else type_coerce(table.c.value, Text)
        query = _query(table, dialect).where(text.like(_CLASSNAME))
        streamed = connection.execution_options(stream_results=True, yield_per=_BATCH).execute(query)
        for dag_id, task_id, key, _, value in streamed:
            yield str(dag_id), str(task_id), str(key), value if isinstance(value, str) else None
