"""Where a canary could lie: the metadata database, files, and what a browser shows. Each yields (place, content)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import sqlalchemy as sa

Documents = Iterator[tuple[str, bytes]]


def database(url: str) -> Documents:
    """Every column of every table, as the database holds it; a row is one document."""
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            tables = sa.MetaData()
            tables.reflect(connection)
            for table in tables.sorted_tables:
                for row in connection.execute(sa.select(table)).mappings():
                    for column, value in row.items():
                        if value is not None:
                            yield f"{table.name}.{column}", _bytes(value)
    finally:
        engine.dispose()


def xcom_rows(url: str) -> dict[str, object]:
    """The values of the XCom rows by ``dag_id/run_id/task_id/map_index/key``."""
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            table = sa.Table("xcom", sa.MetaData(), autoload_with=connection)
            rows = connection.execute(sa.select(table)).mappings().all()
    finally:
        engine.dispose()
    names = ("dag_id", "run_id", "task_id", "map_index", "key")
    return {"/".join(str(row[name]) for name in names): row["value"] for row in rows}


def database_file(url: str) -> Documents:
    """The file of an SQLite database with its log: rows that were deleted are still in there."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        path = Path(str(parsed.database))
        yield from files(path.parent, f"{path.name}*")


def files(root: Path, pattern: str = "**/*") -> Documents:
    """Every file below ``root``."""
    for path in sorted(root.glob(pattern)):
        if path.is_file() and not path.is_symlink():
            yield str(path.relative_to(root)), path.read_bytes()


def stored(objects: Iterable[tuple[str, bytes]]) -> Documents:
    """A store's objects, and their names."""
    for name, data in objects:
        yield name, name.encode() + b"\n" + data


def _bytes(value: object) -> bytes:
    if isinstance(value, (bytes, memoryview)):
        return bytes(value)
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return json.dumps(value, default=str, ensure_ascii=False).encode("utf-8", "surrogatepass")
