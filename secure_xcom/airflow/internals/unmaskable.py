"""``Opened``: which texts cannot be masked of the values that this process has opened, and whether they show."""

from __future__ import annotations

import re
from collections import deque
from itertools import islice
from typing import Final

MOST: Final = 10_000
"""Opened values of which the texts are held: a process that runs many tasks, as a script with ``dag.test()``, must not
grow."""

_MOST_TEXTS: Final = 20_000
_MOST_KNOWN: Final = 2_000
"""Texts that one rendered text is compared with: of the values that it was rendered with, and of the last ones."""

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
        self._known: frozenset[str] = frozenset()
        self._known_at = 0

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
            if len(texts) > _MOST_TEXTS:
                return None
        return frozenset(texts)

    def known(self) -> frozenset[str]:
        """Return what cannot be masked of the last values, as far as it is known and long enough to be found."""
        if self._known_at != self.count:
            texts = (text for readable in dict.fromkeys(reversed(self._last)) for text in readable or ())
            found = islice((text.casefold() for text in texts if len(text) >= SHORTEST_ELSEWHERE), _MOST_KNOWN)
            self._known, self._known_at = frozenset(found), self.count
        return self._known


def holds(text: str, readable: Readable) -> bool:
    """Whether one of these texts stands in ``text``, in any case, and amid the separators of a number."""
    if readable is None:
        return True
    said = text.casefold()
    digits = _SEPARATOR.sub("", said)
    return any(part in said or part in digits for part in readable)
