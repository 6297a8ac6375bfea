"""What is used of fsspec and of Airflow's ``ObjectStoragePath``, as types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class FileSystem(Protocol):
    """What is used of an fsspec file system. Its options are those of one implementation or another."""

    async_impl: bool

    def pipe_file(self, path: str, value: bytes, **options: object) -> object:
        """Write an object."""

    def cat_file(self, path: str, **options: object) -> bytes:
        """Return an object's bytes up to ``end``."""

    def ls(self, path: str, detail: bool) -> Sequence[Mapping[str, object]]:
        """Tell of what lies directly in a folder."""

    def info(self, path: str) -> Mapping[str, object]:
        """Tell of an object."""

    def invalidate_cache(self, path: str | None = None) -> object:
        """Forget what was listed."""

    def size(self, path: str) -> int:
        """Return an object's size in bytes."""

    def rm_file(self, path: str, **options: object) -> object:
        """Delete an object."""

    def makedirs(self, path: str, exist_ok: bool) -> object:
        """Make a directory, and those above it."""


class StoragePath(Protocol):
    """What is used of an ``ObjectStoragePath``: its file system, and where it leads there."""

    @property
    def fs(self) -> FileSystem:
        """The file system, with its credentials."""

    @property
    def path(self) -> str:
        """The path in the file system, which begins with the bucket."""
