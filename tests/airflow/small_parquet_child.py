"""``payload.parquet_child`` with less memory, so that a test need not fill all of it."""

from __future__ import annotations

from secure_xcom.payload import parquet_child

if __name__ == "__main__":
    parquet_child.MOST_MEMORY = 1 << 30  # type: ignore[misc]
    parquet_child.main()
