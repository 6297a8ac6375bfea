"""Which of many texts stand in a text, by the automaton and by the trie, with what several threads and forks do."""

from __future__ import annotations

import math
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count, groupby
from types import FrameType, SimpleNamespace
from typing import Final, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from secure_xcom.classify import matcher as matcher_module
from secure_xcom.classify import matcher as module
from secure_xcom.classify.matcher import Matcher
from secure_xcom.classify.spans import Find, Span

MASK: Final = "***"


@pytest.fixture(scope="module", params=["automaton", "windows"])
def search(request: pytest.FixtureRequest) -> Iterator[None]:
    """Search with the optional package, and without it."""
    if request.param == "automaton":
        pytest.importorskip("ahocorasick_rs", reason="install ahocorasick-rs")
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "ahocorasick_rs", None)
        yield


both = pytest.mark.usefixtures("search")


def _matcher(*batches: Sequence[str]) -> Matcher:
    matcher = Matcher()
    for batch in batches:
        matcher.add(batch)
    return matcher


# The plain reference: each text is looked for at each place.


def _covered(texts: Sequence[str], text: str) -> list[bool]:
    covered = [False] * len(text)
    for each in filter(None, texts):
        for start in range(len(text)):
            if text.startswith(each, start):
                covered[start : start + len(each)] = [True] * len(each)
    return covered


def _masked(texts: Sequence[str], text: str) -> str:
    places = groupby(zip(_covered(texts, text), text, strict=True), key=lambda place: place[0])
    return "".join(MASK if is_covered else "".join(each for _, each in place) for is_covered, place in places)


ALPHABETS: Final = [
    "ab",
    "abc",
    # One, two, three and four bytes in UTF-8: a match is counted in characters.
    "a\u00e4\u20ac\U0001f511",
    # What a regular expression reads, even within a class or a verbose pattern.
    "a.*?",
    "\\|()",
    "[]^-",
    "{1,}",
    "$\n #",
    "\0a",
]
_alphabets = st.sampled_from(ALPHABETS)


def _texts_of(alphabet: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.text(alphabet, max_size=5) | st.text(alphabet, max_size=20), max_size=8)


_cases = _alphabets.flatmap(lambda alphabet: st.tuples(_texts_of(alphabet), st.text(alphabet, max_size=60)))
_batches = _alphabets.flatmap(
    lambda alphabet: st.tuples(st.lists(_texts_of(alphabet), max_size=6), st.text(alphabet, max_size=60))
)


@both
@given(case=_cases)
def test_a_text_holds_what_a_search_at_each_place_finds(case: tuple[list[str], str]) -> None:
    texts, text = case
    assert _matcher(texts).holds(text) is any(_covered(texts, text))


@both
@given(case=_cases)
def test_all_that_texts_cover_is_masked_and_nothing_else(case: tuple[list[str], str]) -> None:
    texts, text = case
    assert _matcher(texts).mask(text, MASK) == _masked(texts, text)


@both
@pytest.mark.parametrize("longest", [0, 12, 1 << 18], ids=["all texts long", "some texts long", "no text long"])
@given(case=_batches)
def test_texts_in_any_batches_between_searches_are_found_like_those_of_one(
    case: tuple[list[list[str]], str], longest: int
) -> None:
    batches, text = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_LONG", longest)
        matcher = Matcher()
        for number, batch in enumerate(batches, start=1):
            matcher.add(batch)
            so_far = [each for before in batches[:number] for each in before]
            assert matcher.mask(text, MASK) == _masked(so_far, text)
            assert matcher.holds(text) is any(_covered(so_far, text))
            assert len(matcher) == len({*so_far} - {""})


