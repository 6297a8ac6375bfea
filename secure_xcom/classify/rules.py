"""``RuleText``: what people read about a rule. Each finding names its rule by ``id``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from secure_xcom.classify.held import UNSEARCHED
from secure_xcom.classify.kinds import (
    ACL_TOKEN,
    APPROLE,
    CONCEALED,
    DOCKER_AUTHS,
    ENCODED_API_KEY,
    GENERATED,
    IN_A_STORE,
    JSON_WEB_KEY,
    KUBERNETES,
    MARKED,
    SECURE_STRING,
    SEED,
    SIGNED_FORM,
    SNMP,
    STORAGE_KEY,
    TOKEN_OF_USER,
    WORDPRESS,
)
from secure_xcom.classify.names import EVERYTHING, NAME_AIRFLOW, NAME_CONFIGURED, REGISTERED, RESERVED, WRAPPED
from secure_xcom.classify.printed import NAME_COMMAND, NAME_ENDPOINT
from secure_xcom.classify.task_names import NAME_TASK
from secure_xcom.classify.unnamed import SHAPE_RANDOM


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

PLAIN_PASSWORD: Final = "plain-connection-password"  # noqa: S105 - a rule's id
KNOWN_FERNET_KEY: Final = "known-fernet-key"
HARD_CODED: Final = "hard-coded"
"""What the rules of pushes do not know: only Airflow's own tables have it."""

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
        id=NAME_TASK,
        description="a text that a task returns which is called after a secret that it hands out",
        reason=(
            "Nothing else names what stands under return_value. The text has to look like no word, no name and no "
            "path, since tasks are called after what they check and send too."
        ),
        example="what the task get_token returns",
        counterexample="what the task check_token returns",
    ),
    RuleText(
        id=NAME_COMMAND,
        description="a text that is printed by a command which says that it prints a secret",
        reason=(
            "What a command prints stands under return_value, which says nothing. The command names it: a field, a "
            "variable, a file or what it hands out. The text has to look like what is called so."
        ),
        example="what vault kv get -field=password db prints",
        counterexample="what vault kv list db prints",
    ),
    RuleText(
        id=NAME_ENDPOINT,
        description="a text that is the answer of an address which is called after a secret",
        reason="A login answers with a session, and /oauth/token with a token. The text has to look like one.",
        example="what an HttpOperator gets from /oauth/token",
        counterexample="what it gets from /tokens/count",
    ),
    RuleText(
        id=SHAPE_RANDOM,
        description="a returned text of 40 characters or more that looks like a key or a token, and has no name",
        reason=(
            "Digests and ids are in hexadecimal, shorter, or in a form of their own. What is in none of these was made "
            "to be hard to guess."
        ),
        example="what Fernet.generate_key() returns",
        counterexample="what hashlib.sha256(...).hexdigest() returns",
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

STORED: Final = (
    RuleText(
        id=PLAIN_PASSWORD,
        description="a connection's password that Airflow stores unencrypted",
        reason="Without [core] fernet_key each reader of the database or of a backup can log in with it.",
        example="a row of the table connection whose password is no token of Fernet",
        counterexample="a password that a Fernet key of your own encrypts",
        source="Apache Airflow documentation, Fernet",
    ),
    RuleText(
        id=KNOWN_FERNET_KEY,
        description="what a Fernet key encrypts that stands in public documents",
        reason="Everybody has the key. Set another one, run airflow rotate-fernet-key, and rotate what it encrypted.",
        example="a connection or a variable under the key of a public Compose file",
        counterexample="one under a Fernet key of your own",
        source="Apache Airflow documentation, Fernet",
    ),
    RuleText(
        id=HARD_CODED,
        description="a secret that stands in the source of a Dag",
        reason="Airflow stores the source for its UI, and each reader of the repository has it.",
        example="a literal password in a Dag file",
        counterexample='Variable.get("db_password")',
    ),
)
"""The rules of ``audit scan`` alone, for what Airflow stores besides XComs."""

WITHIN_TEXTS: Final = (
    RuleText(
        id="content-named-value",
        description="a value beside a sensitive name in a text",
        reason="Lines of settings, JSON, XML, queries and options name what they hold, as keys of a dict do.",
        example="DB_PASSWORD=9fK2xQ",
        counterexample="password: required",
    ),
    RuleText(
        id="content-text-table",
        description="a value below a sensitive name in a table that is written as text",
        reason="CSV, tables of documents and what pandas prints name their columns, as the rows of a list do.",
        example="two lines: user,password and ann,hunter2",
        counterexample="two lines: token,count and the,52",
    ),
    RuleText(
        id="content-airflow-pattern",
        description="a text in which Airflow's own masker masks something by what it looks like",
        reason="[core] mask_secrets_content_patterns has Airflow hide it in logs. Since Airflow 3.4.",
        example="what a plugin's add_content_patterns names",
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
        description="a value beside sensitive: true, isSecret, secured or masked",
        reason="Its author marked it, as outputs of Terraform and variables of build servers are.",
        example='{"value": "x", "sensitive": true}',
        counterexample='{"value": "x", "sensitive": false}',
        source="Terraform documentation, terraform output -json",
    ),
    RuleText(
        id=SECURE_STRING,
        description="a parameter of AWS Systems Manager of the type SecureString",
        reason="Its author had it encrypted, whatever it is called.",
        example='{"Name": "/db", "Type": "SecureString", "Value": "x"}',
        counterexample='{"Name": "/db", "Type": "String", "Value": "x"}',
        source="AWS Systems Manager API reference, Parameter",
    ),
    RuleText(
        id=IN_A_STORE,
        description="what Azure Key Vault and Google Secret Manager answer for a secret",
        reason="It was kept in a store of secrets. The answer calls it value or payload.",
        example='{"id": "https://a.vault.azure.net/secrets/db/1f", "value": "x"}',
        counterexample='{"id": "https://a.vault.azure.net/keys/db/1f", "value": "x"}',
        source="Azure Key Vault REST API, Get Secret; Google Secret Manager API, AccessSecretVersionResponse",
    ),
    RuleText(
        id=STORAGE_KEY,
        description="the access key of an Azure storage account",
        reason="It opens all of the account. Its name is key1 or key2.",
        example='{"keyName": "key1", "value": "x", "permissions": "FULL"}',
        source="Azure Storage REST API, Storage Accounts, List Keys",
    ),
    RuleText(
        id=APPROLE,
        description="the secret id of a role of Vault",
        reason="It logs in as the role. Elsewhere a secret id is the name of a secret.",
        example='{"secret_id": "1f2e", "secret_id_accessor": "3d4c"}',
        counterexample='{"secret_id": "1f2e"}',
        source="HashiCorp Vault documentation, AppRole auth method",
    ),
    RuleText(
        id=SNMP,
        description="the community of SNMP, beside the version of the protocol",
        reason="Until version 3 it is the password of a device. Other communities are of people, or of routes.",
        example='{"community": "x", "version": "2c"}',
        counterexample='{"community": "x", "version": "2024"}',
        source="RFC 3584 section 5",
    ),
    RuleText(
        id=SIGNED_FORM,
        description="the signature of a form that uploads to S3",
        reason="With it anybody uploads until it expires. Other signatures open nothing.",
        example='{"policy": "eyJ9", "signature": "x"}',
        counterexample='{"signature": "x"}',
        source="Amazon S3 API reference, POST Object",
    ),
    RuleText(
        id=ENCODED_API_KEY,
        description="a key of Elasticsearch in base64",
        reason="It is what a request sends to log in.",
        example='{"api_key": "x", "encoded": "eHg="}',
        counterexample='{"encoded": "eHg="}',
        source="Elasticsearch documentation, Create API key",
    ),
    RuleText(
        id=GENERATED,
        description="the values of a random_password in Terraform's state",
        reason="The password is called result there.",
        example='{"type": "random_password", "values": {"result": "x"}}',
        counterexample='{"type": "random_pet", "values": {"result": "x"}}',
        source="Terraform documentation, JSON output format",
    ),
    RuleText(
        id=CONCEALED,
        description="the value of a field that 1Password conceals",
        reason="The interface says that it is to be concealed.",
        example='{"type": "CONCEALED", "value": "x"}',
        counterexample='{"type": "STRING", "value": "x"}',
        source="1Password documentation, item JSON template",
    ),
    RuleText(
        id=JSON_WEB_KEY,
        description="the private parts of a JSON Web Key",
        reason="With them anybody signs and decrypts as its owner. The other parts are public.",
        example='{"kty": "EC", "crv": "P-256", "x": "9fK2", "y": "7LmZ", "d": "pR4v"}',
        counterexample='{"kty": "EC", "crv": "P-256", "x": "9fK2", "y": "7LmZ"}',
        source="RFC 7518 section 6",
    ),
    RuleText(
        id=TOKEN_OF_USER,
        description="the value of a token of a user of Proxmox VE",
        reason="It is sent with the token's name to log in. The answer calls it value.",
        example='{"full-tokenid": "ann@pve!etl", "value": "1f2e"}',
        counterexample='{"tokenid": "etl", "value": "1f2e"}',
        source="Proxmox VE API viewer, access",
    ),
    RuleText(
        id=ACL_TOKEN,
        description="the secret id of a token of Consul or Nomad",
        reason="It is what a request sends to log in. The accessor's id only names the token.",
        example='{"AccessorID": "1f2e", "SecretID": "3d4c"}',
        counterexample='{"SecretID": "3d4c"}',
        source="HashiCorp Consul documentation, ACL Token HTTP API",
    ),
    RuleText(
        id=SEED,
        description="the seed of one-time codes, in base32, beside a code or how codes are made",
        reason="Who has it makes each code that follows.",
        example='{"seed": "GEZDGNBVGY3TQOJQ", "interval": 30}',
        counterexample='{"seed": 42, "interval": 30}',
    ),
    RuleText(
        id=WORDPRESS,
        description="a key or a salt of WordPress",
        reason="Who has all of them can make a session's cookie. A key of such a name opens nothing elsewhere.",
        example='{"LOGGED_IN_KEY": "x", "NONCE_SALT": "x"}',
        counterexample='{"LOGGED_IN_KEY": "put your unique phrase here", "NONCE_SALT": ""}',
        source="WordPress documentation, Editing wp-config.php",
    ),
)
"""The rules by which a value is sensitive whole, because of what stands beside it."""
