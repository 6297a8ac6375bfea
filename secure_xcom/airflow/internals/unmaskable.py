"""``Opened``: which texts cannot be masked of the values that this process has opened, and whether they show."""

from __future__ import annotations

import re
from collections import deque
from itertools import islice
from typing import Final

MOST: Final = 10_000
"""Opened values of which the texts are held: a process that runs many tasks, as a script with ``dag.test()``, must not
grow."""

SHORTEST_ELSEWHERE: Final = 3
"""Characters below which a text is not looked for in what was not rendered with it: it would be found in most."""

_SEPARATOR: Final = re.compile(r"(?<=\d)[_,'. \u00a0\u202f-](?=\d)", re.ASCII)
"""What parts the digits of a number that was formatted."""

Readable = frozenset[str] | None
"""Texts that cannot be masked, ``None`` if they are not known."""


class Opened:
    """Values in the order in which they were opened; ``count`` is how many."""

    def __init__(self) -> None:
        self.count = 0
        self._last: deque[Readable] = deque(maxlen=MOST)

    def note(self, readable: Readable) -> None:
        """Note that a value was opened, and what of it cannot be masked."""
        self.count += 1
        self._last.append(readable)

    def since(self, before: int) -> Readable:
        """Return what cannot be masked of the values that were opened since ``count`` was ``before``."""
        if self.count - before > MOST:
            return None
        texts: set[str] = set()
        # A template may pull the same value many times.
        for readable in {*islice(reversed(self._last), self.count - before)}:
            if readable is None:
                return None
            texts.update(map(str.casefold, readable))
        return frozenset(texts)

    def known(self) -> frozenset[str]:
        """Return what cannot be masked of any value that is held, as far as it is known and long enough to be found."""
        each = {*self._last} - {None}
        return frozenset(text.casefold() for one in each for text in one or () if len(text) >= SHORTEST_ELSEWHERE)


def holds(text: str, readable: Readable) -> bool:
    """Whether one of these texts stands in ``text``, in any case, and amid the separators of a number."""
    if readable is None:
        return True
    said = text.casefold()
    digits = _SEPARATOR.sub("", said)
    return any(part in said or part in digits for part in readable)
