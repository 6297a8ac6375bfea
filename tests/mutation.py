"""A plugin of pytest that takes one check out of the package, before anything imports it.

``pytest -p tests.mutation`` with ``MUTATION`` holding JSON: the module, a text that stands once in its source, and
what stands there instead.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType

VARIABLE = "MUTATION"


class _Mutating(SourceFileLoader):
    """Compiles the altered source. What is compiled is neither read from a cache nor kept there."""

    def __init__(self, name: str, path: str, old: str, new: str) -> None:
        super().__init__(name, path)
        self._old, self._new = old, new

    def get_code(self, fullname: str) -> CodeType:
        source = self.get_source(fullname) or ""
        assert source.count(self._old) == 1, f"{fullname} holds this {source.count(self._old)} times: {self._old}"
        return compile(source.replace(self._old, self._new), self.path, "exec")


class _Finder(MetaPathFinder):
    def __init__(self, module: str, old: str, new: str) -> None:
        self._module, self._old, self._new = module, old, new

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path) if fullname == self._module else None
        if spec is not None and spec.origin is not None:
            spec.loader = _Mutating(fullname, spec.origin, self._old, self._new)
        return spec


if VARIABLE in os.environ:
    assert not [name for name in sys.modules if name.startswith("secure_xcom")], "the package is imported already"
    sys.meta_path.insert(0, _Finder(*json.loads(os.environ[VARIABLE])))