MASKED: Final[dict[str, tuple[list[str], str, str]]] = {
    "no texts": ([], "abc", "abc"),
    "an empty text": ([""], "abc", "abc"),
    "an empty text beside another": (["", "b"], "abc", "a***c"),
    "in an empty text": (["a", ""], "", ""),
    "one character": (["b"], "abcb", "a***c***"),
    "the whole": (["abc"], "abc", "***"),
    "longer than the text": (["abcd"], "abc", "abc"),
    "at both ends": (["ab"], "abxab", "***x***"),
    "two that overlap": (["abc", "cde"], "xabcdex", "x***x"),
    "two that touch": (["abc", "def"], "xabcdefx", "x***x"),
    "two a character apart": (["abc", "def"], "abc-def", "***-***"),
    "one that overlaps itself": (["aba"], "xababax", "x***x"),
    "one that touches itself": (["ab"], "xababx", "x***x"),
    "one that begins another": (["secret", "secret-tail"], "a secret-tail b secret c", "a *** b *** c"),
    "one that ends another": (["tail", "secret-tail"], "a secret-tail b tail c", "a *** b *** c"),
    "one within another": (["ret", "secrets"], "secrets", "***"),
    # The longest from the first place ends before a shorter one from the second.
    "a short one that begins later and ends later": (["abcd", "cdef"], "abcdef", "***"),
    "one that almost stands there, and within it another": (["abcx", "bc"], "abcd", "a***d"),
    "another case": (["Secret"], "secret SECRET Secret", "secret SECRET ***"),
    "a line's end": (["a\nb"], "xa\nb", "x***"),
    "as a regular expression would": (["a.c"], "abc a.c", "abc ***"),
    "a dot at a line's end": (["a."], "a\na.", "a\n***"),
    "a null character": (["\0"], "a\0b", "a***b"),
}


@both
@pytest.mark.parametrize(("texts", "text", "masked"), MASKED.values(), ids=MASKED.keys())
def test_masks(texts: list[str], text: str, masked: str) -> None:
    assert _matcher(texts).mask(text, MASK) == _masked(texts, text) == masked
    assert _matcher(texts).holds(text) is (masked != text)
    # In levels of their own, too.
    one_by_one = Matcher()
    for each in texts:
        one_by_one.add([each])
        one_by_one.holds(text)
    assert one_by_one.mask(text, MASK) == masked


@both
@pytest.mark.parametrize("replacement", ["", "\\1", "\\g<0>", "{}", "%s", "secret"], ids=repr)
def test_a_replacement_stands_as_it_is(replacement: str) -> None:
    assert _matcher(["secret"]).mask("a secret", replacement) == f"a {replacement}"


@both
@pytest.mark.parametrize("sign", "\\.^$*+?{}[]|()-#&~ \t\n\r\v\f'\"/<>=!:,%", ids=repr)
def test_a_sign_of_regular_expressions_stands_for_itself(sign: str) -> None:
    texts = [f"a{sign}b", f"a{sign}{sign}c", sign * 3]
    for text in [*texts, "ab", "aab", "aXb", "abb", "aXc", "ac", f"{sign}b", f"a{sign}", f"a{sign}c"]:
        assert _matcher(texts).holds(text) is any(each in text for each in texts)


# Surrogates, which UTF-8 cannot hold.


@both
@given(
    case=st.tuples(_texts_of("ab\ud800\udfff\U0001f511\ufffd"), st.text("ab\ud800\udfff\U0001f511\ufffd", max_size=30))
)
@example(case=(["\ud83d\udd11"], "\U0001f511 \ud83d\udd11"))
def test_texts_with_surrogates_are_found_and_the_rest_stays(case: tuple[list[str], str]) -> None:
    texts, text = case
    # One surrogate counts as any other: more may be masked, and never less.
    alike = str.maketrans(dict.fromkeys(range(0xD800, 0xE000), "\ufffd"))
    covered = _covered([each.translate(alike) for each in texts], text.translate(alike))
    expected = [
        MASK if is_covered else "".join(each for _, each in place)
        for is_covered, place in groupby(zip(covered, text, strict=True), key=lambda place: place[0])
    ]
    assert _matcher(texts).mask(text, MASK) == "".join(expected)
    assert _matcher(texts).holds(text) is any(covered)


