"""``walk``: folders that are listed one at a time, as one listing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.ports.listing import Level, Listed, walk

SEGMENTS = st.sampled_from(["a", "a-", "a.b", "ab", "b"])
NAMES = st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join)


def level_of(names: set[str], asked: list[str], folder: str) -> Level:
    asked.append(folder)
    above = f"{folder}/" if folder else ""
    rests = [name.removeprefix(above) for name in names if name.startswith(above)]
    objects = [Listed(above + rest) for rest in rests if "/" not in rest]
    return Level(objects, list({rest.partition("/")[0] for rest in rests if "/" in rest}))


@given(st.sets(NAMES, max_size=12))
def test_each_object_comes_once_and_what_comes_after_one_is_what_followed_it(names: set[str]) -> None:
    whole = [one.name for one in walk(lambda folder: level_of(names, [], folder), "", "")]
    assert sorted(whole) == sorted(names)
    for position, name in enumerate(whole):
        again = [one.name for one in walk(lambda folder: level_of(names, [], folder), "", name)]
        assert again == whole[position + 1 :]


def test_no_folder_before_the_name_is_asked_for_again() -> None:
    asked: list[str] = []
    names = {"a/x/1", "b/x/1", "b/y/1", "b/y/2", "c/x/1"}
    found = [one.name for one in walk(lambda folder: level_of(names, asked, folder), "b", "b/y/1")]
    assert found == ["b/y/2"]
    assert asked == ["b", "b/y"]
