"""What ``secure-xcom tune`` prints: its tables, its progress and its proposals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from secure_xcom.cli.console import console, description, print_table, progress_console
from secure_xcom.ops.lineage.render import number
from secure_xcom.ops.lineage.text import visible
from secure_xcom.ops.tune.effect import Effect
from secure_xcom.ops.tune.review import Dialogue

if TYPE_CHECKING:
    from secure_xcom.ops.tune.proposals import Proposal
    from secure_xcom.ops.tune.report import Place, Report
    from secure_xcom.ops.tune.rows import Problem, Row, Rows

_TITLES: Final = {
    "sealed": "sealed by the rules",
    "unsealed": "not sealed, but looks secret",
    "harmless": "sealed, but looks harmless",
}


class Rate(ProgressColumn):
    """Rows a second."""

    def render(self, task: Task) -> Text:
        """Return the rate so far."""
        return Text(f"{task.finished_speed or task.speed or 0:,.0f}/s")


def progress(rows: Rows) -> Iterator[Row | Problem]:
    """Yield the rows, with a bar on standard error if that is a terminal."""
    errors = progress_console()
    if not errors.is_terminal:
        yield from rows
        return
    columns = (description(), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task("XComs", total=rows.total())
        for row in rows:
            yield row
            bar.advance(task)


def print_report(report: Report, top: int) -> None:
    """Print what was found, the ``top`` largest places of each section."""
    out = console()
    out.print(
        f"{number(report.rows, 'XCom')}: {number(report.sealed_values, 'value')} sealed by the rules, "
        f"{report.plain_values} not",
        soft_wrap=True,
    )
    for problem, count in report.problems.items():
        out.print(f"{number(count, 'XCom')} not looked at: {problem}", soft_wrap=True)
    for name, title in _TITLES.items():
        places: Sequence[Place] = getattr(report, name)
        if places:
            print_table(_places(title, places[:top]))
        if len(places) > top:
            out.print(
                f"and {len(places) - top} more: --top {len(places)} shows them, --json too",
                soft_wrap=True,
            )
        if not places:
            out.print(f"{title}: nothing", soft_wrap=True)


def print_proposals(report: Report) -> None:
    """Print the proposals as a table."""
    if not report.proposals:
        console().print("no proposals")
        return
    table = Table("setting", "entry", "because", "values sealed", "cost", "Airflow hides it too in", title="proposals")
    for one in report.proposals:
        table.add_row(*map(_text, _cells(one)), end_section=True)
    print_table(table)


def print_total(effect: Effect, accepted: int) -> None:
    """Print what the accepted lines change together."""
    console().print(
        f"{number(accepted, 'entry').replace('entrys', 'entries')} accepted: {_change(effect)}; {_cost(effect)}",
    )


def dialogue() -> Dialogue:
    """Return how an operator sees proposals on a terminal, and answers."""
    terminal = console()

    def show(proposal: Proposal, position: int, of: int) -> None:
        option, entry, because, change, cost, pages = _cells(proposal)
        lines = [
            f"[{proposal.entry.option.section}] {option} += {entry}",
            f"because: {because}",
            f"values sealed: {change}",
            f"cost: {cost}",
        ]
        lines += [f"Airflow hides it too in: {pages}"] if proposal.pages else []
        terminal.print(Panel(_text("\n".join(lines)), title=f"{position} of {of}", expand=False))

    return Dialogue(show=show, ask=lambda question: terminal.input(Text(question)))


def _places(title: str, places: Iterable[Place]) -> Table:
    table = Table("Dag", "path", "values", "because", "what stands there", title=title)
    for place in places:
        table.add_row(*map(_text, _row(place)), end_section=True)
    return table


def _row(place: Place) -> tuple[str, str, str, str, str]:
    looks = [f"{look} ({count})" for look, count in place.looks]
    looks += ["always the same"] if place.always_the_same else []
    because = f"{place.because}\nreported {number(place.observed, 'time')}" if place.observed else place.because
    return place.dag_id, place.path, str(place.values), because, "\n".join(looks)


def _cells(one: Proposal) -> tuple[str, str, str, str, str, str]:
    looks = "\n".join(f"{look} ({count})" for look, count in one.effect.looks)
    because = f"{one.reason}:\n{looks}"
    return (
        one.entry.option.key,
        one.entry.pattern,
        because,
        f"{_change(one.effect)} in {number(one.effect.dags, 'Dag')}",
        _cost(one.effect),
        ", ".join(one.pages),
    )


def _change(effect: Effect) -> str:
    return f"{effect.before} before, {effect.after} after"


def _cost(effect: Effect) -> str:
    said = []
    if effect.false_alarms or effect.after >= effect.before:
        said.append(number(effect.false_alarms, "false alarm"))
    if effect.missed or effect.after < effect.before:
        said.append(f"{number(effect.missed, 'value')} that may be secret become plain")
    return ", ".join(said)


def _text(text: str) -> Text:
    """Return text that neither rich nor the terminal takes for markup."""
    return Text("\n".join(map(visible, text.split("\n"))) if text else "")