# Sizes.


@both
def test_texts_of_thousands_of_characters_are_found() -> None:
    # Deeper than Python's stack, were each character a call.
    long = "".join(chr(0x4E00 + number * 7 % 5003) for number in range(5000))
    matcher = _matcher([long, long[:-1] + "x", "y" * 9000])
    assert matcher.mask(f"a {long} b {long[:-1]}x c {'y' * 9000} d", MASK) == "a *** b *** c *** d"
    assert not matcher.holds(f"{long[1:]} {long[:-1]} {'y' * 8999}")


@both
@pytest.mark.parametrize("search", ["automaton"], indirect=True)
def test_an_automaton_is_built_in_time_linear_in_its_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    # What follows each failure while it is built would take minutes for a run of a single character.
    package = sys.modules["ahocorasick_rs"]
    built: list[tuple[object, int]] = []

    def noted(kind: Callable[..., object]) -> Callable[..., object]:
        def build(texts: Sequence[str | bytes], **options: object) -> object:
            built.append((options["implementation"], max(map(len, texts))))
            return kind(texts, **options)

        return build

    stand_in = SimpleNamespace(
        AhoCorasick=noted(package.AhoCorasick),
        BytesAhoCorasick=noted(package.BytesAhoCorasick),
        Implementation=package.Implementation,
    )
    monkeypatch.setitem(sys.modules, "ahocorasick_rs", stand_in)  # type: ignore[arg-type]
    assert _matcher(["0" * 20_000, "secret"]).mask("a secret 0000", MASK) == "a *** 0000"
    assert _matcher(["0" * 20_000, "secret"]).mask("a secret ä0000", MASK) == "a *** ä0000"
    assert len(built) == 3
    assert all(kind == package.Implementation.ContiguousNFA for kind, longest in built if longest > 5)


@both
# Of the larger numbers, a pattern that nests each in the one before is too deep for ``re``.
@pytest.mark.parametrize("number", [100, 600], ids=["a hundred", "more than re can nest"])
def test_texts_that_begin_one_another_are_masked_by_the_longest(number: int) -> None:
    matcher = _matcher([f"key-{'a' * size}" for size in range(1, number + 1)])
    text = " ".join(f"key-{'a' * size}" for size in (1, 2, number - 1, number))
    assert matcher.mask(text, MASK) == "*** *** *** ***"
    assert matcher.mask(f"{text}a", MASK) == "*** *** *** ***a"
    assert not matcher.holds("key- ey-a key_a")


@both
def test_texts_that_begin_one_another_do_not_hide_others_among_them() -> None:
    # Hundreds of the first kind are written as plain alternatives: a short one must not end the search of its place.
    chain = ["a" * size for size in range(1, 601)]
    others = ["aaab-long", "aaab", "b.c", "\\d", "secret", "etna"]
    matcher = _matcher([*chain, *others])
    for text in ["xaaab-longx", "xaaabx", "xb.cx", "x\\dx", "xbdcx", "x9x", "xaxbx", "xsecretnax"]:
        assert matcher.mask(text, MASK) == _masked([*chain[:20], *others], text)


@both
def test_the_texts_are_all_found_among_thousands() -> None:
    texts = [f"secret-{number:05}" for number in range(5000)]
    matcher = _matcher(texts[:4000], texts[4000:])
    assert matcher.mask(" ".join(texts), MASK) == " ".join([MASK] * len(texts))
    assert not matcher.holds("secret-05000")


# What is compiled, and how often.


