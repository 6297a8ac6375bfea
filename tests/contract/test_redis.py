"""The Redis store against a real Redis, and against one that fails on purpose."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme

from secure_xcom.adapters.redis.store import MAX_STRING_BYTES, RedisStore
from secure_xcom.errors import (
    ConfigurationError,
    ObjectNotFound,
    ObjectTooLarge,
    StoreDenied,
    StoreError,
    StoreUnauthenticated,
    StoreUnavailable,
    Tampered,
)
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.domain import Domain
from secure_xcom.model.object_name import new_object_id, object_name
from secure_xcom.ports.calls import CONCURRENT_PULLS
from secure_xcom.ports.identity import Connection, Identity
from secure_xcom.ports.store import Store
from secure_xcom.settings.uri import AdapterUri
from secure_xcom.testing.fakes import FakeHost
from secure_xcom.testing.suites import StoreContract, StoreListingContract, StoreReplaceContract
from tests.fixtures.redis import RedisServer, RedisStub
from tests.fixtures.stub import shown
from tests.fixtures.waits import MANY, fast_forward
from tests.mistakes import mistake

CANARY = "canary-4c1e-of-the-object"
PASSWORD = "canary-4c1e-of-the-password"

NAME = "etl/run/task/-1/return_value/" + "0" * 32
READ = ("+get", "+getrange", "+strlen")
OPERATIONS = ("put", "get", "delete")
ODD = "ä/ ?#&=+%41\n'\"\\:*[a-z]^"


FAILURES = (
    (b"-NOAUTH Authentication required.", StoreUnauthenticated, 1),
    (b"-WRONGPASS invalid username-password pair or user is disabled.", StoreUnauthenticated, 1),
    (b"-NOPERM this user has no permissions to run the 'get' command", StoreDenied, 1),
    (b"-NOPERM No permissions to access a key", StoreDenied, 1),
    (b"-LOADING Redis is loading the dataset in memory", StoreUnavailable, MANY),
    (b"-BUSY Redis is busy running a script.", StoreUnavailable, MANY),
    (b"-READONLY You can't write against a read only replica.", StoreUnavailable, MANY),
    (b"-MASTERDOWN Link with MASTER is down", StoreUnavailable, MANY),
    (b"-CLUSTERDOWN The cluster is down", StoreUnavailable, MANY),
    (b"-TRYAGAIN Multiple keys request during rehashing of slot", StoreUnavailable, MANY),
    (b"-NOREPLICAS Not enough good replicas to write.", StoreUnavailable, MANY),
    (b"-ERR max number of clients reached", StoreUnavailable, MANY),
    (None, StoreUnavailable, MANY),
    (b"-MOVED 3999 127.0.0.1:6381", StoreError, 1),
    (b"-ASK 3999 127.0.0.1:6381", StoreError, 1),
    (b"-OOM command not allowed when used memory > 'maxmemory'.", StoreError, 1),
    (b"-MISCONF Redis is configured to save RDB snapshots, but it can't", StoreError, 1),
    (b"-ERR Protocol error: invalid bulk length", ObjectTooLarge, 1),
    (b"-ERR unknown command 'GET'", StoreError, 1),
    (b"-ERR syntax error", StoreError, 1),
    (b"-SURPRISE", StoreError, 1),
)
"""What Redis answers, the error of it, and how often the request is tried."""


def build(uri: str, identity: Identity | None = None) -> RedisStore:
    return RedisStore.from_uri(AdapterUri.parse(uri, option="store"), identity)


def plain(server: RedisServer, prefix: str = "airflow/xcom", params: str = "") -> RedisStore:
    return build(f"redis://127.0.0.1:{server.port}/{prefix}?{params}".rstrip("?"))


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the environment holds, and let attempts follow one another at once."""
    monkeypatch.delenv("REDISCLI_AUTH", raising=False)
    fast_forward(monkeypatch)


