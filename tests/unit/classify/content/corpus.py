"""The labelled texts of ``tests/data/content``."""

import csv
from typing import NamedTuple

from secure_xcom.classify.content.invention import invent
from tests.root import ROOT

FOLDER = ROOT / "tests" / "data" / "content"


class Row(NamedTuple):
    half: str
    kind: str
    text: str


def rows(name: str) -> list[Row]:
    """Read a file; ``\\n`` stands for the end of a line."""
    with (FOLDER / name).open(newline="") as file:
        table = csv.DictReader(file)
        return [
            Row(
                row["half"],
                row.get("provider") or row["kind"],
                invent(row["notation"].replace("\\n", "\n").replace("\\,", ",")),
            )
            for row in table
        ]
