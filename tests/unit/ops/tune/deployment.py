"""A deployment's XComs for the tests: what tasks push, and the policy that judges it."""

from __future__ import annotations

import json
from collections.abc import Collection

from secure_xcom.classify import Policy
from secure_xcom.classify.names import Names, substring_of
from secure_xcom.classify.paths import PathPatterns
from secure_xcom.model.path_pattern import is_path, is_path_alone
from secure_xcom.ops.tune.rows import row_of
from secure_xcom.ops.tune.tally import Tally

AIRFLOWS = ("password", "token", "secret")
"""What Airflow itself hides."""

CANARY = "kanarienvogel-4711"

RANDOM = "q7ZtX9bV4mKp2LsW8nRd"


def random_text(number: int) -> str:
    """Return a text that looks random, another one for each number."""
    return f"{RANDOM}{chr(65 + number % 26)}{number % 10}x"


def policy(*, sensitive: Collection[str] = (), ignored: Collection[str] = (), judged: Collection[str] = ()) -> Policy:
    """Return a policy of the operator's names, and of names that the deployment's own rules judge."""
    return Policy(
        names=Names(
            sensitive=[one for one in sensitive if not is_path_alone(one)],
            ignored=[one for one in ignored if not is_path_alone(one)],
            judge=lambda name: "name-judged" if name in judged else None,
        ).compiled(),
        holds_registered_secret=lambda text: CANARY in text,
        sensitive_paths=PathPatterns([one for one in sensitive if is_path(one)]),
        ignored_paths=PathPatterns([one for one in ignored if is_path(one)]),
    )


def tallied(values: Collection[object], of: Policy, *, dag: str = "etl", key: str = "return_value") -> Tally:
    """Return the tally of values that one task pushed."""
    return add(Tally(of, substring_of(AIRFLOWS)), values, dag=dag, key=key)


def add(tally: Tally, values: Collection[object], *, dag: str = "etl", key: str = "return_value") -> Tally:
    """Count more values."""
    for value in values:
        tally.add(row_of(dag, "make", key, json.dumps(value)))
    return tally