class Compilations:
    """Counts in the place of ``compile_search``: which texts are built, and how many passes a search makes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.of: Counter[str] = Counter()
        self.calls = 0
        self.passes = 0
        monkeypatch.setattr(module, "compile_search", self._compile)

    def _compile(self, texts: list[str]) -> Find:
        self.calls += 1
        self.of.update(texts)
        return self._find

    def _find(self, text: str) -> tuple[Span, ...]:
        self.passes += 1
        return ()

    def passes_of(self, matcher: Matcher, text: str) -> int:
        self.passes = 0
        assert not matcher.holds(text)
        return self.passes


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> Compilations:
    return Compilations(monkeypatch)


BATCHES: Final[dict[str, list[int]]] = {
    "one by one": [1] * 1000,
    "all at once": [1000],
    # Each batch is smaller than the one before: if only smaller ones were merged, none would be.
    "ever smaller": list(range(45, 0, -1)),
    "ever larger": list(range(1, 46)),
    "one after many": [512, *[1] * 488],
    "many after one": [*[1] * 488, 512],
    "by turns": [31, 1] * 32,
}


@pytest.mark.parametrize("sizes", BATCHES.values(), ids=BATCHES.keys())
def test_each_text_is_compiled_and_each_search_passes_no_more_often_than_a_counter_has_digits(
    sizes: list[int], compilations: Compilations
) -> None:
    _require_digits(sizes, compilations)


@given(sizes=st.lists(st.integers(1, 40), max_size=60))
def test_any_batches_are_merged_like_the_digits_of_a_counter(sizes: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        _require_digits(sizes, Compilations(patch))


def _require_digits(sizes: list[int], compilations: Compilations) -> None:
    matcher, numbers, total = Matcher(), count(), 0
    for size in sizes:
        matcher.add([f"text-{next(numbers):06}" for _ in range(size)])
        total += size
        assert compilations.passes_of(matcher, "a text to search") <= math.log2(total) + 1
    assert len(compilations.of) == total
    assert max(compilations.of.values(), default=0) <= math.log2(max(total, 1)) + 1


def test_a_text_that_is_known_is_not_compiled_again(compilations: Compilations) -> None:
    matcher = _matcher(["aaa", "bbb"])
    for _ in range(3):
        matcher.add(["bbb", "aaa", ""])
        matcher.holds("a text")
    assert (compilations.calls, compilations.of, len(matcher)) == (1, Counter(aaa=1, bbb=1), 2)


def test_texts_are_compiled_with_the_next_search_and_together(compilations: Compilations) -> None:
    matcher = _matcher(["aaa"], ["bbb"], ["ccc"])
    assert compilations.calls == 0
    for _ in range(3):
        assert compilations.passes_of(matcher, "a text") == 1
    assert compilations.calls == 1


def test_a_text_shorter_than_all_others_is_not_searched(compilations: Compilations) -> None:
    matcher = _matcher(["aaaaa"], ["bbb"], ["cccc"])
    assert (matcher.holds("bb"), matcher.mask("bb", MASK)) == (False, "bb")
    assert (compilations.calls, compilations.passes) == (0, 0)
    assert compilations.passes_of(matcher, "bbx") == 1


def test_a_long_text_is_passed_once_and_its_automaton_kept(
    compilations: Compilations,
) -> None:
    matcher, long = Matcher(), "a text that is long " * 15_000
    for size in (8, 4, 2):
        matcher.add([f"{size}-{number}" for number in range(size)])
        matcher.holds("a short")
    assert compilations.passes_of(matcher, "a short") == 3
    before = compilations.calls
    assert [compilations.passes_of(matcher, long) for _ in range(3)] == [1, 1, 1]
    assert compilations.passes_of(matcher, "a short") == 1
    assert compilations.calls == before + 1


@both
def test_texts_that_fail_to_come_leave_the_matcher_as_it_was() -> None:
    def broken() -> Iterator[str]:
        yield "bbb"
        raise ValueError

    matcher = _matcher(["aaa"])
    with pytest.raises(ValueError):
        matcher.add(broken())
    matcher.add(["ccc"])
    assert matcher.mask("aaa bbb ccc", MASK) == "*** bbb ***"


# Several threads.


@pytest.fixture
def switching() -> Iterator[None]:
    """Have threads take turns as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@both
