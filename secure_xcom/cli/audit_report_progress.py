"""What ``secure-xcom audit report`` is doing, on standard error while somebody watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TimeElapsedColumn

from secure_xcom.cli.console import description, progress_console

Step = Callable[[str, int], None]


@contextmanager
def steps() -> Iterator[Step]:
    """Yield what begins a part, by its name and how many there are of it. It shows nothing that a ledger says."""
    errors = progress_console()
    if not errors.is_terminal:
        yield lambda _what, _total: None
        return
    columns = (description(), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True) as bar:
        yield _Bars(bar).step


class _Bars:
    """A bar for the part that is under way; a part that comes again moves it on."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._now: tuple[str, TaskID] | None = None

    def step(self, what: str, total: int) -> None:
        """Begin the next one of a part."""
        if self._now is not None and self._now[0] == what:
            self._bar.advance(self._now[1])
            return
        if self._now is not None:
            self._bar.remove_task(self._now[1])
        self._now = what, self._bar.add_task(what, total=total)
