"""Writes the frozen vectors of docs/format.md, section 12, from secure-xcom itself.

``python tests/vectors/generate.py`` writes the files of ``v1``; with ``--check`` it compares them and exits with 1 when
one differs. They are frozen: a difference in an existing case is a bug in the code, never a reason to write them anew.
Keys and salts are hashes of the cases' names, so that nothing here is secret or random.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch
from uuid import UUID
from zoneinfo import ZoneInfo

from secure_xcom.adapters.local.file import FileStore
from secure_xcom.adapters.local.keyring import LocalKeyring
from secure_xcom.classify import Policy
from secure_xcom.errors import SecureXComError
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.model.contract import Contract, Reader
from secure_xcom.model.coordinates import Coordinates, XComQuery
from secure_xcom.model.domain import Domain
from secure_xcom.model.object_name import object_name, require_name
from secure_xcom.model.placeholder import Placeholder
from secure_xcom.model.seal import SealContext
from secure_xcom.model.value import Part
from secure_xcom.payload import tree
from secure_xcom.payload.codec import encode_parts
from secure_xcom.seal import native as framing
from secure_xcom.seal.context import FieldReader, context_bytes, prefixed
from secure_xcom.seal.envelope import open_envelope, parse_header, seal_envelope
from secure_xcom.seal.native import NATIVE_MAGIC
from secure_xcom.seal.sealer import encryption_context
from secure_xcom.secret import Secret
from secure_xcom.testing.fakes import SingleRoute, unrecorded_runtime
from tests.unit import world

HERE = Path(__file__).parent / "v1"
CREATED = 1_767_225_600

Case = dict[str, Any]

PLAIN = Coordinates(dag_id="etl", run_id="manual__2026-01-01T00:00:00+00:00", task_id="group.make", key="return_value")
MAPPED = Coordinates(dag_id="etl", run_id="r", task_id="t", key="k", map_index=2_147_483_647)
ODD = Coordinates(
    dag_id="\u00e4/ ?#&=+%41~", run_id="...", task_id="\U0001f511'\"\\\n", key="\ud800" + "x" * 200, map_index=0
)
LONG = Coordinates(dag_id="\u00fc" * 1024, run_id="x" * 150, task_id="x" * 151, key="~" * 1024)
PLACES = {"plain": PLAIN, "mapped": MAPPED, "odd characters, and a part that is cut": ODD, "as long as can be": LONG}


def known(name: str, count: int = 32) -> bytes:
    """Bytes that a case's name gives."""
    return sha256(name.encode()).digest()[:count]


