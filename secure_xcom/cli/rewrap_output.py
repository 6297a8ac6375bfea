"""What ``secure-xcom rewrap`` prints: its progress, and what became of how many objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from secure_xcom.cli.console import description, print_table, progress_console
from secure_xcom.cli.shown import names, shown
from secure_xcom.cli.tune_tables import Rate
from secure_xcom.ops.lifecycle.rewrap.outcome import Fate
from secure_xcom.ops.lineage.text import visible

if TYPE_CHECKING:
    from secure_xcom.assembly.estate import Place
    from secure_xcom.ops.lifecycle.rewrap.former import FormerKey
    from secure_xcom.ops.lifecycle.rewrap.run import Run
    from secure_xcom.seal.rewrapping import Kek

_MEANINGS: Final = {
    Fate.REWRAPPED: "moved to the current key",
    Fate.CURRENT: "under the current key already",
    Fate.NATIVE: "encrypted by the store itself, without a key",
    Fate.NOT_OURS: "not an object that secure-xcom wrote there: left alone",
    Fate.CHANGED: "deleted or replaced meanwhile: left so",
    Fate.FAILED: "failed",
}
_MEANING_OF_DRY_RUN: Final = {Fate.REWRAPPED: "to be moved to the current key"}


@contextmanager
def progress(places: Sequence[Place]) -> Iterator[Callable[[], None]]:
    """Show a bar if standard error is a terminal; what is yielded counts one object."""
    errors = progress_console()
    if not errors.is_terminal:
        yield lambda: None
        return
    columns = (description(), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task("counting", total=None)
        # Names alone cost a fraction of the objects, and their number gives the remaining time.
        total = sum(1 for place in places for _ in place.store.listing(place.folder))
        bar.update(task, description="rewrap", total=total)
        yield lambda: bar.advance(task)


def print_summary(run: Run, *, dry_run: bool) -> None:
    """Print what became of objects and chain keys, and which previous key is still used."""
    summary = run.summary
    table = Table(
        "what", "objects", "chain keys", title="secure-xcom rewrap, dry run" if dry_run else "secure-xcom rewrap"
    )
    for fate, meaning in _MEANINGS.items():
        if summary.fates[fate] or summary.chain_keys[fate]:
            told = _MEANING_OF_DRY_RUN.get(fate, meaning) if dry_run else meaning
            table.add_row(told, str(summary.fates[fate]), str(summary.chain_keys[fate]))
    print_table(table)
    for problem in summary.problems:
        typer.echo(f"failed: {shown(problem)}", err=True)
    if run.seen:
        typer.echo(f"data keys that were in this process's memory, since no service could move them: {run.seen}")
    for key in run.former():
        typer.echo(_use_of(run, key, dry_run=dry_run))


def as_object(run: Run) -> dict[str, object]:
    """Return the summary for machines."""
    summary = run.summary
    return {
        "ended": summary.ended,
        "objects": {fate.value: summary.fates[fate] for fate in Fate},
        "chain_keys": {fate.value: summary.chain_keys[fate] for fate in Fate},
        "bytes_written": summary.bytes,
        "data_keys_in_memory": run.seen,
        "found_under": [
            {"key": _name(kek), "objects": summary.found[kek], "chain_keys": summary.chain_keys_found[kek]}
            for kek in sorted(summary.found.keys() | summary.chain_keys_found.keys())
        ],
        "problems": list(map(names().text, summary.problems)),
    }


def _use_of(run: Run, key: FormerKey, *, dry_run: bool) -> str:
    name = visible(str(key))
    if key.is_absent:
        return f"{name}: there is no key where previous_keys says so. Correct it, or take it out"
    if key.uses and dry_run:
        return f"{name} is still needed. Objects and chain keys under it: {key.uses}"
    if key.uses:
        return f"{name} had objects and chain keys: {key.uses}. `secure-xcom rewrap --dry-run` shows what is left"
    if not run.summary.ended or run.summary.partial or run.summary.failed:
        return f"{name}: nothing was found under it, but not everything was looked at, or a move may be under way"
    if key.in_keyring:
        return f"{name} is unused: `secure-xcom keys rotate --retire` takes it out of the keyring"
    return f"{name} is unused: previous_keys needs it no longer"


def _name(kek: Kek) -> str:
    kind, key_id = kek
    return visible(f"{kind}://{key_id}")
