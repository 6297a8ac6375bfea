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
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from secure_xcom.adapters.local.file import FileStore
from secure_xcom.adapters.local.keyring import LocalKeyring
from secure_xcom.classify import Policy
from secure_xcom.classify.names import Names
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.model.contract import Contract, Reader
from secure_xcom.model.coordinates import Coordinates, XComQuery
from secure_xcom.model.domain import Domain
from secure_xcom.model.object_name import object_name, require_name
from secure_xcom.model.seal import SealContext
from secure_xcom.payload.parts import Part
from secure_xcom.seal import native as framing
from secure_xcom.seal.context import FieldReader, context_bytes, prefixed
from secure_xcom.seal.envelope import parse_header, seal_envelope
from secure_xcom.seal.native import NATIVE_MAGIC
from secure_xcom.seal.sealer import encryption_context
from secure_xcom.secret import Secret
from secure_xcom.testing.fakes import SingleRoute, unrecorded_runtime
from tests.unit import world
from tests.unit.payload.branches import encode_parts
from tests.vectors.described import RebuildingHost, described
from tests.vectors.opening import open_envelope
from tests.vectors.payload_cases import (
    PLAIN,
    Case,
    error_of,
    payloads,
    placeholders,
    refused_payloads,
    restored,
)

HERE = Path(__file__).parent / "v1"
CREATED = 1_767_225_600

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
    return error_of(lambda: object_name(place, "0" * 32))


def envelopes() -> Iterator[Case]:
    """Sections 4 to 6."""
    small = encode_parts(Part("x"))
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
    sealed = bytes(seal_envelope(content, context, data_key, salt, kek))
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
        envelope = bytes(seal_envelope(b"plaintext", context, data_key, known(f"salt of {name}"), kek))
    return _refused(name, envelope, data_key)


def frames() -> Iterator[Case]:
    """Section 8."""
    for name, place in PLACES.items():
        context = SealContext(coordinates=place, object_id=known(name, 16).hex(), created=CREATED, expires=CREATED + 1)
        plaintext = encode_parts(Part(name))
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
    header = parse_header(sealed, len(sealed))
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
    error = error_of(lambda: open_envelope(envelope, data_key))
    return {"name": name, "data_key": data_key.hex(), "envelope": envelope.hex(), "error": error}


ROWS: dict[str, object] = {
    "a value": Secret("correct horse"),
    "in a dict": {"user": "ann", "password": "correct horse"},
    "in a list, a tuple and a set": ["x", Secret(b"\x00\xff"), ("y", Secret({1}), None), {Secret("z")}],
    "in an object": {"login": world.Login("ann", "correct horse"), "n": 1},
    "an object": {"password": world.Login("ann", ("correct", "horse")), "n": 1},
    "a dict that Airflow refuses": {"d": {"__id__": "correct horse", 1: [2]}, "n": 1},
    "deep": {"a": [{"b": ({"password": {1: dt.time(1)}}, 1.5)}], "password": [1, 2]},
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
            "value": described(opened),
        }


def _exchange(directory: str) -> Exchange:
    host = RebuildingHost()
    return Exchange(
        unrecorded_runtime(
            host, SingleRoute(FileStore(Path(directory, "store")), _keyring(directory)), lambda: CREATED
        ),
        Policy(
            names=Names(judge=lambda name: "name" if name == "password" else None).compiled(),
            holds_registered_secret=lambda text: False,
        ),
    )


FILES: dict[str, Callable[[], Iterator[Case]]] = {
    "names.json": names,
    "placeholders.json": placeholders,
    "restored.json": restored,
    "payloads.json": payloads,
    "refused_payloads.json": refused_payloads,
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