@pytest.mark.usefixtures("switching")
@pytest.mark.parametrize("longest", [0, 1 << 18], ids=["long texts", "short texts"])
def test_threads_that_add_different_texts_lose_none(longest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LONG", longest)
    for _ in range(15):
        matcher, start, lost = Matcher(), threading.Barrier(8), list[str]()
        texts = [[f"thread-{thread}-text-{number}." for number in range(8)] for thread in range(8)]

        threads = [threading.Thread(target=_add_one_by_one, args=(own, matcher, start, lost)) for own in texts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert lost == []
        assert len(matcher) == 64
        assert matcher.mask(" ".join(each for own in texts for each in own), MASK) == " ".join([MASK] * 64)


def _add_one_by_one(own: list[str], matcher: Matcher, start: threading.Barrier, lost: list[str]) -> None:
    start.wait()
    for number, text in enumerate(own, start=1):
        matcher.add([text])
        # Each finds its own at once, however far the others are.
        lost += [each for each in own[:number] if not matcher.holds(f"a {each} b")]


# The rest does not rely on luck: it stops before each line of the matcher in turn, and has something else happen there.


def _find_plainly(texts: list[str]) -> Find:
    """In place of ``compile_search``: it runs no line that counts, and refuses what a trie would find everywhere."""
    assert texts
    assert all(texts)
    return lambda text: [
        (start, start + len(each))
        for each in texts
        for start in range(len(text) - len(each) + 1)
        if text.startswith(each, start)
    ]


@pytest.fixture
def plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "compile_search", _find_plainly)
    monkeypatch.setattr(module, "_LONG", 70)


KNOWN: Final = [f"known-{number}" for number in range(1, 7)]
NEW: Final = ("new-five", "zz")
SHORT, LONG = "a short text ", "a text of more than seventy characters, which is long here, all in all, and "


def _in_levels() -> Matcher:
    """Return a matcher of two levels, with a text that waits, and that will be merged with the second one alone."""
    matcher = _matcher(KNOWN[:4])
    matcher.holds(SHORT)
    matcher.add(KNOWN[4:5])
    matcher.holds(SHORT)
    assert [len(texts) for texts, _ in matcher._levels] == [4, 1]
    matcher.add(KNOWN[5:])
    return matcher


def _missing(matcher: Matcher, texts: Sequence[str], *arounds: str) -> list[str]:
    """Return what is not found; by default in short texts, and then in long ones, which have all levels built anew."""
    return [
        around + each
        for around in arounds or ("", SHORT, LONG)
        for each in texts
        if matcher.mask(around + each, MASK) != around + MASK or not matcher.holds(around + each)
    ]


class Call(NamedTuple):
    """Something that a thread does with a matcher: it adds texts, searches for all that are known, or both."""

    around: str | None = None
    texts: tuple[str, ...] = ()

    def __call__(self, matcher: Matcher) -> list[str]:
        """Return what is not found."""
        if self.texts:
            matcher.add(self.texts)
        if self.around is None:
            return []
        # In one search: the first of several would compile for the others.
        masked = matcher.mask(self.around + " ".join(KNOWN), MASK)
        return [each for each in KNOWN if each in masked]


CALLS: Final = {
    "a search of a short text": Call(SHORT),
    "a search of a long text": Call(LONG),
    "an addition": Call(texts=("new-five",)),
    "an addition of the shortest text": Call(texts=("zz",)),
    "an addition and a search": Call(SHORT, ("new-seven", "eight")),
}
each_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())


TOUCHING: Final = (Matcher.add.__code__, Matcher._compiled.__code__, Matcher._build.__code__)


