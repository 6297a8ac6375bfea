"""``Heads``: long texts are found by how they begin, and what is built of them does not grow with their length."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.classify import heads, trie, windows
from secure_xcom.classify import search as search_module
from secure_xcom.classify.heads import Heads
from secure_xcom.classify.matcher import Matcher

MASK = "***"
LATER = " and so on" * 1_000


@pytest.fixture(params=["automaton", "windows"])
def search(request: pytest.FixtureRequest) -> Iterator[None]:
    """Search with the optional package, and without it."""
    if request.param == "automaton":
        pytest.importorskip("ahocorasick_rs", reason="install ahocorasick-rs")
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "ahocorasick_rs", None)
        yield


def _short_heads(patch: pytest.MonkeyPatch) -> None:
    for module in (heads, search_module, trie, windows):
        patch.setattr(module, "HEAD", 3)


def _matcher(texts: Sequence[str]) -> Matcher:
    matcher = Matcher()
    matcher.add(texts)
    return matcher


def _covered(texts: Sequence[str], text: str) -> str:
    covered = [
        any(
            text.startswith(one, start)
            for one in texts
            for start in range(place - len(one) + 1, place + 1)
            if start >= 0
        )
        for place in range(len(text))
    ]
    return "".join("*" if is_covered else each for is_covered, each in zip(covered, text, strict=True))


@pytest.mark.usefixtures("search")
@given(st.lists(st.text("ab\u00e4", min_size=1, max_size=9), max_size=9), st.text("ab\u00e4", max_size=60))
def test_what_begins_like_a_long_text_is_masked_only_where_all_of_it_stands(texts: list[str], text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        _short_heads(patch)
        masked = _matcher(texts).mask(text, "\0")
    expected = _covered(texts, text)
    while "**" in expected:
        expected = expected.replace("**", "*")
    assert masked.replace("\0", "*") == expected


@pytest.mark.usefixtures("search")
def test_where_comparing_takes_too_long_more_is_masked_and_never_less(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (heads, windows):
        monkeypatch.setattr(module, "FREE", -10_000)
    long = "0123456789abcdef" * 200 + "\u00e4" * 5_000
    matcher = _matcher([long, long + "x"])
    assert matcher.mask(f"a {long} b", MASK) in (f"a {MASK} b", f"a {MASK}")
    assert matcher.mask(f"a {long[:3_500]}{LATER}", MASK).startswith(f"a {MASK}")
    assert matcher.mask(f"\u20ac {long[:3_500]}{LATER}", MASK).startswith(f"\u20ac {MASK}")
    assert matcher.mask("a 0123456789abcdef b", MASK) == "a 0123456789abcdef b"


def test_of_texts_that_begin_alike_a_few_are_compared() -> None:
    compared: list[str] = []

    class Text(str):
        def startswith(self, one: str, start: int) -> bool:  # type: ignore[override]
            compared.append(one)
            return super().startswith(one, start)

    beginning = "b" * heads.HEAD
    texts = [f"{beginning}-{number:04}" for number in range(1_000)]
    end_of = Heads([*texts, beginning + "-"]).comparing(text := Text(f"{texts[700]} {beginning}-x"))
    assert end_of(0, heads.HEAD) == len(texts[700])
    second = len(texts[700]) + 1
    assert end_of(second, second + heads.HEAD) == second + heads.HEAD + 1
    assert len(compared) < 5, text


def test_an_automaton_holds_a_few_characters_of_each_long_text(monkeypatch: pytest.MonkeyPatch) -> None:
    package = pytest.importorskip("ahocorasick_rs", reason="install ahocorasick-rs")
    held: list[int] = []

    def counted(kind: Callable[..., object]) -> Callable[..., object]:
        def build(texts: Sequence[str | bytes], **options: object) -> object:
            held.append(sum(map(len, texts)))
            return kind(texts, **options)

        return build

    stand_in = SimpleNamespace(
        AhoCorasick=counted(package.AhoCorasick),
        BytesAhoCorasick=counted(package.BytesAhoCorasick),
        Implementation=package.Implementation,
    )
    monkeypatch.setitem(sys.modules, "ahocorasick_rs", stand_in)  # type: ignore[arg-type]
    texts = [f"{number:05}-\u00e9\\'\"" * 1_600 for number in range(160)] + [
        f"{number:05}" * 3_200 for number in range(160)
    ]
    matcher = _matcher(texts)
    assert matcher.mask(f"\u00e4 {texts[7]} {texts[200]}", MASK) == f"\u00e4 {MASK} {MASK}"
    assert matcher.mask(texts[200] * 2, MASK) == MASK
    assert held
    assert max(held) <= len(texts) * heads.HEAD
