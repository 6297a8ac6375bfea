"""The doctor's probes against a store and a key that know identities, sound or with one thing planted wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from secure_xcom.assembly import registry
from secure_xcom.assembly.router import Router
from secure_xcom.errors import (
    Diagnosis,
    KeyDenied,
    KeyUnauthenticated,
    KeyUnavailable,
    StoreDenied,
    StoreUnauthenticated,
    StoreUnavailable,
)
from secure_xcom.model.seal import DataKey, WrappedKey
from secure_xcom.ops.doctor.isolation import Expected
from secure_xcom.ops.doctor.probes import Probes
from secure_xcom.ops.doctor.report import Check, Outcome
from secure_xcom.ports.identity import Identity
from secure_xcom.ports.keys import KeyProvider
from secure_xcom.settings.settings import Settings
from secure_xcom.settings.uri import AdapterUri
from secure_xcom.testing.fakes import FakeHost, InMemoryKeyProvider, InMemoryStore

OWN, OTHER = "etl", "report"


@dataclass
class Server:
    """What a store and a key provider share: objects, keys, rules, and what is planted wrong."""

    wrong: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    keys: InMemoryKeyProvider = field(default_factory=InMemoryKeyProvider)
    now: float = 0.0


class GuardedStore(InMemoryStore):
    """Lets an identity touch what lies below its own segment."""

    scheme = "guarded"

    def __init__(self, server: Server, identity: Identity) -> None:
        super().__init__()
        self.objects = server.objects
        self._server = server
        self._segment = identity.domain.segment

    def _require(self, name: str, wrong: str) -> None:
        if self._server.wrong == "store down":
            raise StoreUnavailable("not reached")
        if self._server.wrong.startswith("no other") and self._segment == OTHER:
            raise StoreUnauthenticated("no credentials of the other Dag here")
        if self._server.wrong == "own refused" or (
            not name.startswith(f"{self._segment}/") and wrong not in self._server.wrong.split(", ")
        ):
            raise StoreDenied("refused")
        # As S3 says it to who may not list.
        if "missing is denied" in self._server.wrong and wrong == "other read" and name not in self.objects:
            raise StoreDenied("refused, or not there")

    def _put(self, name: str, data: bytes, expires: int) -> None:
        self._require(name, "other written")
        super()._put(name, data, expires)

    def _get(self, name: str) -> bytes:
        self._require(name, "other read")
        return b"something else" if self._server.wrong == "garbled" else super()._get(name)

    def _delete(self, name: str) -> None:
        self._require(name, "other deleted")
        super()._delete(name)

    def list_below(self, folder: str) -> None:
        """Refuse, unless planted for this folder."""
        if self._server.wrong != f"listed {folder}":
            raise StoreDenied(f"refused below {folder}")

    def put_unprotected(self, name: str) -> bool:
        """Refuse, unless planted."""
        if self._server.wrong == "unprotected":
            self.objects[name] = b""
            return True
        raise StoreDenied("refused")

    def server_time(self) -> float:
        """The clock of the test, or one that is off."""
        import time

        return time.time() + (3600 if self._server.wrong == "clock" else 0)


class GuardedKeys(KeyProvider):
    """Makes and unwraps data keys of an identity's own domain."""

    scheme = "guarded"

    def __init__(self, server: Server, identity: Identity) -> None:
        self._server = server
        self._segment = identity.domain.segment

    def _require(self, context: Mapping[str, str], wrong: str) -> None:
        if self._server.wrong == "own key not unwrapped" and wrong == "other key unwrapped":
            raise KeyDenied("no right to decrypt")
        if self._server.wrong == "key down":
            raise KeyUnavailable("not reached")
        if self._server.wrong.startswith("no other") and self._segment == OTHER:
            raise KeyUnauthenticated("no credentials of the other Dag here")
        if context["dag_id"] != self._segment and wrong not in self._server.wrong.split(", "):
            raise KeyDenied("refused")

    def _generate(self, context: Mapping[str, str]) -> DataKey:
        self._require(context, "other key made")
        return self._server.keys.generate(context)

    def _unwrap(self, wrapped: bytes, kek_id: str, context: Mapping[str, str]) -> bytes:
        self._require(context, "other key unwrapped")
        return self._server.keys.unwrap(wrapped, kek_id, context)

    def _wrap(self, key: bytes, context: Mapping[str, str]) -> WrappedKey:
        self._require(context, "other key made")
        return self._server.keys.wrap(key, context)

    def _holds(self, kek_id: str) -> bool:
        return self._server.keys.holds(kek_id)

    def _current(self) -> str:
        return self._server.keys.current()

    def _diagnose(self, error: Exception) -> Diagnosis:
        return Diagnosis.unknown("guarded", error)