class Stopping:
    """A call that does something else before the given one of its lines, of those that touch what a matcher keeps."""

    def __init__(self, call: Callable[[], object], line: int, stop: Callable[[], object]) -> None:
        self._call, self._line, self._stop = call, line, stop
        self.is_reached = False

    def __call__(self) -> None:
        lines = count()

        def trace(frame: FrameType, event: str, _: object) -> object:
            if frame.f_code not in TOUCHING:
                return None
            if event == "line" and next(lines) == self._line:
                self.is_reached = True
                self._stop()
            return trace

        sys.settrace(trace)
        try:
            self._call()
        finally:
            sys.settrace(None)


def _run(call: Callable[[], object]) -> None:
    """Run a call in a thread of its own: it is traced, and it may never return."""
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(timeout=20)
    assert not thread.is_alive(), "two wait for each other"


@pytest.mark.usefixtures("plainly")
@each_call
@pytest.mark.parametrize("handler", CALLS.values(), ids=[f"in a handler {name}" for name in CALLS])
def test_a_signal_may_be_handled_before_any_line(call: Call, handler: Call) -> None:
    # At SIGTERM, Airflow stops the task's operator, and that logs: in the very thread that may hold the lock.
    for line in count():
        matcher, lost = _in_levels(), list[str]()
        stopping = Stopping(partial(_collect, call, matcher, lost), line, partial(_collect, handler, matcher, lost))
        _run(stopping)
        added = (*call.texts, *(handler.texts if stopping.is_reached else ()))
        assert lost + _missing(matcher, [*KNOWN, *added]) == [], line
        if not stopping.is_reached:
            assert line > 3
            return


def _collect(call: Call, matcher: Matcher, lost: list[str]) -> None:
    try:
        lost += call(matcher)
    except BaseException as error:
        # That of a thread would fail no test.
        lost.append(repr(error))


