"""Every release opens the frozen vectors, and so does a reader that was written from the document alone."""

import ast
import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from secure_xcom import errors
from secure_xcom.adapters.local.file import FileStore
from secure_xcom.adapters.local.keyring import LocalKeyring
from secure_xcom.classify import Policy
from secure_xcom.classify.policy import NO_NAMES
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.model.contract import Contract, Reader
from secure_xcom.model.coordinates import Coordinates, XComQuery
from secure_xcom.model.object_name import object_name, require_name
from secure_xcom.model.seal import SealContext
from secure_xcom.model.value import ExtensionKind
from secure_xcom.payload import codec as payload
from secure_xcom.payload.parts import find_placeholder, restore
from secure_xcom.seal import native as framing
from secure_xcom.seal.envelope import parse_header, seal_envelope
from secure_xcom.seal.native import NATIVE_MAGIC
from secure_xcom.testing.fakes import SingleRoute, unrecorded_runtime
from tests.unit.payload.branches import decode_parts
from tests.vectors import independent_reader as reader
from tests.vectors.described import RebuildingHost, described, described_branch
from tests.vectors.opening import open_envelope

VECTORS = Path(__file__).parent / "v1"

Case = dict[str, Any]


def cases(*files: str, having: str = "name") -> pytest.MarkDecorator:
    """Parametrise a test with the cases of some files that have a field."""
    listed = [case for file in files for case in json.loads((VECTORS / file).read_text()) if having in case]
    return pytest.mark.parametrize("case", listed, ids=[case["name"] for case in listed])


def test_the_generator_writes_these_vectors_byte_for_byte() -> None:
    done = subprocess.run(
        [sys.executable, str(VECTORS.parent / "generate.py"), "--check"],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_independent_reader_shares_nothing_with_the_package() -> None:
    imported = set()
    for node in ast.walk(ast.parse(Path(reader.__file__).read_text())):
        if isinstance(node, ast.Import):
            imported |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module))
    assert {name.partition(".")[0] for name in imported} - sys.stdlib_module_names == {
        "cryptography",
        "msgspec",
        "pyarrow",
    }


# Names.


@cases("names.json", having="object_name")
def test_coordinates_give_the_name(case: Case) -> None:
    place = Coordinates(**case["coordinates"])
    assert object_name(place, case["object_id"]) == case["object_name"]
    require_name(case["object_name"], XComQuery(**case["coordinates"]))
    context = {**case["coordinates"], "map_index": str(place.map_index), "object_id": case["object_id"]}
    assert reader.object_name(context) == case["object_name"]
    reader.require_name(case["object_name"], case["coordinates"])


@cases("names.json", having="refused")
def test_coordinates_give_no_name(case: Case) -> None:
    with pytest.raises(getattr(errors, case["refused"])):
        object_name(Coordinates(**case["coordinates"]), case["object_id"])
    with pytest.raises(reader.RefusedError):
        reader.object_name({**case["coordinates"], "map_index": "-1", "object_id": case["object_id"]})


# Placeholders.


@cases("placeholders.json", having="placeholders")
def test_a_row_holds_the_placeholders(case: Case) -> None:
    listed = [(one["rule"], one["store"], one["ref"]) for one in case["placeholders"]]
    found = find_placeholder(case["row"])
    one = found.placeholder
    assert ([(one.rule, one.store, one.ref)] if one else []) == listed
    assert found.places == case["places"]
    assert reader.find_placeholder(case["row"]) == (listed[0] if listed else None, case["places"])


@cases("placeholders.json", having="refused")
def test_a_row_with_such_a_placeholder_is_refused(case: Case) -> None:
    with pytest.raises(getattr(errors, case["refused"])):
        find_placeholder(case["row"])
    with pytest.raises(reader.RefusedError):
        reader.find_placeholder(case["row"])


