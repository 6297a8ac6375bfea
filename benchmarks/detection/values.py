"""Detection in whole values beside other tools: what operators push, and configuration files.

``python -m benchmarks.detection.values development`` lists secure-xcom's false verdicts on that half; the values in the
data are invented or public.
"""

import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.detection.corpus import HALVES, Case, Steps, config_files, fields, shapes
from benchmarks.detection.detectors import Findings, detectors

PAGE = Path(__file__).parents[1] / "DETECTION.md"


@dataclass(slots=True)
class Score:
    """What a detector found in the labelled parts of values."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @classmethod
    def of(cls, cases: Collection[Case], findings: Findings, *, with_guessable: bool = True) -> "Score":
        score = cls()
        for case, found in zip(cases, findings, strict=True):
            for steps, is_secret in case.labels.items():
                if with_guessable or steps not in case.guessable:
                    score.right += is_secret and steps in found
                    score.wrong += not is_secret and steps in found
                    score.missed += is_secret and steps not in found
        return score

    def figures(self) -> str:
        precision = self.right / max(1, self.right + self.wrong)
        recall = self.right / max(1, self.right + self.missed)
        f1 = 2 * self.right / max(1, 2 * self.right + self.wrong + self.missed)
        return f"{precision:.2f} / {recall:.2f} / {f1:.3f}"


def _secrets(case: Case) -> set[Steps]:
    return {steps for steps, is_secret in case.labels.items() if is_secret}


def _shape_cells(cases: Collection[Case], findings: Findings) -> list[str]:
    both = list(zip(cases, findings, strict=True))
    sealed = [_secrets(case) <= found for case, found in both if _secrets(case)]
    alone = [not found for case, found in both if not _secrets(case)]
    figures = Score.of(cases, findings).figures()
    return [f"{sum(sealed)} of {len(sealed)}", f"{sum(alone)} of {len(alone)}", figures]


def _config_cells(cases: Collection[Case], findings: Findings) -> list[str]:
    return [Score.of(cases, findings, with_guessable=each).figures() for each in (True, False)]


@dataclass(frozen=True, slots=True)
class Data:
    """A set of labelled values, and what the page shows of it."""

    title: str
    about: str
    load: Callable[[str], list[Case]]
    columns: Sequence[str]
    cells: Callable[[Collection[Case], Findings], list[str]]


SETS = (
    Data(
        "Values that operators push",
        "A value counts as sealed if each of its secrets is found, and as left alone if nothing is. "
        "The last column is precision, recall and F1 of all parts.",
        shapes,
        ("secrets sealed", "harmless left alone", "of parts"),
        _shape_cells,
    ),
    Data(
        "Fields with what stands in them",
        "Fields of interfaces that readers wrote down who had seen no rule, each with a typical value and alone.",
        fields,
        ("secrets sealed", "harmless left alone", "of fields"),
        _shape_cells,
    ),
    Data(
        "Configuration files of public repositories",
        "Precision, recall and F1 of the pairs in the files. Most passwords there are guessable, as `postgres` is, and "
        "CredSweeper passes over those on purpose. The last column leaves them out. The files are other people's, and "
        "not in this repository: [tests/data](../tests/data/README.md) says how they were gathered and labelled.",
        config_files,
        ("all", "without guessable passwords"),
        _config_cells,
    ),
)


def sections(directory: Path) -> Iterator[str]:
    """Yield the lines of the page about values; ``directory`` holds the executables of other tools."""
    found = detectors(directory)
    for data in SETS:
        try:
            cases = {half: data.load(half) for half in HALVES}
        except FileNotFoundError:
            yield from _as_it_was(data)
            continue
        columns = ("values", "tool", *data.columns)
        yield from (f"## {data.title}", "", data.about, "", f"| {' | '.join(columns)} |", "|---" * len(columns) + "|")
        for half, listed in cases.items():
            for detector in found:
                yield f"| {' | '.join((half, detector.name, *data.cells(listed, detector.find(listed))))} |"
        yield ""


def _as_it_was(data: Data) -> Iterator[str]:
    """Yield the section of the page for which there is no data here, as an earlier run wrote it."""
    _, title, section = PAGE.read_text().partition(f"## {data.title}\n")
    yield from (title + section.partition("\n## ")[0].rstrip("\n")).split("\n")
    yield ""


def verdicts(half: str) -> Iterator[str]:
    """Yield the false verdicts of secure-xcom on a half."""
    ours = detectors(Path("none"))[0]
    for data in SETS:
        try:
            cases = data.load(half)
        except FileNotFoundError:
            continue
        for case, found in zip(cases, ours.find(cases), strict=True):
            for steps, is_secret in case.labels.items():
                if (steps in found) != is_secret:
                    verdict = "missed" if is_secret else "wrong"
                    yield f"{verdict:7}{case.id}: {'.'.join(map(str, steps))} = {case.at(steps)!r:.80}"


if __name__ == "__main__":
    sys.stdout.writelines(f"{verdict}\n" for verdict in verdicts(sys.argv[1]))
