"""``OWN``, ``STORED``, ``WITHIN_TEXTS``: what people read of rules that no table of names, shapes or contents has."""

from __future__ import annotations

from typing import Final

from secure_xcom.classify.held import UNSEARCHED
from secure_xcom.classify.login_lines import SHAPE_LOGINS
from secure_xcom.classify.names import EVERYTHING, NAME_AIRFLOW, NAME_CONFIGURED, REGISTERED, RESERVED, WRAPPED
from secure_xcom.classify.printed import NAME_COMMAND, NAME_ENDPOINT
from secure_xcom.classify.rule_text import RuleText
from secure_xcom.classify.task_names import NAME_TASK
from secure_xcom.classify.unnamed import SHAPE_RANDOM

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
            "Such is what the task pulled from a sealed XCom or has sealed before, and the password of a connection or "
            "a variable that it fetched: in plain, and escaped for JSON, Python, CSV, HTML and URLs."
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
        id=SHAPE_LOGINS,
        description="a returned text with a user and a password on each line, and no name for them",
        reason=(
            "Such files feed chpasswd, proxies and servers of mail. Half of the passwords have to look like nothing "
            "else."
        ),
        example="mirror:Copper.Kettle8 above backup:JUTsr0LgiYev1rXv",
        counterexample="region=eu-west-1 above bucket=acme-data",
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