@cases("restored.json", having="encoding")
def test_parts_go_back_to_their_places(case: Case) -> None:
    parts, _ = decode_parts(bytes.fromhex(case["payload"]))
    row = restore(case["row"], parts, find_placeholder(case["row"]).places)
    assert described(row) == case["encoding"]
    assert reader.put_back(case["row"], reader.read_payload(bytes.fromhex(case["payload"]))) == case["encoding"]


@cases("restored.json", having="refused")
def test_parts_go_to_no_other_place(case: Case) -> None:
    parts, _ = decode_parts(bytes.fromhex(case["payload"]))
    with pytest.raises(getattr(errors, case["refused"])):
        restore(case["row"], parts, find_placeholder(case["row"]).places)
    with pytest.raises(reader.RefusedError):
        reader.put_back(case["row"], reader.read_payload(bytes.fromhex(case["payload"])))


# Payloads.


@cases("payloads.json")
def test_a_payload_holds_the_parts(case: Case) -> None:
    data = bytes.fromhex(case["payload"])
    parts, _ = decode_parts(data)
    assert described_branch(parts) == case["branches"]
    assert bytes(payload.encode_parts(parts).payload()) == data
    assert reader.read_payload(data) == case["branches"]


@cases("refused_payloads.json")
def test_a_payload_of_another_shape_is_refused(case: Case) -> None:
    with pytest.raises(getattr(errors, case["error"])):
        decode_parts(bytes.fromhex(case["payload"]))
    with pytest.raises(reader.RefusedError):
        reader.read_payload(bytes.fromhex(case["payload"]))


def test_each_extension_type_but_tables_has_a_vector() -> None:
    seen = set()
    for case in json.loads((VECTORS / "payloads.json").read_text()):
        data = bytes.fromhex(case["payload"])
        seen |= {code for code in (*payload._Ext, ExtensionKind.ARRAY) if _holds_extension(data, int(code))}
    # The bytes of a table name the version of the library that wrote them: tests/unit/payload/test_binary.py has these.
    assert seen == {*payload._Ext, ExtensionKind.ARRAY}


def _holds_extension(data: bytes, code: int) -> bool:
    """Whether the code stands after a MessagePack extension header: fixext, or ext 8 with its length."""
    fixed = any(data[i] in range(0xD4, 0xD9) and data[i + 1] == code for i in range(len(data) - 1))
    return fixed or any(data[i] == 0xC7 and data[i + 2] == code for i in range(len(data) - 2))


# Envelopes.


def _plaintext(case: Case) -> bytes:
    given = case["plaintext"]
    return bytes(index % 251 for index in range(given)) if isinstance(given, int) else bytes.fromhex(given)


def _context(case: Case) -> SealContext:
    given = dict(case["context"])
    rest = {name: given.pop(name) for name in ("object_id", "created", "expires")}
    consume, readers = given.pop("consume", None), given.pop("readers", [])
    contract = consume and Contract(readers=frozenset(Reader(*one) for one in readers), once=consume == "once")
    return SealContext(coordinates=Coordinates(**given), contract=contract, **rest)


def _sealed(case: Case) -> bytes:
    """Seal a case's plaintext again, with the salt that it had."""
    kek = (case["kek"]["type"], case["kek"]["id"], bytes.fromhex(case["kek"]["wrapped"]))
    data_key, salt = bytes.fromhex(case["data_key"]), bytes.fromhex(case["salt"])
    return bytes(seal_envelope(_plaintext(case), _context(case), data_key, salt, kek))


def _envelope(case: Case) -> bytes:
    """The frozen envelope; of a long one only the hash is frozen, and tells that the one sealed again is it."""
    if isinstance(case["envelope"], str):
        return bytes.fromhex(case["envelope"])
    sealed = _sealed(case)
    assert case["envelope"] == {"bytes": len(sealed), "sha256": sha256(sealed).hexdigest()}
    return sealed


@cases("envelopes.json", "contracts.json")
def test_an_envelope_is_sealed_as_ever(case: Case) -> None:
    assert _sealed(case) == _envelope(case)


