"""The database's clock. Leases use it, never a worker's: no two workers' clocks agree."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class NOW(FunctionElement[int]):
    """The server's time in Unix milliseconds."""

    type = BigInteger()
    inherit_cache = True


@compiles(NOW, "sqlite")
def _now_sqlite(element: NOW, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ARG001, ANN401 - SQLAlchemy's signature
    return "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"


@compiles(NOW, "postgresql")
def _now_postgresql(element: NOW, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ARG001, ANN401
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"


@compiles(NOW, "mysql")
@compiles(NOW, "mariadb")
def _now_mysql(element: NOW, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ARG001, ANN401
    return "CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000 AS SIGNED)"
