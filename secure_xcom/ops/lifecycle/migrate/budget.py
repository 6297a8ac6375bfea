"""``Budget``: how many values may still be changed."""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(slots=True)
class Budget:
    """Of a migration without a limit it is never spent."""

    left: int = sys.maxsize

    def spend(self, wanted: int) -> int:
        """Take up to ``wanted``, and return how many that were."""
        spent = min(wanted, self.left)
        self.left -= spent
        return spent

    @property
    def is_spent(self) -> bool:
        """Whether nothing more may be changed."""
        return self.left <= 0