Examine = Callable[..., tuple[dict[str, Check], Server]]


@pytest.fixture
def examine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Examine:
    """Run the probes against a server with one thing wrong."""

    def run(wrong: str = "", **options: bool) -> tuple[dict[str, Check], Server]:
        server = Server(wrong=wrong)

        def build(port: type, uri: AdapterUri, option: str, identity: Identity) -> object:
            return GuardedStore(server, identity) if option == "store" else GuardedKeys(server, identity)

        monkeypatch.setattr(registry, "_load", build)
        settings = Settings.parse({"store": "s3://b/x", "key": "aws-kms://alias/k"}, tmp_path)
        probes = Probes(Router(settings, FakeHost()), OWN, OTHER, Expected(**options))
        return {check.name: check for check in probes.checks()}, server

    return run


def _failed(checks: dict[str, Check]) -> set[str]:
    return {name for name, check in checks.items() if check.outcome is Outcome.FAILED}


def test_a_sound_deployment_has_every_check_in_order(examine: Examine) -> None:
    checks, server = examine()
    warned = {name for name, check in checks.items() if check.outcome is not Outcome.OK}
    assert warned == {"other-identity"}, "one process holds the identities of both Dags here"
    assert server.objects == {}


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        ("store down", {"store", "clock"} - {"clock"}),
        ("own refused", {"store"}),
        ("garbled", {"store"}),
        ("key down", {"key"}),
        ("clock", {"clock"}),
        ("other written", {"other-write"}),
        ("other read", {"other-read"}),
        ("other deleted", {"other-delete"}),
        ("listed ", {"list"}),
        ("listed etl", {"list"}),
        ("listed report", {"list"}),
        ("listed report/secure-xcom-doctor", {"list"}),
        ("unprotected", {"unprotected-put"}),
        ("other key made", {"other-key"}),
        ("other key unwrapped", {"other-key"}),
    ],
)
def test_what_is_wrong_is_found_by_name_and_nothing_else_is(examine: Examine, wrong: str, names: set[str]) -> None:
    checks, server = examine(wrong)
    assert _failed(checks) == names
    assert all(checks[name].fix for name in names)
    # What it may not delete it could write only because that was planted.
    assert server.objects == {} or wrong == "other written"


def test_a_key_that_makes_data_keys_and_may_not_unwrap_them_is_named_with_the_right_that_it_lacks(
    examine: Examine,
) -> None:
    checks, _ = examine("own key not unwrapped")
    assert _failed(checks) == {"key"}
    assert "makes a data key and may not unwrap it" in checks["key"].found
    assert "no right to decrypt" in checks["key"].found
    assert "grant this identity the right to decrypt" in checks["key"].fix
    assert checks["round-trip"].outcome is Outcome.SKIPPED


def test_without_isolation_nothing_of_another_dag_is_tried(examine: Examine) -> None:
    checks, _ = examine("other written", isolation=False)
    assert _failed(checks) == set()
    skipped = {name for name, check in checks.items() if check.outcome is Outcome.SKIPPED}
    assert skipped == {"other-write", "other-read", "other-delete", "list", "other-key", "other-identity"}


GRANT = "other read, other key unwrapped"