@pytest.fixture
def as_admin(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> RedisServer:
    """The session's Redis, with its default user's password in the environment."""
    monkeypatch.setenv("REDISCLI_AUTH", redis_server.password)
    return redis_server


@pytest.fixture
def at_stub(redis_stub: RedisStub) -> RedisStore:
    """A store whose Redis is the stub."""
    return build(f"redis://127.0.0.1:{redis_stub.port}/p")


@dataclass
class Connected:
    """Airflow's connections, of which there is one."""

    one: Connection = field(repr=False)
    asked: int = 0

    def connection(self, conn_id: str) -> Connection:
        self.asked += 1
        return self.one

    def aws_session(self, conn_id: str, region_name: str | None) -> object:
        raise NotImplementedError


def connected(one: Connection, params: str = "") -> tuple[RedisStore, Connected]:
    connections = Connected(one)
    identity = Identity(domain=Domain("etl"), connections=connections)
    return build(f"redis:///p?conn_id=my_redis{params}", identity), connections


class TestRedisStore(StoreContract, StoreListingContract, StoreReplaceContract):
    @pytest.fixture
    def store(self, as_admin: RedisServer) -> Store:
        return plain(as_admin)


class TestRedisStoreWithoutAPrefix(StoreContract, StoreListingContract, StoreReplaceContract):
    @pytest.fixture
    def store(self, as_admin: RedisServer) -> Store:
        return plain(as_admin, "", "db=3")


class TestRedisStoreOverTls(StoreContract, StoreListingContract, StoreReplaceContract):
    @pytest.fixture
    def store(self, as_admin: RedisServer) -> Store:
        return build(f"redis://localhost:{as_admin.tls_port}/tls?ssl=true&ca_cert={as_admin.ca_cert}")


class TestRedisStoreOfAUserWithThreeCommands(StoreContract):
    @pytest.fixture
    def store(self, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Store:
        name, password = redis_server.user("~own/*", *READ, "+set", "+unlink")
        monkeypatch.setenv("REDISCLI_AUTH", password)
        return plain(redis_server, "own", f"username={name}")


class TestWhatRedisKeeps:
    @pytest.mark.parametrize(("prefix", "key"), [("", NAME), ("a/b", f"a/b/{NAME}")], ids=["no prefix", "prefix"])
    def test_the_key_is_prefix_and_name_and_its_value_the_object(
        self, start_redis: Callable[..., RedisServer], monkeypatch: pytest.MonkeyPatch, prefix: str, key: str
    ) -> None:
        server = start_redis()
        monkeypatch.setenv("REDISCLI_AUTH", server.password)
        plain(server, prefix).put(NAME, b"sealed")
        assert server.redis.keys() == [key.encode()]
        assert server.redis.get(key) == b"sealed"

    def test_an_object_that_expires_is_dropped_by_redis_in_time(self, as_admin: RedisServer) -> None:
        store, expires = plain(as_admin, "kept"), int(time.time()) + 1000
        store.put(NAME, b"sealed", expires)
        assert as_admin.redis.expiretime(f"kept/{NAME}") == expires
        assert store.get(NAME) == b"sealed"
        store.delete(NAME)

    def test_an_object_whose_time_is_over_is_not_found(self, as_admin: RedisServer) -> None:
        store = plain(as_admin, "over")
        store.put(NAME, b"sealed", int(time.time()) - 1)
        with pytest.raises(ObjectNotFound, match="has expired"):
            store.get(NAME)
        assert as_admin.redis.exists(f"over/{NAME}") == 0

    def test_without_a_time_an_object_stays(self, as_admin: RedisServer) -> None:
        plain(as_admin, "stays").put(NAME, b"sealed")
        assert as_admin.redis.ttl(f"stays/{NAME}") == -1

    def test_a_put_never_overwrites(self, as_admin: RedisServer) -> None:
        store = plain(as_admin, "once")
        store.put(NAME, b"first")
        with pytest.raises(StoreError, match="none is ever overwritten"):
            store.put(NAME, b"second")
        assert store.get(NAME) == b"first"

    def test_a_database_of_its_own_keeps_it(self, as_admin: RedisServer) -> None:
        plain(as_admin, "numbered", "db=5").put(NAME, b"sealed")
        assert as_admin.redis.exists(f"numbered/{NAME}") == 0

    def test_what_redis_has_lost_is_told_with_who_must_run_again(self, as_admin: RedisServer) -> None:
        store = plain(as_admin, "lost")
        store.put(NAME, b"sealed")
        as_admin.redis.delete(f"lost/{NAME}")
        with pytest.raises(ObjectNotFound, match=r"lost with a restart\.\nClear the task that pushed it"):
            store.get(NAME)

    def test_the_limit_is_the_one_of_redis_by_default(self, as_admin: RedisServer) -> None:
        assert int(as_admin.redis.config_get("proto-max-bulk-len")["proto-max-bulk-len"]) == MAX_STRING_BYTES

    def test_an_object_over_a_lower_limit_of_redis_is_refused(
        self, start_redis: Callable[..., RedisServer], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server = start_redis("proto-max-bulk-len 1mb")
        monkeypatch.setenv("REDISCLI_AUTH", server.password)
        store, most = plain(server), b"x" * (1 << 20)
        store.put(NAME, most)
        assert store.get(NAME) == most
        # Redis hangs up on it, and its answer may be lost with the connection.
        with pytest.raises(StoreError):
            store.put(NAME + "1", most + b"x")
        assert server.redis.dbsize() == 1

    def test_a_listing_is_whole_though_its_order_changes_as_redis_grows(
        self, start_redis: Callable[..., RedisServer], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # A server of its own: the table of one that others filled is too large to grow.
        server = start_redis()
        monkeypatch.setenv("REDISCLI_AUTH", server.password)
        store = plain(server, "grows")
        names = {f"etl/run-{number}/make/-1/return_value/{number:032}" for number in range(50)}
        for name in names:
            store.put(name, b"sealed")
        first = [one.name for one in store.listing("etl")]
        others = {f"others/{number}": b"" for number in range(4096)}
        server.redis.mset(others)
        second = [one.name for one in store.listing("etl", first[25])]
        assert set(first) == set(second) == names

    def test_tells_redis_own_time(self, as_admin: RedisServer) -> None:
        assert abs(plain(as_admin).server_time() - time.time()) < 60


class TestIsolation:
    """A user that has the rights on one Dag's folder which the documentation tells to grant."""

    DAGS = (
        ("etl", "etl2"),
        ("etl2", "etl"),
        ("etl", "ETL"),
        ("a*", "ab"),
        ("a?", "ab"),
        ("[ab]", "a"),
        ("a/b", "a"),
        ("a", "a/b"),
        ("*", "etl"),
        (ODD, "etl"),
        ("etl", ODD),
        ("k" * 250, "k" * 249),
    )

    @pytest.mark.parametrize("operation", OPERATIONS)
    @pytest.mark.parametrize(("own", "other"), DAGS)
    def test_a_dags_user_cannot_touch_another_dags_objects(
        self, redis_server: RedisServer, tmp_path: Path, own: str, other: str, operation: str
    ) -> None:
        user, password = redis_server.user(f"~xcom/{Domain(own).segment}/*", *READ, "+set", "+unlink")
        (tmp_path / "password").write_text(f"{password}\n")
        store = plain(redis_server, "xcom", f"username={user}&password_file={tmp_path}/password")
        mine, foreign = _of(own, new_object_id()), _of(other, new_object_id())
        redis_server.redis.set(f"xcom/{foreign}", b"sealed")
        store.put(mine, b"changed")
        assert store.get(mine) == b"changed"
        store.delete(mine)
        with pytest.raises(StoreDenied, match="ACL does not allow it"):
            _call(store, operation, foreign)
        assert redis_server.redis.get(f"xcom/{foreign}") == b"sealed"

    @pytest.mark.parametrize(("operation", "error"), [("put", StoreDenied), ("get", None), ("delete", StoreDenied)])
    def test_a_domain_that_was_granted_reading_can_only_read(
        self, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch, operation: str, error: type[StoreError] | None
    ) -> None:
        user, password = redis_server.user("~xcom/etl/*", "%R~xcom/shared/*", *READ, "+set", "+unlink")
        monkeypatch.setenv("REDISCLI_AUTH", password)
        name = _of("shared", new_object_id())
        redis_server.redis.set(f"xcom/{name}", b"sealed")
        with pytest.raises(error) if error else nullcontext():
            _call(plain(redis_server, "xcom", f"username={user}"), operation, name)
        assert redis_server.redis.get(f"xcom/{name}") == b"sealed"

    def test_a_user_who_may_push_and_pull_lists_nothing(
        self, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        user, password = redis_server.user("~xcom/etl/*", *READ, "+set", "+unlink", "+time")
        monkeypatch.setenv("REDISCLI_AUTH", password)
        with pytest.raises(StoreDenied):
            plain(redis_server, "xcom", f"username={user}").list_below("etl")

    def test_one_who_may_list_is_told_apart(self, as_admin: RedisServer) -> None:
        plain(as_admin, "xcom").list_below("etl")

    def test_there_is_no_encryption_of_redis_to_go_around(self, at_stub: RedisStore, redis_stub: RedisStub) -> None:
        assert at_stub.put_unprotected(NAME) is False
        assert redis_stub.commands == []

    def test_the_uri_may_name_a_user_and_a_file_for_each_domain(
        self, redis_server: RedisServer, tmp_path: Path
    ) -> None:
        for dag in ("etl", "other"):
            rules = (f"~xcom/{dag}/*", *READ, "+set", "+unlink")
            _, password = redis_server.user(*rules, name=f"xcom-{dag}")
            (tmp_path / dag).write_text(password)
        uri = AdapterUri.parse(
            f"redis://127.0.0.1:{redis_server.port}/xcom?username=xcom-{{domain}}&password_file={tmp_path}/{{domain}}",
            option="store",
        )
        etl = Domain("etl")
        store = RedisStore.from_uri(uri.of_domain(etl, etl))
        store.put(_of("etl"), b"sealed")
        assert store.get(_of("etl")) == b"sealed"
        with pytest.raises(StoreDenied):
            store.get(_of("other"))


class TestLogin:
    @pytest.mark.parametrize("operation", OPERATIONS)
    @pytest.mark.parametrize("user", ["", "username=sxc-nobody"])
    def test_a_wrong_password_is_not_taken_for_a_refusal(
        self, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch, user: str, operation: str
    ) -> None:
        monkeypatch.setenv("REDISCLI_AUTH", PASSWORD)
        with pytest.raises(StoreUnauthenticated, match="Check username, password_file and REDISCLI_AUTH") as caught:
            _call(plain(redis_server, params=user), operation)
        assert PASSWORD not in shown(caught.value)

    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_a_redis_that_wants_a_password_is_not_used_without(self, redis_server: RedisServer, operation: str) -> None:
        with pytest.raises(StoreUnauthenticated):
            _call(plain(redis_server), operation)

    def test_a_user_without_a_password_is_told_before_anything_is_asked(self, redis_stub: RedisStub) -> None:
        with pytest.raises(StoreUnauthenticated, match="no password for Redis, or it cannot be read\nREDISCLI_AUTH"):
            build(f"redis://127.0.0.1:{redis_stub.port}/p?username=etl").get(NAME)
        assert redis_stub.connections == 0

    @pytest.mark.parametrize("content", [None, "", "\n", b"\xff"], ids=["absent", "empty", "blank", "no text"])
    def test_a_file_without_a_password_is_named_before_anything_is_asked(
        self, redis_stub: RedisStub, tmp_path: Path, content: str | bytes | None
    ) -> None:
        file = tmp_path / "password"
        if content is not None:
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        store = build(f"redis://127.0.0.1:{redis_stub.port}/p?password_file={file}")
        with pytest.raises(StoreUnauthenticated, match=f"there is no password for Redis, or it cannot be read\n{file}"):
            store.get(NAME)
        assert redis_stub.connections == 0

    def test_a_password_that_was_replaced_is_read_anew(self, redis_server: RedisServer, tmp_path: Path) -> None:
        user, first = redis_server.user("~*", *READ, "+set")
        file = tmp_path / "password"
        file.write_text(first)
        store = plain(redis_server, "replaced", f"username={user}&password_file={file}")
        store.put(NAME, b"sealed")
        redis_server.redis.execute_command("ACL", "SETUSER", user, "resetpass", ">second")
        redis_server.redis.execute_command("CLIENT", "KILL", "USER", user)
        file.write_text("second")
        assert store.get(NAME) == b"sealed"

    def test_a_password_that_went_away_makes_nobody_the_default_user(
        self, redis_stub: RedisStub, tmp_path: Path
    ) -> None:
        file = tmp_path / "password"
        file.write_text(PASSWORD)
        store = build(f"redis://127.0.0.1:{redis_stub.port}/p?username=etl&password_file={file}")
        # After the login, the connection breaks.
        redis_stub.answers = [b"+OK", None]
        store.deadline_seconds = 0.0
        with pytest.raises(StoreUnavailable):
            store.get(NAME)
        file.unlink()
        for _ in range(2):
            with pytest.raises(StoreUnauthenticated):
                store.get(NAME)
        assert [command[0] for command in redis_stub.commands] == [b"AUTH", b"GET"]

    def test_a_file_is_preferred_to_the_environment(
        self, redis_stub: RedisStub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REDISCLI_AUTH", "of-the-environment")
        (tmp_path / "password").write_text("of-the-file")
        build(f"redis://127.0.0.1:{redis_stub.port}/p?password_file={tmp_path}/password").delete(NAME)
        assert redis_stub.commands[0] == [b"AUTH", b"of-the-file"]


class TestRequests:
    def test_each_operation_is_one_request(self, at_stub: RedisStore, redis_stub: RedisStub) -> None:
        redis_stub.answers = [b"+OK", b"+OK", b"$6\r\nsealed", b":1"]
        at_stub.put(NAME, b"sealed")
        at_stub.put(NAME, b"sealed", 1_900_000_000)
        at_stub.get(NAME)
        at_stub.delete(NAME)
        key = f"p/{NAME}".encode()
        # Versions of redis-py differ in the options' order.
        assert [command[:3] + sorted(command[3:]) for command in redis_stub.commands] == [
            [b"SET", key, b"sealed", b"NX"],
            [b"SET", key, b"sealed", b"1900000000", b"EXAT", b"NX"],
            [b"GET", key],
            [b"UNLINK", key],
        ]
        assert redis_stub.connections == 1

    def test_a_login_asks_for_nothing_that_an_acl_of_three_commands_refuses(
        self, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        user, password = redis_server.user("~quiet/*", *READ, "+set", "+unlink")
        monkeypatch.setenv("REDISCLI_AUTH", password)
        plain(redis_server, "quiet", f"username={user}").put(NAME, b"sealed")
        assert user not in [entry["username"] for entry in redis_server.redis.acl_log()]

    def test_threads_beyond_the_pool_wait_for_a_connection(self, at_stub: RedisStore, redis_stub: RedisStub) -> None:
        redis_stub.answers = [b"$6\r\nsealed"]
        with ThreadPoolExecutor(2 * CONCURRENT_PULLS) as pool:
            assert set(pool.map(at_stub.get, [NAME] * 200)) == {b"sealed"}
        assert redis_stub.connections <= CONCURRENT_PULLS

    @pytest.mark.parametrize("answer", [b"-LOADING Redis is loading the dataset in memory", None])
    def test_a_request_that_came_at_a_bad_time_is_made_again(
        self, at_stub: RedisStore, redis_stub: RedisStub, answer: bytes | None
    ) -> None:
        redis_stub.answers = [answer, answer, b"$6\r\nsealed"]
        assert at_stub.get(NAME) == b"sealed"
        assert len(redis_stub.commands) == 3

    def test_a_put_whose_answer_was_lost_is_recognised_as_done(
        self, at_stub: RedisStore, redis_stub: RedisStub
    ) -> None:
        redis_stub.answers = [None, b"$-1", b"$6\r\nsealed"]
        at_stub.put(NAME, b"sealed")
        assert [command[0] for command in redis_stub.commands] == [b"SET", b"SET", b"GET"]

    @pytest.mark.parametrize(
        ("answer", "error", "requests"),
        FAILURES,
        ids=lambda value: getattr(value, "__name__", None) or str(value),
    )
    def test_a_failure_is_told_by_its_kind_and_only_what_may_pass_is_tried_again(
        self,
        at_stub: RedisStore,
        redis_stub: RedisStub,
        answer: bytes | None,
        error: type[StoreError],
        requests: int,
    ) -> None:
        redis_stub.answers = [answer]
        with pytest.raises(StoreError) as caught:
            at_stub.get(NAME)
        assert type(caught.value) is error
        assert min(len(redis_stub.commands), MANY) == requests

    @pytest.mark.parametrize(("answer", "error", "requests"), FAILURES, ids=lambda value: str(value)[:30])
    def test_a_failure_of_the_two_requests_of_a_head_is_told_by_its_kind_too(
        self,
        at_stub: RedisStore,
        redis_stub: RedisStub,
        answer: bytes | None,
        error: type[StoreError],
        requests: int,
    ) -> None:
        redis_stub.answers = [answer]
        with pytest.raises(StoreError) as caught:
            at_stub.head(NAME)
        assert type(caught.value) is error
        commands = MANY if requests == MANY else 2
        # The answer to the first ends the call, and the stub may have the second one yet to read.
        redis_stub.wait_for(commands)
        assert min(len(redis_stub.commands), MANY) == commands

    @pytest.mark.parametrize("read", ["get", "head"])
    def test_a_key_of_another_type_holds_no_object_of_ours(self, as_admin: RedisServer, read: str) -> None:
        store = plain(as_admin, prefix=f"typed-{read}")
        as_admin.redis.rpush(f"typed-{read}/{NAME}", CANARY)
        with pytest.raises(Tampered, match="something else than an object") as caught:
            getattr(store, read)(NAME)
        assert CANARY not in shown(caught.value)

    def test_a_server_that_is_gone_is_tried_a_bounded_number_of_times(
        self, start_redis: Callable[..., RedisServer], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server = start_redis()
        monkeypatch.setenv("REDISCLI_AUTH", server.password)
        store, tried = plain(server), []
        store.put(NAME, b"sealed")
        diagnose = store._diagnose
        monkeypatch.setattr(store, "_diagnose", lambda error: tried.append(error) or diagnose(error))
        server.kill()
        with pytest.raises(StoreUnavailable, match=f"(?s)Check the network.*Redis at 127.0.0.1:{server.port}"):
            store.get(NAME)
        assert len(tried) >= MANY

    def test_a_connection_that_broke_between_two_requests_is_replaced(self, as_admin: RedisServer) -> None:
        store = plain(as_admin, "broken")
        store.put(NAME, b"sealed")
        as_admin.redis.execute_command("CLIENT", "KILL", "TYPE", "NORMAL", "SKIPME", "YES")
        assert store.get(NAME) == b"sealed"


class TestFaultsOfARealRedis:
    def test_one_that_is_full_is_told_with_what_to_do(
        self, start_redis: Callable[..., RedisServer], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server = start_redis("maxmemory 1kb", "maxmemory-policy noeviction")
        monkeypatch.setenv("REDISCLI_AUTH", server.password)
        with pytest.raises(StoreError, match="Raise maxmemory") as caught:
            plain(server).put(NAME, b"sealed")
        assert not isinstance(caught.value, StoreUnavailable)

    def test_a_replica_is_waited_for_to_become_the_primary(
        self, start_redis: Callable[..., RedisServer], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server = start_redis("replicaof 127.0.0.1 1")
        monkeypatch.setenv("REDISCLI_AUTH", server.password)
        with pytest.raises(StoreUnavailable, match="failing over"):
            plain(server).put(NAME, b"sealed")


class TestTls:
    def test_a_ca_that_is_not_known_is_not_trusted(self, as_admin: RedisServer) -> None:
        store = build(f"redis://localhost:{as_admin.tls_port}/p?ssl=true")
        with pytest.raises(StoreError, match=r"not trusted for this host\. Name its CA in ca_cert") as caught:
            store.get(NAME)
        assert not isinstance(caught.value, StoreUnavailable)

    def test_another_ca_is_not_trusted(self, as_admin: RedisServer, tmp_path: Path) -> None:
        trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
        with pytest.raises(StoreError, match="not trusted for this host"):
            build(f"redis://localhost:{as_admin.tls_port}/p?ssl=true&ca_cert={tmp_path}/other.pem").get(NAME)

    def test_a_certificate_for_another_host_is_not_trusted(self, as_admin: RedisServer) -> None:
        store = build(f"redis://127.0.0.1:{as_admin.tls_port}/p?ssl=true&ca_cert={as_admin.ca_cert}")
        with pytest.raises(StoreError, match="and a host that it is made out to"):
            store.get(NAME)

    def test_a_redis_that_asks_for_a_certificate_gets_one(
        self, start_redis: Callable[..., RedisServer], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server = start_redis("tls-auth-clients yes")
        monkeypatch.setenv("REDISCLI_AUTH", server.password)
        uri, file = f"redis://localhost:{server.tls_port}/p?ca_cert={server.ca_cert}&ssl=true", server.files
        store = build(f"{uri}&client_cert={file}/client.pem&client_key={file}/client.pem")
        store.put(NAME, b"sealed")
        assert store.get(NAME) == b"sealed"
        with pytest.raises(StoreError, match="client_cert"):
            build(uri).get(NAME)

    def test_an_absent_client_certificate_is_named(self, redis_server: RedisServer) -> None:
        params = f"ssl=true&ca_cert={redis_server.ca_cert}&client_cert=/no/such/file"
        with pytest.raises(StoreUnauthenticated, match="/no/such/file"):
            build(f"redis://localhost:{redis_server.tls_port}/p?{params}").get(NAME)

    def test_a_file_that_holds_no_certificate_is_not_tried_again(self, as_admin: RedisServer, tmp_path: Path) -> None:
        (tmp_path / "empty.pem").write_text("nothing")
        with pytest.raises(StoreError, match="the files of ca_cert") as caught:
            build(f"redis://localhost:{as_admin.tls_port}/p?ssl=true&ca_cert={tmp_path}/empty.pem").get(NAME)
        assert not isinstance(caught.value, StoreUnavailable)


class TestConnections:
    def test_a_connection_says_where_and_who(self, redis_server: RedisServer) -> None:
        user, password = redis_server.user("~p/*", *READ, "+set", "+select")
        one = Connection(
            host="127.0.0.1", port=redis_server.port, login=user, password=password, extra={"db": 2, "ssl": False}
        )
        store, connections = connected(one)
        assert connections.asked == 0
        store.put(NAME, b"sealed")
        assert store.get(NAME) == b"sealed"
        assert connections.asked == 1

    @pytest.mark.parametrize("named", ["extra", "uri"])
    def test_a_connection_may_use_tls(self, redis_server: RedisServer, named: str) -> None:
        ca_cert = str(redis_server.ca_cert)
        extra = {"ssl": True, "ssl_check_hostname": False, "ssl_cert_reqs": "required"}
        extra |= {"ssl_ca_certs": ca_cert} if named == "extra" else {}
        one = Connection(host="localhost", port=redis_server.tls_port, password=redis_server.password, extra=extra)
        store, _ = connected(one, f"&ca_cert={ca_cert}" if named == "uri" else "")
        with pytest.raises(ObjectNotFound):
            store.get(NAME)

    def test_the_host_name_is_checked_whatever_the_connection_says(self, redis_server: RedisServer) -> None:
        extra = {"ssl": True, "ssl_check_hostname": False, "ssl_ca_certs": str(redis_server.ca_cert)}
        store, _ = connected(Connection(host="127.0.0.1", port=redis_server.tls_port, extra=extra))
        with pytest.raises(StoreError, match="a host that it is made out to"):
            store.get(NAME)

    @pytest.mark.parametrize(
        ("given", "says"),
        [
            ({"host": None}, "names no host"),
            ({"host": f"user:{PASSWORD}@redis"}, "names no host"),
            ({"host": f"redis://{PASSWORD}"}, "names no host"),
            ({"extra": {"ssl": False}}, "the password would travel in the clear"),
            ({"extra": {"ssl": "false"}}, "the password would travel in the clear"),
            ({"extra": {"ssl": True, "ssl_cert_reqs": "none"}}, "turns TLS verification off"),
            ({"extra": {"ssl": True, "ssl_cert_reqs": "optional"}}, "turns TLS verification off"),
            ({"extra": {"db": "first"}}, "no number of a database"),
            ({"extra": {"ssl_ca_certs": "/no/such/file"}}, "no CA certificate at /no/such/file"),
            ({"extra": {"ssl_keyfile": "/a/key"}}, "client_key goes with client_cert"),
            ({"port": 70_000}, "from 1 to 65535"),
        ],
    )
    def test_a_connection_that_cannot_serve_is_told_without_its_secret(
        self, given: dict[str, object], says: str
    ) -> None:
        store, _ = connected(Connection(**({"host": "redis.example.com", "password": PASSWORD} | given)))
        with mistake(f"conn_id: .*{says}") as caught:
            store.get(NAME)
        assert PASSWORD not in shown(caught.value)

    def test_a_connection_without_a_task_is_told(self) -> None:
        with mistake("conn_id needs a running task"):
            build("redis:///p?conn_id=my_redis")

    def test_a_connection_that_does_not_exist_is_told(self) -> None:
        store = build("redis:///p?conn_id=absent", Identity(domain=Domain("etl"), connections=FakeHost()))
        with mistake("there is no connection absent"):
            store.get(NAME)


class TestSecrets:
    @pytest.mark.parametrize("code", ["ERR", "NOPERM", "WRONGPASS", "OOM", "SURPRISE", CANARY, "LOADING"])
    def test_no_error_repeats_what_redis_says(
        self, at_stub: RedisStore, redis_stub: RedisStub, monkeypatch: pytest.MonkeyPatch, code: str
    ) -> None:
        monkeypatch.setenv("REDISCLI_AUTH", PASSWORD)
        store = build(f"redis://127.0.0.1:{redis_stub.port}/p?username=etl")
        redis_stub.answers = [b"+OK", f"-{code} in SET {CANARY} {PASSWORD}".encode()]
        with pytest.raises(StoreError) as caught:
            store.put(NAME, CANARY.encode())
        told = shown(caught.value) + repr(store) + repr(vars(store))
        assert not [secret for secret in (CANARY, PASSWORD) if secret in told]

    def test_no_log_at_debug_holds_the_password_or_the_object(
        self, as_admin: RedisServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, logger="")
        store = plain(as_admin, "logged")
        store.put(NAME, CANARY.encode())
        store.get(NAME)
        with pytest.raises(StoreError):
            store.put(NAME, b"another")
        assert not [secret for secret in (CANARY, as_admin.password) if secret in caplog.text]


class TestUri:
    @pytest.mark.parametrize(
        ("uri", "problem"),
        [
            ("redis:///prefix", "takes a host, a port and a prefix"),
            ("redis://", "takes a host, a port and a prefix"),
            (f"redis://user:{PASSWORD}@redis/p", "credentials do not belong in the URI"),
            (f"redis://:{PASSWORD}@redis/p", "credentials do not belong in the URI"),
            (f"redis://user:{PASSWORD}%40redis/p", "its password in a file that password_file= names"),
            ("redis://redis:port/p", "takes a host, a port and a prefix"),
            ("redis://redis:6379:6379/p", "takes a host, a port and a prefix"),
            ("redis://redis:0/p", "from 1 to 65535"),
            ("redis://redis:65536/p", "from 1 to 65535"),
            ("redis://-redis/p", "takes a host, a port and a prefix"),
            ("redis://[redis]/p", "a valid URI|takes a host"),
            ("redis://redis%2Fx/p", "takes a host, a port and a prefix"),
            (f"redis://redis/p?password={PASSWORD}", "knows no parameter 'password'"),
            ("redis://redis/p?ssl_cert_reqs=none", "knows no parameter 'ssl_cert_reqs'"),
            ("redis://redis/p?verify=false", "knows no parameter 'verify'"),
            ("redis://redis/p?ssl=no", "ssl is true or false"),
            ("redis://redis/p?ssl", "not a valid URI"),
            ("redis://redis/p?db=-1", "db is the number of a database"),
            ("redis://redis/p?db=", "db is the number of a database"),
            ("redis://redis/p?username=", "username is empty"),
            ("redis://redis/p?username=etl&password_file=", "password_file is empty"),
            ("redis://redis/p?ca_cert=", "ca_cert is empty"),
            ("redis://redis/p?ssl=false&username=etl", "the password would travel in the clear"),
            ("redis://redis/p?ssl=false&password_file=/p", "the password would travel in the clear"),
            ("redis://127.0.0.1.example.com/p?ssl=false&username=etl", "the password would travel in the clear"),
            ("redis://redis/p?ssl=false", "ssl is off, so objects would travel in the clear"),
            ("redis://10.0.0.7/p?ssl=false", "ssl is off, so objects would travel in the clear"),
            ("redis://[2001:db8::1]/p?ssl=false", "ssl is off, so objects would travel in the clear"),
            ("redis://localhost/p?ca_cert=/etc/passwd", "are for TLS: set ssl=true"),
            ("redis://redis/p?ca_cert=/no/such/file", "no CA certificate at /no/such/file"),
            ("redis://redis/p?client_key=/a/key", "client_key goes with client_cert"),
            ("redis://redis/p*", "the prefix of redis:// takes"),
            ("redis://redis/p%20q", "the prefix of redis:// takes"),
            ("redis://redis/%7B0%7D", "the prefix of redis:// takes"),
            ("redis://redis/a%5Cb", "the prefix of redis:// takes"),
            ("redis://redis/a%5Bb%5D", "the prefix of redis:// takes"),
            ("redis://redis/p?conn_id=c", "leave the host away"),
            ("redis:///p?conn_id=c&username=etl", "knows no parameter 'username'"),
        ],
    )
    def test_refuses_what_cannot_work_and_names_the_option(self, uri: str, problem: str) -> None:
        with mistake(f"store: .*({problem})") as caught:
            build(uri)
        assert PASSWORD not in shown(caught.value)

    def test_a_password_of_the_environment_is_not_sent_in_the_clear_either(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REDISCLI_AUTH", PASSWORD)
        with mistake("the password would travel in the clear") as caught:
            build("redis://redis/p?ssl=false")
        assert PASSWORD not in shown(caught.value)

    def test_tells_all_problems_at_once(self) -> None:
        with pytest.raises(ConfigurationError) as caught:
            build("redis://redis:0/p?ssl=false&db=x&username=etl&ca_cert=/no/such/file")
        assert len(caught.value.problems) == 5

    @pytest.mark.parametrize(
        "uri",
        [
            "redis://redis.example.com/airflow/xcom",
            "redis://redis_1:6380",
            "redis://localhost/p?username=etl",
            "redis://127.8.8.8/p?username=etl",
            "redis://[::1]:6379/p?username=etl",
            "redis://[2001:db8::1]/p?ssl=true&username=etl",
            "redis://localhost/p?ssl=false",
            "redis://redis/{domain}/p?username=xcom-{domain}",
        ],
    )
    def test_takes_what_keeps_a_password_private(self, uri: str) -> None:
        etl = Domain("etl")
        parsed = AdapterUri.parse(uri, option="store").of_domain(etl, etl)
        assert isinstance(RedisStore.from_uri(parsed), RedisStore)

    def test_another_machine_is_asked_over_tls_unless_told_otherwise(
        self, redis_stub: RedisStub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("secure_xcom.adapters.redis.server.is_private", lambda url: False)
        monkeypatch.setattr("secure_xcom.adapters.redis.server.READ_TIMEOUT_SECONDS", 0.2)
        store = build(f"redis://localhost:{redis_stub.port}/p")
        store.deadline_seconds = 0.0
        with pytest.raises(StoreError):
            store.get(NAME)
        assert redis_stub.commands == []

    def test_an_absent_package_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "redis", None)
        with pytest.raises(ImportError) as caught:
            build("redis://redis/p")
        assert caught.value.name == "redis"

    def test_building_imports_no_redis(self) -> None:
        code = (
            "import sys; from secure_xcom.adapters.redis.store import RedisStore\n"
            "from secure_xcom.settings.uri import AdapterUri\n"
            "RedisStore.from_uri(AdapterUri.parse('redis://redis/p', option='store')); print('redis' in sys.modules)"
        )
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert result.stdout.strip() == "False"


def _of(dag_id: str, object_id: str = "0" * 32) -> str:
    return object_name(Coordinates(dag_id=dag_id, run_id="run", task_id="task", key="key"), object_id)


def _call(store: Store, operation: str, name: str = NAME) -> None:
    store.put(name, b"changed") if operation == "put" else getattr(store, operation)(name)