def plaintext_of(count: int) -> bytes:
    """A long plaintext: byte number i is i modulo 251."""
    return (bytes(range(251)) * (count // 251 + 1))[:count]


def described(value: object) -> Any:
    """Describe a value in JSON, as docs/format.md says."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return {"float": value.hex()}
        case bytes() | bytearray():
            return {type(value).__name__: value.hex()}
        case list():
            return [described(item) for item in value]
        case tuple():
            return {"tuple": [described(item) for item in value]}
        case set() | frozenset():
            return {type(value).__name__: sorted((described(item) for item in value), key=json.dumps)}
        case dict():
            return {"dict": [[described(key), described(item)] for key, item in value.items()]}
    return _described_leaf(value)


def _described_leaf(value: object) -> Any:
    match value:
        case complex():
            return {"complex": [value.real.hex(), value.imag.hex()]}
        case Decimal():
            return {"decimal": str(value)}
        case UUID():
            return {"uuid": value.hex}
        case dt.datetime() | dt.time():
            written = value.replace(tzinfo=None).isoformat()
            return {type(value).__name__: [written, value.fold, _zone(value.tzinfo)]}
        case dt.date():
            return {"date": value.isoformat()}
        case dt.timedelta():
            return {"timedelta": [value.days, value.seconds, value.microseconds]}
    return {"object": described(_encode_object(value))}


def _zone(zone: dt.tzinfo | None) -> Any:
    if zone is None:
        return False
    if isinstance(zone, ZoneInfo):
        return zone.key
    assert isinstance(zone, dt.timezone)
    offset = zone.utcoffset(None)
    named = zone.tzname(None) != dt.timezone(offset).tzname(None)
    seconds = {"float": offset.total_seconds().hex()}
    return [seconds, zone.tzname(None)] if named else seconds


class Login:
    """Stands for a class that only Airflow can encode."""


def _encode_object(value: object) -> Any:
    assert isinstance(value, Login)
    return {"__classname__": "app.Login", "__version__": 1, "__data__": {"user": "ann", "password": "hunter2"}}


BERLIN = ZoneInfo("Europe/Berlin")
VALUES: dict[str, object] = {
    "none": None,
    "booleans": [True, False],
    "integers": [0, -1, 127, 128, -(2**63), 2**64 - 1],
    "integers beyond 64 bits": [2**64, -(2**63) - 1, 2**200],
    "floats": [0.0, -0.0, 1.5, float("inf"), float("-inf"), float("nan"), 5e-324],
    "text": ["", "plain", "\u00fc\U0001f511", "nul \0"],
    "text with lone surrogates": "a\ud800b\udfff",
    "bytes": [b"", b"\x00\xff"],
    "bytearray": bytearray(b"\x00\xff"),
    "list": [[], [[]]],
    "tuple": [(), (1, (2, "x"))],
    "set": {1, 2, 3},
    "frozenset": [frozenset(), frozenset({"x"}), frozenset({(1, 2)})],
    "dict of text": {"b": 1, "a": {"c": []}},
    "dict of text beyond ASCII": {"\u00fc": 1, "a": 2},
    "dict of other keys": {1: "int", "1": "text", None: "none", (1, 2): "tuple", 1.5: "float", b"x": "bytes"},
    "complex": [complex(1.5, -0.0), complex(float("inf"), 0.0)],
    "decimal": [Decimal(text) for text in ("1.10", "1E+3", "-0", "NaN", "sNaN12", "-Infinity")],
    "uuid": UUID("00112233-4455-6677-8899-aabbccddeeff"),
    "date": [dt.date(1, 1, 1), dt.date(9999, 12, 31)],
    "time": [dt.time(1, 2, 3), dt.time(1, 2, 3, 4, fold=1), dt.time(tzinfo=dt.UTC), dt.time(tzinfo=BERLIN)],
    "datetime without a zone": dt.datetime(2026, 1, 1, 12, 30, 15, 250_000),  # noqa: DTZ001
    "datetime of an offset": [
        dt.datetime(2026, 1, 1, tzinfo=dt.timezone(dt.timedelta(seconds=seconds))) for seconds in (0, 19_800, -0.5)
    ],
    "datetime of an offset with a name": dt.datetime(2026, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1), "CET")),
    "datetime of a time zone": [dt.datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=BERLIN) for fold in (0, 1)],
    "timedelta": [dt.timedelta(microseconds=-1), dt.timedelta(days=1, seconds=2, microseconds=3)],
    "object": Login(),
    "all of it in one another": {"a": [({1: {b"x"}},), Decimal("1.0"), {"t": dt.time(tzinfo=dt.UTC)}]},
}


def names() -> Iterator[Case]:
    """Section 2."""
    for name, place in PLACES.items():
        object_id = known(name, 16).hex()
        yield {**_named(name, place), "object_id": object_id, "object_name": object_name(place, object_id)}
    for part in ("", ".", "..", "x" * 1025):
        place = Coordinates(dag_id="d", run_id="r", task_id="t", key=part)
        yield {
            **_named(f"a part that is refused: {part[:2]!r}", place),
            "object_id": "0" * 32,
            "refused": _refusal(place),
        }


def _named(name: str, place: Coordinates) -> Case:
    return {"name": name, "coordinates": asdict(place)}


def _refusal(place: Coordinates) -> str:
    return _error(lambda: object_name(place, "0" * 32))


def _error(call: Callable[[], object]) -> str:
    try:
        call()
    except SecureXComError as error:
        return type(error).__name__
    raise AssertionError("this was to be refused")


def placeholders() -> Iterator[Case]:
    """Section 3."""
    name = object_name(PLAIN, "0" * 32)
    nodes: list[Any] = [Placeholder(store="s3", name=name, index=index).to_json() for index in range(3)]
    rows: dict[str, Any] = {
        "none": {"user": "ann", "list": [1, "***"]},
        "whole": nodes[0],
        "in a dict and a list": {"a": nodes[1], "b": [None, nodes[0]]},
        "in a tuple": {"__classname__": "builtins.tuple", "__version__": 1, "__data__": ["x", nodes[0]]},
        "in an object": {"__classname__": "app.Login", "__version__": 1, "__data__": {"password": nodes[0]}},
        "in a tuple in an object": {
            "__classname__": "app.Login",
            "__version__": 1,
            "__data__": {"a": {"__classname__": "builtins.tuple", "__version__": 1, "__data__": [nodes[0]]}},
        },
    }
    for title, row in rows.items():
        found = [
            {"path": list(path), "store": one.store, "object_name": one.name, "number": one.index}
            for path, one in tree.find_placeholders(row).items()
        ]
        yield {"name": title, "row": row, "placeholders": found}
    for title, change in {
        "another version": {"__version__": 2},
        "a key more": {"url": "x"},
        "no data": {"__data__": None},
        "another value": {"__data__": {"value": "x", "store": "s3", "ref": f"{name}#0"}},
        "a number with a zero": {"__data__": {"value": "***", "store": "s3", "ref": f"{name}#00"}},
        "no number": {"__data__": {"value": "***", "store": "s3", "ref": name}},
    }.items():
        row = [{**nodes[0], **change}]
        yield {"name": title, "row": row, "refused": _error(lambda row=row: tree.find_placeholders(row))}  # type: ignore[misc]


def payloads() -> Iterator[Case]:
    """Section 7."""
    for name, value in VALUES.items():
        yield _payload(name, Part(path=("a", 0), encoded=False, value=value))
    yield _payload("no parts")
    yield _payload("the whole value", Part(path=(), encoded=False, value="x"))
    yield _payload(
        "several parts",
        Part(path=("\ud800", 1), encoded=False, value={1, 2}),
        Part(path=("a", "__data__", "b"), encoded=True, value={"__classname__": "builtins.set", "__data__": [1]}),
    )


def _payload(name: str, *parts: Part) -> Case:
    shown = [{"path": list(part.path), "encoded": part.encoded, "value": described(part.value)} for part in parts]
    return {"name": name, "parts": shown, "payload": encode_parts(parts, _encode_object).hex()}


def envelopes() -> Iterator[Case]:
    """Sections 4 to 6."""
    small = encode_parts([Part(path=(), encoded=False, value="x")], _encode_object)
    yield _envelope("a small value", PLAIN, small)
    yield _envelope("no plaintext", PLAIN, b"")
    yield _envelope("odd coordinates", ODD, small)
    yield _envelope("a mapped task", MAPPED, small)
    yield _envelope("an expiry", PLAIN, small, expires=CREATED + 86_400)
    yield _envelope("a key of KMS", PLAIN, small, kek=("aws-kms", "alias/airflow-xcom", known("blob") * 5))
    for size in (2**20 - 1, 2**20, 2**20 + 1, 2**21, 2**21 + 12_345):
        yield _envelope(f"segments of {size} bytes", PLAIN, size)


def _envelope(
    name: str,
    place: Coordinates,
    plaintext: bytes | int,
    *,
    expires: int = 0,
    kek: tuple[str, str, bytes] | None = None,
    contract: Contract | None = None,
) -> Case:
    data_key, salt = known(f"data key of {name}"), known(f"salt of {name}")
    object_id = known(name, 16).hex()
    context = SealContext(coordinates=place, object_id=object_id, created=CREATED, expires=expires, contract=contract)
    kek = kek or ("local", "4f1c", known(f"wrapped key of {name}") + known("more of it", 28))
    content = plaintext_of(plaintext) if isinstance(plaintext, int) else plaintext
    sealed = seal_envelope(content, context, data_key, salt, kek)
    return {
        "name": name,
        "data_key": data_key.hex(),
        "salt": salt.hex(),
        "context": _flat(context),
        "kek": {"type": kek[0], "id": kek[1], "wrapped": kek[2].hex()},
        "plaintext": plaintext if isinstance(plaintext, int) else plaintext.hex(),
        "envelope": {"bytes": len(sealed), "sha256": sha256(sealed).hexdigest()}
        if isinstance(plaintext, int)
        else sealed.hex(),
    }


def _flat(context: SealContext) -> Case:
    flat = {
        **asdict(context.coordinates),
        "object_id": context.object_id,
        "created": context.created,
        "expires": context.expires,
    }
    if context.contract is not None:
        flat["consume"] = "once" if context.contract.once else "many"
        flat["readers"] = [[one.dag_id, one.task_id] for one in sorted(context.contract.readers, key=_on_the_wire)]
    return flat


def _on_the_wire(reader: Reader) -> bytes:
    texts = (reader.dag_id, reader.task_id)
    return b"".join(prefixed(text.encode("utf-8", "surrogatepass"), 2) for text in texts)


CONTRACTS = {
    "one reader": Contract(readers=frozenset({Reader("etl", "load")})),
    "read once": Contract(readers=frozenset({Reader("etl", "load"), Reader("report", "draw")}), once=True),
    "nobody": Contract(readers=frozenset()),
    "any task of the Dag": Contract(readers=frozenset({Reader("etl", "*")}), once=True),
    "sorted by their bytes, lengths first": Contract(
        readers=frozenset({Reader("b", "a"), Reader("aa", "a"), Reader("a", "bb"), Reader("é", "\ud800")})
    ),
}


def contracts() -> Iterator[Case]:
    """Section 5, with a contract."""
    for name, contract in CONTRACTS.items():
        yield _envelope(f"contract, {name}", PLAIN, name.encode(), expires=CREATED + 60, contract=contract)


def refused_contracts() -> Iterator[Case]:
    """Envelopes that are authentic, and whose contract is not in the one encoding."""
    one, two = (prefixed(dag, 2) + prefixed(b"load", 2) for dag in (b"etl", b"zoo"))
    fields = {
        "readers not in order": {b"readers": two + one},
        "a reader twice": {b"readers": one + one},
        "a reader that is cut": {b"readers": one[:-1]},
        "a Dag without a task": {b"readers": prefixed(b"etl", 2)},
        "readers that are not UTF-8": {b"readers": prefixed(b"\xff", 2) + prefixed(b"load", 2)},
        "consumed twice": {b"consume": b"twice"},
        "consumed never": {b"consume": b""},
        "readers alone": {b"consume": None},
        "consume alone": {b"readers": None},
        "another name": {b"consume": None, b"consumed": b"once"},
    }
    for name, changed in fields.items():
        yield _resealed(name, changed)


def _resealed(name: str, changed: dict[bytes, bytes | None]) -> Case:
    """Seal with a context that no writer writes."""
    contract = CONTRACTS["one reader"]
    context = SealContext(coordinates=PLAIN, object_id=known(name, 16).hex(), created=CREATED, contract=contract)
    reader = FieldReader(context_bytes(context))
    pairs: dict[bytes, bytes | None] = {}
    while not reader.is_at_end:
        pairs[reader.prefixed(2)] = reader.prefixed(2)
    pairs |= changed
    written = b"".join(
        prefixed(field, 2) + prefixed(value, 2) for field, value in sorted(pairs.items()) if value is not None
    )
    data_key = known(f"data key of {name}")
    with patch("secure_xcom.seal.envelope.context_bytes", lambda _: written):
        kek = ("local", "4f1c", known(f"wrapped key of {name}"))
        envelope = seal_envelope(b"plaintext", context, data_key, known(f"salt of {name}"), kek)
    return _refused(name, envelope, data_key)


def frames() -> Iterator[Case]:
    """Section 8."""
    for name, place in PLACES.items():
        context = SealContext(coordinates=place, object_id=known(name, 16).hex(), created=CREATED, expires=CREATED + 1)
        plaintext = encode_parts([Part(path=(), encoded=False, value=name)], _encode_object)
        frame = framing.frame(NATIVE_MAGIC, plaintext, context)
        yield {"name": name, "context": _flat(context), "plaintext": plaintext.hex(), "frame": frame.hex()}


KEYRING = {
    "version": 1,
    "primary": "4f1c",
    "keys": {name: base64.b64encode(known(f"kek {name}")).decode() for name in ("4f1c", "0a0b")},
}


@contextmanager
def _deterministic(name: str) -> Iterator[None]:
    """Let every random number be the next hash of ``name``."""
    count = iter(range(1000))

    def numbers(size: int) -> bytes:
        return known(f"{name}, random number {next(count)}", size)

    with ExitStack() as stack:
        stack.enter_context(patch("secrets.token_bytes", numbers))
        stack.enter_context(patch("secrets.token_hex", lambda size: numbers(size).hex()))
        stack.enter_context(patch("os.urandom", numbers))
        yield


def _keyring(directory: str) -> LocalKeyring:
    path = Path(directory, "keyring.json")
    path.touch(mode=0o600)
    path.write_text(json.dumps(KEYRING))
    return LocalKeyring(path)


def keyrings() -> Iterator[Case]:
    """Section 6, data keys."""
    for name, place in PLACES.items():
        context = encryption_context(Domain(place.dag_id), place)
        with TemporaryDirectory() as directory:
            ring = _keyring(directory)
            with _deterministic(f"keyring, {name}"):
                key = ring.generate(context)
        yield {
            "name": name,
            "keyring": KEYRING,
            "kek_id": key.kek_id,
            "context": context,
            "wrapped": key.wrapped.hex(),
            "data_key": key.plaintext.hex(),
        }


def refused() -> Iterator[Case]:
    """Envelopes that nobody opens."""
    whole = _envelope("the envelope that is altered", PLAIN, b"plaintext")
    sealed, data_key = bytes.fromhex(whole["envelope"]), bytes.fromhex(whole["data_key"])
    header = parse_header(sealed)
    tail = header.size - 64
    places = {
        "magic": 0,
        "suite": 4,
        "flags": 5,
        "segment_log2": 6,
        "codec": 7,
        "created": 15,
        "expires": 23,
        "plaintext_bytes": 31,
        "length of the context": 33,
        "first byte of the context": 34,
        "last byte of the context": len(header.bound) - 1,
        "salt": tail,
        "commitment": tail + 32,
        "first byte of the content": header.size,
        "last byte of the tag": len(sealed) - 1,
    }
    cases = {f"altered: {name}": _flip(sealed, position) for name, position in places.items()}
    cases["cut by a byte"] = sealed[:-1]
    cases["cut to the header"] = sealed[: header.size]
    cases["cut within the header"] = sealed[:40]
    cases["nothing"] = b""
    cases["a byte more"] = sealed + b"\0"
    cases["a frame"] = framing.frame(NATIVE_MAGIC, b"plaintext", header.context)
    for name, envelope in cases.items():
        yield _refused(name, envelope, data_key)
    yield _refused("another data key", sealed, known("another data key"))


def _flip(data: bytes, position: int) -> bytes:
    return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]


def _refused(name: str, envelope: bytes, data_key: bytes) -> Case:
    error = _error(lambda: open_envelope(parse_header(envelope), envelope, data_key))
    return {"name": name, "data_key": data_key.hex(), "envelope": envelope.hex(), "error": error}


ROWS: dict[str, object] = {
    "a value": Secret("correct horse"),
    "in a dict": {"user": "ann", "password": "correct horse"},
    "in a list and a tuple": ["x", Secret(b"\x00\xff"), ("y", Secret({1, 2}), None)],
    "in an object": {"login": world.Login("ann", "correct horse"), "n": 1},
    "deep": {"a": [{"b": ({"password": {1: Decimal("1.10")}}, 1.5)}], "password": [1, 2]},
}


def rows() -> Iterator[Case]:
    """The whole way."""
    for name, value in ROWS.items():
        with TemporaryDirectory() as directory:
            exchange = _exchange(directory)
            with _deterministic(f"row, {name}"):
                row = exchange.push(value, PLAIN)
            query = XComQuery(**asdict(PLAIN))
            stored = [path for path in Path(directory, "store").rglob("*") if path.is_file()]
            objects = {str(path.relative_to(Path(directory, "store"))): path.read_bytes().hex() for path in stored}
            for object_id in objects:
                require_name(object_id, query)
            opened = exchange.pull(row, query)
        yield {
            "name": name,
            "store": "file",
            "row": row,
            "asked": asdict(query),
            "objects": objects,
            "keyring": KEYRING,
            "value": described(world.ObjectHost().encode(opened) if name == "in an object" else opened),
        }


def _exchange(directory: str) -> Exchange:
    host = world.ObjectHost()
    return Exchange(
        unrecorded_runtime(host, lambda: CREATED),
        SingleRoute(FileStore(Path(directory, "store")), _keyring(directory)),
        Policy(
            rule_of_name=lambda name: "name" if name == "password" else None, holds_registered_secret=lambda text: False
        ),
    )


FILES: dict[str, Callable[[], Iterator[Case]]] = {
    "names.json": names,
    "placeholders.json": placeholders,
    "payloads.json": payloads,
    "envelopes.json": envelopes,
    "contracts.json": contracts,
    "frames.json": frames,
    "keyrings.json": keyrings,
    "refused.json": refused,
    "refused_contracts.json": refused_contracts,
    "rows.json": rows,
}


def main(arguments: list[str]) -> int:
    """Write the files, or compare them; return the exit code."""
    differing = []
    for name, cases in FILES.items():
        content = json.dumps(list(cases()), indent=1) + "\n"
        if arguments == ["--check"]:
            path = HERE / name
            differing += [name] if not path.exists() or path.read_text() != content else []
        else:
            HERE.mkdir(exist_ok=True)
            (HERE / name).write_text(content)
    for name in differing:
        print(f"{name} differs from what the code writes")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