def test_a_grant_is_expected_to_work(examine: Examine) -> None:
    checks, server = examine(GRANT, granted=True)
    assert {name for name, check in checks.items() if check.outcome is not Outcome.OK} == {"other-identity"}
    assert "granted by the routes file" in checks["other-read"].found
    assert "granted by the routes file" in checks["other-key"].found
    assert server.objects == {}


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        (f"{GRANT}, other written", {"other-write"}),
        (f"{GRANT}, other deleted", {"other-delete"}),
        (f"{GRANT}, other key made", {"other-key"}),
        ("other key unwrapped", {"other-read"}),
        ("other read", {"other-key"}),
        ("no other", {"other-read"}),
    ],
)
def test_a_grant_gives_reading_and_nothing_else(examine: Examine, wrong: str, names: set[str]) -> None:
    checks, _ = examine(wrong, granted=True)
    assert _failed(checks) == names
    assert all(checks[name].fix for name in names)


@pytest.mark.parametrize("granted", [False, True])
def test_a_refusal_that_tells_nothing_is_not_taken_for_one(examine: Examine, granted: bool) -> None:
    """Nothing could be put for the other Dag, and the store says "denied" of what is not there."""
    checks, _ = examine("no other, missing is denied", granted=granted)
    assert checks["other-read"].outcome is (Outcome.SKIPPED if granted else Outcome.OK)
    assert "none could be put" in checks["other-read"].found or granted


def test_a_worker_that_can_act_as_the_other_dag_is_told_and_with_strict_found(examine: Examine) -> None:
    checks, _ = examine()
    assert checks["other-identity"].outcome is Outcome.WARNING
    assert "platform" in checks["other-identity"].fix
    assert "the routes stop mistakes, but not hostile code" in checks["other-identity"].found
    checks, _ = examine(strict=True)
    assert _failed(checks) == {"other-identity"}
    assert "platform" in checks["other-identity"].fix


def test_a_worker_with_its_own_identity_alone_is_in_order(examine: Examine) -> None:
    checks, server = examine("no other", strict=True)
    assert {check.outcome for check in checks.values()} == {Outcome.OK}
    assert checks["other-identity"].found == "this worker cannot act as report"
    assert "no data key of the other Dag could be made" in checks["other-key"].found
    assert server.objects == {}


def test_files_and_a_keyring_are_made_by_the_first_push_and_not_by_the_doctor(tmp_path: Path) -> None:
    router = Router(Settings.parse({}, tmp_path), FakeHost())
    checks = {check.name: check for check in Probes(router, OWN, OTHER).checks()}
    others = {check.outcome for name, check in checks.items() if name != "other-identity"}
    assert others == {Outcome.SKIPPED}
    assert list(tmp_path.iterdir()) == []


NOWHERE = "/proc/secure-xcom"
"""Where nobody makes a directory, root either."""


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"store": f"file://{NOWHERE}"}, {"store"}),
        ({"large_store": f"file://{NOWHERE}", "large_threshold": "1000"}, {"large-store"}),
        ({"key": f"local://{NOWHERE}/keyring.json"}, {"keyring"}),
    ],
    ids=["store", "large store", "keyring"],
)
def test_what_no_push_can_make_is_found(options: dict[str, str | None], names: set[str], tmp_path: Path) -> None:
    router = Router(Settings.parse(options, tmp_path), FakeHost())
    checks = {check.name: check for check in Probes(router, OWN, OTHER).checks()}
    assert _failed(checks) == names
    assert all(NOWHERE in checks[name].found and checks[name].fix for name in names)


def test_the_large_store_is_tried_as_the_store(tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.mkdir(0o700)
    options: dict[str, str | None] = {"large_store": f"file://{large}", "large_threshold": "1000"}
    probes = Probes(Router(Settings.parse(options, tmp_path), FakeHost()), OWN, OTHER)
    checks = {check.name: check for check in probes.checks()}
    assert checks["large-store"].outcome is Outcome.OK
    assert list(large.iterdir()) == []


def test_a_keyring_that_others_can_read_is_found(tmp_path: Path) -> None:
    settings = Settings.parse({}, tmp_path)
    keyring = tmp_path / "secure_xcom" / "keyring.json"
    router = Router(settings, FakeHost())
    keyring.parent.mkdir()
    registry.build_key_provider(settings.key or SimpleNamespace()).generate({})  # type: ignore[arg-type]
    keyring.chmod(0o644)
    checks = {check.name: check for check in Probes(router, OWN, OTHER).checks()}
    assert _failed(checks) == {"keyring"}
    assert "chmod 600" in checks["keyring"].found
