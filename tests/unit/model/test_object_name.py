"""Object names: one for each XCom, and no reference from the database leads anywhere else."""

from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.errors import InvalidCoordinates, InvalidPlaceholder, WrongCoordinates
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.object_name import (
    SEGMENT_LIMIT,
    encode_segment,
    name_at,
    new_object_id,
    object_name,
    reference_of,
    require_name,
)
from tests.unit import any_value
from tests.unit.world import PLACE, assert_reads_or_refuses, query

OBJECT_ID = "0123456789abcdef" * 2
NAME = object_name(PLACE, OBJECT_ID)
COORDINATES = ["dag_id", "run_id", "task_id", "map_index", "key"]

parts = st.one_of(
    any_value.text,
    st.text(st.sampled_from("a~%/.\\ 7E"), max_size=8),
    st.text(st.sampled_from("ab~"), min_size=SEGMENT_LIMIT - 2, max_size=SEGMENT_LIMIT + 2),
).filter(lambda text: text not in ("", ".", ".."))
places = st.builds(
    Coordinates, dag_id=parts, run_id=parts, task_id=parts, key=parts, map_index=st.integers(-1, 2**31 - 1)
)


@given(first=parts, second=parts)
def test_different_parts_have_different_segments(first: str, second: str) -> None:
    assert (encode_segment(first) == encode_segment(second)) is (first == second)


@given(text=st.text(st.sampled_from("a\u00e4/~."), min_size=140, max_size=600), change=st.integers(0, 599))
def test_long_parts_that_differ_anywhere_have_different_segments(text: str, change: int) -> None:
    change %= len(text)
    assert encode_segment(text) != encode_segment(text[:change] + "b" + text[change + 1 :])


@given(place=places)
def test_a_name_is_accepted_for_its_own_coordinates(place: Coordinates) -> None:
    require_name(object_name(place, new_object_id()), query(place))


@given(place=places, part=st.sampled_from(COORDINATES[1:]))
def test_a_name_is_accepted_where_the_request_leaves_a_part_open(place: Coordinates, part: str) -> None:
    require_name(object_name(place, new_object_id()), query(place, **{part: None}))


@given(first=places, second=places)
def test_a_name_is_refused_for_other_coordinates(first: Coordinates, second: Coordinates) -> None:
    if first != second:
        with pytest.raises(WrongCoordinates):
            require_name(object_name(first, new_object_id()), query(second))


@given(place=places)
def test_a_name_fits_the_key_of_an_s3_object_beside_a_prefix(place: Coordinates) -> None:
    name = object_name(place, new_object_id())
    assert name.isascii()
    assert len(name) + 200 <= 1024


@given(place=places)
def test_a_name_has_six_parts_and_none_of_them_climbs(place: Coordinates) -> None:
    segments = object_name(place, new_object_id()).split("/")
    assert len(segments) == 6
    assert not {"", ".", ".."} & set(segments)
    assert not any(character in segment for segment in segments for character in "\\\0 +#?")


@pytest.mark.parametrize("part", ["dag_id", "run_id", "task_id", "key"])
@pytest.mark.parametrize("text", ["", ".", ".."])
def test_a_part_that_climbs_or_is_empty_names_nothing(part: str, text: str) -> None:
    with pytest.raises(InvalidCoordinates):
        object_name(replace(PLACE, **{part: text}), OBJECT_ID)


@pytest.mark.parametrize("part", ["dag_id", "run_id", "task_id", "key"])
def test_a_part_beyond_what_airflow_allows_names_nothing(part: str) -> None:
    with pytest.raises(InvalidCoordinates):
        object_name(replace(PLACE, **{part: "x" * 70_000}), OBJECT_ID)


@pytest.mark.parametrize(
    ("text", "segment"),
    [
        ("plain-1_2.3", "plain-1_2.3"),
        ("...", "..."),
        ("a/b", "a%2Fb"),
        ("a~b", "a%7Eb"),
        ("%2F", "%252F"),
        ("a b\n", "a%20b%0A"),
        ("\u00fc", "%C3%BC"),
        ("\ud800", "%ED%A0%80"),
        ("x" * 150, "x" * 150),
        ("x" * 151, "x" * 85 + "~" + sha256(b"x" * 151).hexdigest()),
        ("\u00fc" * 26, "%C3%BC" * 14 + "%~" + sha256(("\u00fc" * 26).encode()).hexdigest()),
    ],
)
def test_segments(text: str, segment: str) -> None:
    assert encode_segment(text) == segment


def test_an_object_id_is_fresh_and_of_128_bits() -> None:
    ids = {new_object_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(bytes.fromhex(object_id)) == 16 for object_id in ids)