@pytest.mark.parametrize("around", [SHORT, LONG], ids=["in a short text", "in a long text"])
def test_a_time_out_amid_a_search_loses_no_text(around: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Airflow's raises in the handler of a signal, and the task may go on.
    def time_out(texts: list[str]) -> Find:
        raise TimeoutError

    matcher = _in_levels()
    with monkeypatch.context() as patch:
        patch.setattr(module, "_LONG", 70)
        patch.setattr(module, "compile_search", time_out)
        with pytest.raises(TimeoutError):
            matcher.holds(around)
    _go_on(matcher, NEW)


class Watched:
    """The lock of a matcher, which says when a thread has to wait for it."""

    def __init__(self, matcher: Matcher, waits: Callable[[], object]) -> None:
        self._lock, self._waits = matcher._lock, waits

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            self._waits()
            self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class Pair:
    """A search that stops before one of its lines, until another thread has gone on to one of its own."""

    def __init__(self, search: Call, searching: int, call: Call, going: int) -> None:
        matcher, self._lost = _in_levels(), list[str]()
        self._has_gone, self._may_end = threading.Event(), threading.Event()
        self._search = Stopping(partial(_collect, search, matcher, self._lost), searching, self._start_other)
        self._call = Stopping(partial(_collect, call, matcher, self._lost), going, self._wait)
        self._other = threading.Thread(target=self._run_other, daemon=True)
        # If one needs the lock that the other has, it gets no further, and the other one goes on.
        matcher._lock = Watched(matcher, self._let_both_go)  # type: ignore[assignment]
        _run(self._search)
        self._let_both_go()
        if self._search.is_reached:
            self._other.join(timeout=20)
        self.lost = self._lost + _missing(matcher, [*KNOWN, *(call.texts if self._search.is_reached else ())])
        self.are_reached = (self._search.is_reached, self._call.is_reached)

    def _start_other(self) -> None:
        self._other.start()
        self._has_gone.wait()

    def _run_other(self) -> None:
        self._call()
        self._has_gone.set()

    def _wait(self) -> None:
        self._has_gone.set()
        self._may_end.wait()

    def _let_both_go(self) -> None:
        self._has_gone.set()
        self._may_end.set()


@pytest.mark.usefixtures("plainly")
@each_call
@pytest.mark.parametrize("around", [SHORT, LONG], ids=["in a short text", "in a long text"])
def test_a_search_finds_what_was_added_before_however_far_another_thread_goes_amid_it(call: Call, around: str) -> None:
    for searching in count():
        for going in count():
            pair = Pair(Call(around), searching, call, going)
            assert pair.lost == [], (searching, going)
            if not all(pair.are_reached):
                break
        if not pair.are_reached[0]:
            assert searching > 1
            return


# Forks.


def _code_of_child(run: Callable[[], object]) -> int:
    """Return the exit code of a child of this process, which has ten seconds; a signal's is negative."""
    child = os.fork()
    if not child:
        code = 1
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(10)
            run()
            code = 0
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
        finally:
            # Nothing of the tests goes on in the child: it would report a second time, and delete what it did not make.
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _require(texts: Sequence[str], *matchers: Matcher) -> None:
    for matcher in matchers:
        assert _missing(matcher, texts) == []


@both
def test_a_child_finds_all_texts_while_a_thread_of_its_parent_holds_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    compiles, forked = threading.Event(), threading.Event()
    compile_, parent = module.compile_search, os.getpid()

    def compile_slowly(texts: list[str]) -> Find:
        if os.getpid() == parent:
            compiles.set()
            forked.wait()
        return compile_(texts)

    matcher = _in_levels()
    monkeypatch.setattr(module, "compile_search", compile_slowly)
    compiler = threading.Thread(target=lambda: matcher.holds(SHORT))
    compiler.start()
    compiles.wait()

    try:
        assert _code_of_child(lambda: _go_on(matcher, NEW)) == 0
    finally:
        forked.set()
        compiler.join()
    # So does the parent, with its own lock.
    _go_on(matcher, NEW)


def test_a_child_has_a_lock_of_its_own_in_each_matcher() -> None:
    matchers = [_matcher(KNOWN) for _ in range(3)]
    held, forked = threading.Barrier(4), threading.Event()

    def hold(matcher: Matcher) -> None:
        with matcher._lock:
            held.wait()
            forked.wait()

    holders = [threading.Thread(target=hold, args=(matcher,)) for matcher in matchers]
    for holder in holders:
        holder.start()
    held.wait()
    try:
        assert _code_of_child(lambda: _require(KNOWN, *matchers)) == 0
    finally:
        forked.set()
        for holder in holders:
            holder.join()


@pytest.mark.usefixtures("plainly")
@each_call
def test_a_fork_before_any_line_loses_no_text(call: Call) -> None:
    for line in count():
        matcher, codes, lost = _in_levels(), list[int](), list[str]()
        child = partial(_go_on, matcher, call.texts)
        _run(Stopping(partial(_collect, call, matcher, lost), line, lambda: codes.append(_code_of_child(child))))  # noqa: B023
        assert (codes or [0], lost) == ([0], []), line
        if not codes:
            assert line > 3
            return


def _go_on(matcher: Matcher, texts: Sequence[str]) -> None:
    _require(KNOWN, matcher)
    # What its parent was about to add, it may add, too.
    matcher.add(texts)
    _require([*KNOWN, *texts], matcher)
    # And what it compiled, it keeps.
    assert matcher._waiting == []


def test_a_matcher_that_is_gone_is_not_kept_for_a_fork() -> None:
    before = len(module._matchers)
    matchers = [Matcher() for _ in range(5)]
    assert len(module._matchers) == before + 5
    matchers.clear()
    assert len(module._matchers) == before


@both
def test_texts_that_stand_in_one_another_give_no_more_matches_than_three_times_what_a_line_has_characters() -> None:
    find = matcher_module.compile_search(["=" * size for size in range(66, 266)])
    assert len(list(find("=" * 2_000))) <= 3 * 2_000
