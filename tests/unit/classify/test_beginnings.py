"""``Beginnings``: texts are found by their first characters, or the search says that it would take too long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("ahocorasick_rs")

from secure_xcom.classify import beginnings
from secure_xcom.classify.beginnings import Beginnings

LETTERS = st.text("ab", min_size=1, max_size=9)


def all_spans(texts: set[str], text: str) -> list[tuple[int, int]]:
    return sorted(
        (start, start + len(one)) for one in texts for start in range(len(text)) if text.startswith(one, start)
    )


@given(st.sets(LETTERS, max_size=6), st.text("ab", max_size=60), st.integers(1, 8))
def test_each_text_is_found_wherever_it_stands(texts: set[str], text: str, piece: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(beginnings, "_PIECE", piece)
        found = Beginnings(list(texts)).find(text)
    assert found is not None
    assert sorted(found) == all_spans(texts, text)


def test_a_text_that_begins_like_the_others_all_along_is_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    search, asked = Beginnings(["aaaaaaaab", "b"]), []
    table = search._table

    class Counting:
        def find_matches_as_indexes(self, piece: bytes, *, overlapping: bool) -> object:
            asked.append(len(piece))
            return table.find_matches_as_indexes(piece, overlapping=overlapping)

    monkeypatch.setattr(search, "_table", Counting())
    assert search.find("a" * 1_000_000) is None
    assert sum(asked) < 50_000


def test_a_long_text_counts_for_more() -> None:
    assert Beginnings(["aaaaa" + "b" * 1_000_000]).find("aaaaa " * 100) is None
    assert Beginnings(["aaaaa" + "b" * 1_000]).find("aaaaa " * 100) == []
