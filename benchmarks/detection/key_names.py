"""Precision and recall of names: ours, Airflow's, and Airflow's with camelCase split, on the labelled names.

Run it with ``python -m benchmarks.detection.key_names``. The names and the rule of labelling are in
``tests/data/key_names``.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.detection.detectors import airflows_masker
from secure_xcom.classify.key_names import rule_of_key_name
from secure_xcom.classify.names import JUDGED_BY_VALUE
from secure_xcom.classify.open_names import rule_of_name_alone

NAMES = Path(__file__).parents[2] / "tests" / "data" / "key_names"
HALVES = ("development", "held-out")


@dataclass(frozen=True, slots=True)
class Row:
    """A labelled name; ``occurrences`` is the number of places in which its source has it."""

    source: str
    field: str
    is_secret: bool
    occurrences: int
    is_container: bool


@dataclass(slots=True)
class Score:
    """What a judge found; ``wrong`` are the names that it took for secrets, and ``missed`` those that it did not."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def add(self, row: Row, *, is_found: bool, weight: int) -> None:
        self.right += weight * (is_found and row.is_secret)
        self.wrong += weight * (is_found and not row.is_secret)
        self.missed += weight * (row.is_secret and not is_found)

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.missed)


def rows_of(half: str) -> Iterator[Row]:
    """Yield the rows of a half that are labelled without doubt."""
    for path in sorted(NAMES.glob(f"*-{half}.csv")):
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                if row["label"] != "doubtful":
                    is_secret, is_container = row["label"] == "secret", row["kind"] == "container"
                    yield Row(row["source"], row["field"], is_secret, int(row["occurrences"]), is_container)


def judges() -> dict[str, Callable[[str], bool]]:
    airflow = airflows_masker().should_hide_value_for_key
    hump = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
    return {
        "secure-xcom": lambda name: rule_of_name_alone(name) is not None,
        # Only what looks random is sealed under the others, so that their names are no verdict either way.
        "secure-xcom, open names too": lambda name: rule_of_key_name(name) not in {None, *JUDGED_BY_VALUE},
        "Airflow": airflow,
        "Airflow, camelCase split": lambda name: airflow(name) or airflow(hump.sub("_", name)),
    }


def score(rows: Iterable[Row], is_found: Callable[[str], bool], *, by_occurrence: bool) -> Score:
    result = Score()
    for row in rows:
        result.add(row, is_found=is_found(row.field), weight=row.occurrences if by_occurrence else 1)
    return result


def groups_of(rows: list[Row]) -> dict[str, list[Row]]:
    """Return the rows of all sources and of each kind of source, and of some the leaves alone.

    The walk looks into a container too: its name matters less.
    """
    groups = {"all": rows} | {
        group: [row for row in rows if row.source.startswith(group)]
        for group in sorted({row.source.partition(":")[0] for row in rows})
    }
    return groups | {
        f"{group}, leaves": [row for row in groups[group] if not row.is_container]
        for group in ("all", "aws")
        if group in groups
    }


def main() -> None:
    unseen = {row.field.lower() for row in rows_of("development")}
    for half in HALVES:
        rows = list(rows_of(half))
        groups = groups_of(rows)
        if half == "held-out":
            groups["in no development set"] = [row for row in rows if row.field.lower() not in unseen]
        for group, chosen in groups.items():
            secrets = sum(row.is_secret for row in chosen)
            print(f"{half}, {group}: {len(chosen)} names, {secrets} of secrets")
            for judge, is_found in judges().items():
                by_name = score(chosen, is_found, by_occurrence=False)
                by_place = score(chosen, is_found, by_occurrence=True)
                print(
                    f"  {judge:28} precision {by_name.precision:.3f} recall {by_name.recall:.3f}"
                    f"   by occurrence {by_place.precision:.3f} {by_place.recall:.3f}"
                )


if __name__ == "__main__":
    main()