FORGED = {
    "nothing": "",
    "a slash": "/",
    "five parts": NAME.rpartition("/")[0],
    "seven parts": NAME + "/more",
    "an empty part": NAME.replace("/-1/", "//"),
    "a trailing slash": NAME + "/",
    "an absolute path": "/" + NAME,
    "a path elsewhere": "/etc/passwd",
    "six parts of a path": "/a/b/c/d/" + OBJECT_ID,
    "a part that climbs": NAME.replace("etl", ".."),
    "a part that stays": NAME.replace("etl", "."),
    "climbing in disguise": NAME.replace("etl/", "../etl/"),
    "a URL": "https://example.org/a/b/" + OBJECT_ID,
    "a bucket": "s3://bucket/a/b/" + OBJECT_ID,
    "a NUL": NAME.replace("etl", "e\0tl"),
    "a newline": NAME + "\n",
    "a newline within": NAME.replace("etl", "etl\n"),
    "a space": NAME.replace("etl", "e tl"),
    "a backslash": NAME.replace("etl", "..\\etl"),
    "a letter that is not ASCII": NAME.replace("etl", "\u0435tl"),
    "a hash sign": NAME + "#0",
    "a query": NAME + "?versionId=1",
    "a part too long": NAME.replace("etl", "e" * 151),
    "an object id in capitals": NAME.replace(OBJECT_ID, OBJECT_ID.upper()),
    "an object id too short": NAME[:-1],
    "an object id too long": NAME + "0",
    "an object id of other digits": NAME.replace("0", "\u0660"),
    "an object id of dots": NAME.replace(OBJECT_ID, ".."),
}


REFERENCE = f"r/-1/{OBJECT_ID}"
NO_REFERENCES = {
    "nothing": "",
    "a whole name": NAME,
    "two parts": f"r/{OBJECT_ID}",
    "four parts": f"r/-1/x/{OBJECT_ID}",
    "a way up": f"../../{OBJECT_ID}",
    "a way to another task": f"r/other/-1/{OBJECT_ID}",
    "an absolute path": f"/r/{OBJECT_ID}",
    "a URL": f"https://example.org/{OBJECT_ID}",
    "a newline": REFERENCE + "\n",
    "a number after it": REFERENCE + "#0",
    "an object id too short": REFERENCE[:-1],
    "an object id in capitals": f"r/-1/{'A' * 32}",
    "a letter that is not ASCII": f"\u0435/-1/{OBJECT_ID}",
}


@pytest.mark.parametrize("reference", NO_REFERENCES.values(), ids=NO_REFERENCES.keys())
def test_refuses_a_reference_that_gives_no_name_whatever_was_asked_for(reference: str) -> None:
    for request in (query(PLACE), query(PLACE, run_id=None, map_index=None)):
        with pytest.raises((InvalidPlaceholder, WrongCoordinates)):
            name_at(reference, request)


@pytest.mark.parametrize("part", ["task_id", "key"])
def test_refuses_a_reference_where_nobody_says_of_which_task_and_key_it_is(part: str) -> None:
    with pytest.raises(InvalidPlaceholder):
        name_at(REFERENCE, query(PLACE, **{part: None}))


@given(place=places)
def test_a_reference_gives_back_the_name_at_its_own_coordinates(place: Coordinates) -> None:
    name = object_name(place, OBJECT_ID)
    assert name_at(reference_of(name), query(place)) == name
    assert name_at(reference_of(name), query(place, run_id=None, map_index=None)) == name


@given(reference=st.one_of(st.text(max_size=60), st.lists(st.text(max_size=5), min_size=3, max_size=3).map("/".join)))
def test_reads_an_arbitrary_reference_or_refuses_it(reference: str) -> None:
    assert_reads_or_refuses(lambda: name_at(reference, query(PLACE)))


@pytest.mark.parametrize("name", FORGED.values(), ids=FORGED.keys())
def test_refuses_what_is_no_name_whatever_was_asked_for(name: str) -> None:
    for request in (query(PLACE), query(PLACE, **dict.fromkeys(COORDINATES[1:]))):
        with pytest.raises(InvalidPlaceholder):
            require_name(name, request)


OTHERS = {"dag_id": "etl2", "run_id": "other", "task_id": "group", "map_index": 1, "key": "out2"}


@pytest.mark.parametrize("part", OTHERS)
def test_refuses_the_name_of_another_xcom(part: str) -> None:
    with pytest.raises(WrongCoordinates):
        require_name(object_name(replace(PLACE, **{part: OTHERS[part]}), OBJECT_ID), query(PLACE))


@pytest.mark.parametrize(
    ("mine", "other"),
    [("a/b", "a%2Fb"), ("a~b", "a%7Eb"), ("A", "a"), ("\u00e4", "a\u0308"), ("1", "01"), ("x" * 151, "x" * 152)],
)
def test_refuses_the_name_of_an_xcom_that_is_written_alike(mine: str, other: str) -> None:
    with pytest.raises(WrongCoordinates):
        require_name(object_name(replace(PLACE, key=other), OBJECT_ID), query(replace(PLACE, key=mine)))


@given(name=st.one_of(st.text(max_size=60), st.lists(st.text(max_size=5), min_size=6, max_size=6).map("/".join)))
def test_reads_an_arbitrary_name_or_refuses_it(name: str) -> None:
    assert_reads_or_refuses(lambda: require_name(name, query(PLACE)))
