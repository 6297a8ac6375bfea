"""``RuleText``: what people read about a rule. Each finding names its rule by ``id``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from secure_xcom.classify.names import EVERYTHING, NAME_AIRFLOW, NAME_CONFIGURED, REGISTERED, RESERVED, WRAPPED
from secure_xcom.classify.scan import UNSEARCHED
from secure_xcom.classify.shapes import DOCKER_AUTHS, KUBERNETES, MARKED


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """A rule for people: what it finds, why that is sensitive, and an example of what it finds and leaves alone."""

    id: str
    description: str
    reason: str
    example: str
    counterexample: str = ""
    source: str = ""


UNDER_CONTRACT: Final = "contract"

OWN: Final = (
    RuleText(
        id=WRAPPED,
        description="what the author wrapped in Secret",
        reason="The author of the Dag says so. It is sealed in every mode.",
        example='Secret("only for you")',
    ),
    RuleText(
        id=UNDER_CONTRACT,
        description="a value under an exclusive contract",
        reason="The Dag declares who may read it. It is sealed whole, whatever it is.",
        example='exclusive(Key("model"), ...)',
    ),
    RuleText(
        id=NAME_CONFIGURED,
        description="a name or a path that matches [secure_xcom] sensitive_keys",
        reason="The operator says so, whatever stands there.",
        example="sensitive_keys = iban, **.items[*].pin",
    ),
    RuleText(
        id=NAME_AIRFLOW,
        description="a name that holds an entry of [core] sensitive_var_conn_names",
        reason=(
            "The operator has Airflow hide it, whatever stands there. With names = airflow the entries of Airflow's "
            "built-in list count too."
        ),
        example="sensitive_var_conn_names = iban, and a key customer_iban",
    ),
    RuleText(
        id=REGISTERED,
        description="a text that holds what Airflow's secrets masker knows",
        reason=(
            "Such is the password of a connection or a variable that the task fetched, in plain and escaped for JSON, "
            "Python, CSV, HTML and URLs."
        ),
        example="the result of connection.get_uri()",
    ),
    RuleText(
        id=UNSEARCHED,
        description="an object that holds what cannot be looked at",
        reason="Its encoding loses names or texts, or there are more than can be looked at. It is sealed whole.",
        example="an iterator that its encoding has used up",
    ),
    RuleText(
        id=RESERVED,
        description="a dict with a key that Airflow reserves",
        reason="Airflow's encoding would refuse it or take it for an object. Sealed, it comes back as it was.",
        example='{"__classname__": "x"}',
    ),
    RuleText(
        id=EVERYTHING,
        description="any value",
        reason="[secure_xcom] seal = all.",
        example='{"rows": 3}',
    ),
)
"""The rules that are about neither words of names nor looks of texts."""

WITHIN_TEXTS: Final = (
    RuleText(
        id="content-named-value",
        description="a value beside a sensitive name in a text",
        reason="Lines of settings, JSON, XML, queries and options name what they hold, as keys of a dict do.",
        example="DB_PASSWORD=9fK2xQ",
        counterexample="password: required",
    ),
    RuleText(
        id="content-json-secret",
        description="a value below a sensitive name in a text that is JSON",
        reason="It is what a dict would hold under that name. One level of such texts is looked into.",
        example='{"db": {"password": "9fK2xQ"}}',
        counterexample='{"db": {"password_policy": "strict"}}',
    ),
)
"""The rules that look for names within a text."""

SHAPES: Final = (
    RuleText(
        id=KUBERNETES,
        description="the data and stringData of a Kubernetes manifest of the kind Secret",
        reason="Kubernetes keeps there what is secret, under names of its author's choice.",
        example='{"kind": "Secret", "data": {"a": "c2VjcmV0"}}',
        counterexample='{"kind": "ConfigMap", "data": {"a": "b"}}',
        source="Kubernetes API reference, Secret v1",
    ),
    RuleText(
        id=DOCKER_AUTHS,
        description="the credentials of registries in Docker's configuration",
        reason="auth is a user and a password in base64.",
        example='{"auths": {"registry.example.com": {"auth": "dXNlcjpwYXNz"}}}',
        source="Docker documentation, docker login",
    ),
    RuleText(
        id=MARKED,
        description="a value beside sensitive: true, or of the type SecureString",
        reason="Its author marked it, as Terraform's outputs and AWS's parameters are.",
        example='{"value": "x", "sensitive": true}',
        counterexample='{"value": "x", "sensitive": false}',
        source="Terraform documentation, terraform output -json; AWS Systems Manager, SecureString",
    ),
)
"""The rules by which a value is sensitive whole, because of what stands beside it."""
