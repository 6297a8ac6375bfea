"""The routes file: namespaces, grants, and mistakes that are all told at once."""

from pathlib import Path

import pytest

from secure_xcom.errors import ConfigurationError
from secure_xcom.model.domain import Domain
from secure_xcom.settings.routes_file import RoutesFile
from secure_xcom.settings.settings import Settings

FILE = """
[namespace.payments]
dags = ["settlement", "pay_*"]
readers = ["fraud_report", "@risk"]
key = "aws-kms://alias/payments"

[namespace.risk]
dags = ["score"]

[dag.etl]
readers = ["report"]
store = "s3://own-bucket/xcom"
"""

PAYMENTS, RISK = Domain("payments", is_namespace=True), Domain("risk", is_namespace=True)


def _routes_file(tmp_path: Path, text: str) -> RoutesFile:
    (tmp_path / "routes.toml").write_text(text)
    return RoutesFile.load(tmp_path / "routes.toml")


@pytest.mark.parametrize(
    ("dag_id", "domain"),
    [
        ("settlement", PAYMENTS),
        ("pay_out", PAYMENTS),
        ("PAY_out", Domain("PAY_out")),
        ("prepay_x", Domain("prepay_x")),
        ("score", RISK),
        ("etl", Domain("etl")),
        ("payments", Domain("payments")),
    ],
)
def test_a_dag_belongs_to_the_namespace_that_claims_it_or_to_itself(
    tmp_path: Path, dag_id: str, domain: Domain
) -> None:
    assert _routes_file(tmp_path, FILE).route_of(dag_id).domain == domain


@pytest.mark.parametrize(
    ("reader", "readable"),
    [
        (Domain("fraud_report"), (PAYMENTS,)),
        (RISK, (PAYMENTS,)),
        (Domain("risk"), ()),
        (Domain("report"), (Domain("etl"),)),
        (PAYMENTS, ()),
    ],
    ids=str,
)
def test_a_grant_is_to_the_domain_that_it_names(tmp_path: Path, reader: Domain, readable: tuple[Domain, ...]) -> None:
    assert _routes_file(tmp_path, FILE).readable_by(reader) == readable


def test_a_route_holds_what_its_domain_sets(tmp_path: Path) -> None:
    routes_file = _routes_file(tmp_path, FILE)
    key, store = routes_file.route_of("settlement").key, routes_file.route_of("etl").store
    assert key is not None
    assert (key.scheme, key.path) == ("aws-kms", "name".replace("name", "payments"))
    assert store is not None
    assert (store.scheme, store.authority) == ("s3", "own-bucket")


def test_a_dag_that_two_namespaces_claim_belongs_to_neither(tmp_path: Path) -> None:
    routes_file = _routes_file(tmp_path, '[namespace.a]\ndags = ["x*"]\n[namespace.b]\ndags = ["*y"]')
    assert routes_file.route_of("x").domain == Domain("a", is_namespace=True)
    with pytest.raises(ConfigurationError, match="namespace 'a' and namespace 'b' both claim the Dag 'xy'"):
        routes_file.route_of("xy")


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("nonsense", ["is not a TOML file"]),
        ("secret = 'kanarienvogel", ["is not a TOML file"]),
        ("[dags.x]", ["'dags' is no table of the file"]),
        ("dag = 1", ["'dag' is no table of the file"]),
        ("dag.x = 1", ["[dag.x] must be a table"]),
        ("[dag.x]\nreader = ['y']", ["[dag.x] reader: no such option; did you mean readers? The options are readers"]),
        ("[dag.x]\ndags = ['y']", ["[dag.x] dags: no such option"]),
        ("[dag.x]\nreaders = 'y'", ["[dag.x] readers: must be a list of names"]),
        ("[dag.x]\nreaders = ['*']", ["[dag.x] readers: '*' is a pattern"]),
        ("[dag.x]\nreaders = ['..']", ["cannot be a dag_id"]),
        ("[dag.x]\nreaders = ['@Team']", ["cannot name a namespace"]),
        ("[dag.'..']", ["[dag...] '..' (2 characters) cannot be a dag_id"]),
        ("[namespace.x]", ["[namespace.x] dags: name the Dags"]),
        ("[namespace.X]\ndags=['a']", ["cannot name a namespace"]),
        ("[dag.x]\nkey = 'lokal:///x'", ["[dag.x] key: unknown scheme lokal://; known: aws-kms, local, "]),
        ("[dag.x]\nstore = 5", ["[dag.x] store: must be a URI"]),
        ("[dag.x]\nprevious_stores = 's3://b'", ["[dag.x] previous_stores: must be a list of names"]),
        ("[dag.x]\nprevious_stores = ['s3://u:p@b']", ["[dag.x] previous_stores: credentials do not belong"]),
        ("[dag.x]\nstore = 's3://u:p@b'", ["[dag.x] store: credentials do not belong in the URI"]),
        (
            "[namespace.n]\ndags=['a']\n[dag.x]\nreaders=['a']",
            ["Dag 'x' readers: the Dag 'a' is in namespace 'n'; grant that reading"],
        ),
        ("[dag.x]\nfoo=1\nstore='x'\n[namespace.y]", ["foo", "store", "dags"]),
    ],
)
def test_mistakes_are_told_together_with_their_table(tmp_path: Path, text: str, problems: list[str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        _routes_file(tmp_path, text)
    assert len(caught.value.problems) == len(problems)
    assert all(said in problem for said, problem in zip(problems, caught.value.problems, strict=True))
    assert "kanarienvogel" not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"routes: .* cannot be read:\sNo such file") as caught:
        Settings.parse({"routes": str(tmp_path / "none.toml")}, tmp_path)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("section", "route", "problem"),
    [
        ({"store": "s3://b/x", "key": "aws-kms://alias/k"}, "store = 'file:///x'", "store: file:// is weaker"),
        ({"store": "s3://b/x", "key": "aws-kms://alias/k"}, "key = 'local:///x'", "key: local:// is weaker"),
        ({"store": "vault://kv/x"}, "store = 's3://b/x'", "key: needed with s3://"),
        ({}, "store = 's3://b/x'", None),
        ({"store": "s3://b/x", "key": "local:///k"}, "key = 'aws-kms://alias/k'", None),
        ({"store": "s3://b/x", "key": "aws-kms://alias/k"}, "key = 'vault-transit://t/k'", None),
    ],
)
def test_a_route_may_only_strengthen(tmp_path: Path, section: dict[str, str], route: str, problem: str | None) -> None:
    file = tmp_path / "routes.toml"
    file.write_text(f"[dag.x]\n{route}")
    section = {**section, "routes": str(file)}
    if problem is None:
        Settings.parse(section, tmp_path)
    else:
        with pytest.raises(ConfigurationError, match=problem):
            Settings.parse(section, tmp_path)


def test_a_domain_may_name_previous_stores_of_its_own(tmp_path: Path) -> None:
    text = '[dag.etl]\nprevious_stores = ["native+vault://secret/a", "file:///x"]\n[dag.other]\n'
    etl, other = _routes_file(tmp_path, text).routes
    assert [str(one) for one in etl.previous_stores or ()] == ["native+vault://secret/a", "file:///x"]
    assert other.previous_stores is None