@cases("envelopes.json", "contracts.json")
def test_an_envelope_opens(case: Case) -> None:
    sealed = _envelope(case)
    header = parse_header(sealed, len(sealed))
    assert header.context == _context(case)
    assert {"type": header.kek_type, "id": header.kek_id, "wrapped": header.wrapped.hex()} == case["kek"]
    assert open_envelope(sealed, bytes.fromhex(case["data_key"])) == _plaintext(case)


@cases("envelopes.json", "contracts.json")
def test_the_independent_reader_opens_an_envelope(case: Case) -> None:
    header = reader.read_header(_envelope(case))
    times = {"created": header.created, "expires": header.expires}
    assert {**header.context, **times} == _texts(case["context"])
    assert {"type": header.kek_type, "id": header.kek_id, "wrapped": header.wrapped.hex()} == case["kek"]
    assert reader.open_envelope(header, bytes.fromhex(case["data_key"])) == _plaintext(case)


def _texts(context: Case) -> Case:
    return {**context, "map_index": str(context["map_index"])}


@cases("refused.json", "refused_contracts.json")
def test_an_envelope_that_was_altered_is_refused(case: Case) -> None:
    sealed, data_key = bytes.fromhex(case["envelope"]), bytes.fromhex(case["data_key"])
    with pytest.raises(getattr(errors, case["error"])):
        open_envelope(sealed, data_key)
    with pytest.raises(reader.RefusedError):
        reader.open_envelope(reader.read_header(sealed), data_key)


# Frames.


@cases("frames.json")
def test_a_frame_opens(case: Case) -> None:
    data = bytes.fromhex(case["frame"])
    context, start = framing.unframe(NATIVE_MAGIC, data)
    assert (context, data[start:]) == (_context(case), bytes.fromhex(case["plaintext"]))
    assert reader.read_frame(data) == (_texts(case["context"]), bytes.fromhex(case["plaintext"]))


# Keyrings and whole rows.


def _keyring(case: Case, directory: Path) -> LocalKeyring:
    path = directory / "keyring.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(case["keyring"]))
    return LocalKeyring(path)


@cases("keyrings.json")
def test_a_keyring_unwraps(case: Case, tmp_path: Path) -> None:
    wrapped, data_key = bytes.fromhex(case["wrapped"]), bytes.fromhex(case["data_key"])
    assert _keyring(case, tmp_path).unwrap(wrapped, case["kek_id"], case["context"]) == data_key
    assert reader.unwrap_local(case["keyring"], case["kek_id"], wrapped, case["context"]) == data_key


@cases("rows.json")
def test_a_row_opens_with_its_object_and_its_keyring(case: Case, tmp_path: Path) -> None:
    for name, data in case["objects"].items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(bytes.fromhex(data))
    host = RebuildingHost()
    exchange = Exchange(
        unrecorded_runtime(host, SingleRoute(FileStore(tmp_path), _keyring(case, tmp_path)), lambda: 0),
        Policy(names=NO_NAMES, holds_registered_secret=lambda text: False),
    )
    assert described(exchange.pull(case["row"], XComQuery(**case["asked"]))) == case["value"]


@cases("rows.json")
def test_the_independent_reader_opens_a_row(case: Case) -> None:
    objects = {name: bytes.fromhex(data) for name, data in case["objects"].items()}
    assert reader.open_row(case["row"], case["asked"], objects, case["keyring"]) == case["value"]


@cases("rows.json")
@pytest.mark.parametrize("part", ["dag_id", "run_id", "task_id", "key", "map_index"])
def test_the_independent_reader_refuses_a_row_of_another_xcom(case: Case, part: str) -> None:
    objects = {name: bytes.fromhex(data) for name, data in case["objects"].items()}
    query = {**case["asked"], part: 7 if part == "map_index" else "7"}
    with pytest.raises(reader.RefusedError):
        reader.open_row(case["row"], query, objects, case["keyring"])
