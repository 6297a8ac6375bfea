"""``OPTIONS``: the options of ``[secure_xcom]``, each with its description; metadata and documents are made from it."""

from __future__ import annotations

from typing import Final, NamedTuple

SECTION: Final = "secure_xcom"

FIRST_VERSION: Final = "0.1.0"


class Option(NamedTuple):
    """One option as people read about it. ``default`` is what the file would say; Airflow hides a ``sensitive`` one."""

    name: str
    type: str
    default: str
    description: str
    example: str | None = None
    sensitive: bool = False
    version_added: str = FIRST_VERSION


OPTIONS: Final = (
    Option(
        name="store",
        type="string",
        default="",
        example="s3://my-bucket/airflow/xcom",
        description=(
            "Where sealed values are kept: `file:///path`, `vault://mount/path` (Vault KV version 2), "
            "`s3://bucket/prefix`, `redis://host/prefix`, `gs://bucket/prefix`, `abfs://container/prefix`, "
            "`airflow+SCHEME://...` (what else Airflow's object storage reaches), or a store of your own. Empty: "
            "`file://` below `$AIRFLOW_HOME/secure_xcom`, for a single machine. See [stores.md](stores.md)."
        ),
    ),
    Option(
        name="key",
        type="string",
        default="",
        example="aws-kms://alias/airflow-xcom",
        description=(
            "What wraps the data keys: `local:///path/keyring.json`, `aws-kms://alias/name`, "
            "`vault-transit://mount/key`, or a key provider of your own. Empty: a `local://` keyring, made on first "
            "use, with a `file://` store; Vault's own encryption with a `vault://` store; an error with any other "
            "store."
        ),
    ),
    Option(
        name="previous_stores",
        type="string",
        default="",
        example="file:///var/lib/airflow/xcom native+vault://secret/airflow/xcom",
        description=(
            "Stores that sealed values were kept in before, separated by white space. A value that is not in `store` "
            "is looked for there, and purged there too. New values are never put there. `native+` before a `vault://` "
            "store says that it was used without a `key`, with Vault's own encryption. `secure-xcom move` empties "
            "them: [moving.md](moving.md)."
        ),
    ),
    Option(
        name="previous_keys",
        type="string",
        default="",
        example="aws-kms://alias/airflow-xcom-2025 local:///etc/airflow/keyring.json",
        description=(
            "Keys that `key` has replaced, as URIs like it with white space between them. They open what they sealed, "
            "and seal nothing. `secure-xcom rewrap` moves values to `key`, and `doctor` says when a previous key is "
            "unused. See [runbook.md](runbook.md)."
        ),
    ),
    Option(
        name="sensitive_keys",
        type="string",
        default="",
        example="iban, *_pin",
        description=(
            "Glob patterns of XCom keys and dict keys that are sensitive, on top of those that Airflow hides "
            "(`names`, and `[core] sensitive_var_conn_names`). A comma or a new line separates them. A "
            "pattern has letters, digits, `_`, `-`, `.`, and the wildcards `*` and `?`; write `_` for any other "
            "character of a name. A path is written from the XCom key on, as in `**.items[*].token`: a dot before each "
            "key, a position or `*` in brackets, `**` for any number of steps. Anything else, such as a regular "
            "expression, is an error."
        ),
    ),
    Option(
        name="ignored_keys",
        type="string",
        default="",
        example="next_page_token, max_tokens",
        description=(
            "Glob patterns of keys and paths whose value is never sensitive, written as `sensitive_keys` are. What "
            "stands in `Secret`, or holds what Airflow's masker knows, is sealed all the same. What stands deeper has "
            "names of its own. A "
            "pattern without a letter or a digit, such as `*`, is an error: `mode = open-only` turns the rules off."
        ),
    ),
    Option(
        name="names",
        type="string",
        default="segments",
        description=(
            "How names are judged. `segments`: by their words, of which the last one decides (`clientSecret` is "
            "sensitive, `secret_arn` and `token_count` are not), and by what stands there. `airflow`: by Airflow's "
            "built-in list, any of which may stand anywhere in a name. What `[core] sensitive_var_conn_names` and "
            "`sensitive_keys` name is sensitive with either."
        ),
    ),
    Option(
        name="content_rules",
        type="string",
        default="on",
        description=(
            "Find secrets by what they look like, under any name: providers' tokens, private keys, URLs with a "
            "password and others: [rules.md](rules.md). `off` turns these rules off."
        ),
    ),
    Option(
        name="rules",
        type="string",
        default="",
        example="/etc/airflow/secure-xcom-rules.toml",
        description="A TOML file with content rules of your own, on top of the built-in ones: [rules.md](rules.md).",
    ),
    Option(
        name="seal",
        type="string",
        default="sensitive",
        description=(
            "`sensitive`: seal what is sensitive. `all`: seal every value whole. Exempt is what Airflow itself reads "
            "from the database: ids and URLs, as texts and lists, under `skipmixin_key`, `trigger_run_id` and the "
            "`_link_*` keys. A push fails where such a key would hold a registered secret or a sensitive name."
        ),
    ),
    Option(
        name="mode",
        type="string",
        default="enforce",
        description=(
            "`enforce`: seal. `observe`: seal only what is wrapped in `Secret` or under a contract, and log what else "
            "would be sealed. `open-only`: the same without the log, to take the backend out of service. What was "
            "sealed before opens in every mode."
        ),
    ),
    Option(
        name="plain_in_place_of_sealed",
        type="string",
        default="refuse",
        description=(
            "What happens to a pull of a plain value that stands where the ledger has a sealed one: a writer to the "
            "database or the REST API must have put it there. `refuse`: it fails. `warn`: the log warns. `allow`: "
            "nothing, and plain values never ask the ledger. With the first two, each push and pull of a plain value "
            "asks the ledger one question, once there is a ledger. See [ledger.md](ledger.md)."
        ),
    ),
    Option(
        name="hide_returned_values",
        type="boolean",
        default="True",
        description=(
            "Turn off `show_return_value_in_logs` of every Python task. Otherwise the task logs its return value "
            "before the backend sees it. A task of `ShortCircuitOperator` logs it all the same: have it return a bool."
        ),
    ),
    Option(
        name="large_threshold",
        type="integer",
        default="-1",
        example="1000000",
        description=(
            "Bytes above which a value that is not sensitive leaves the database too: sealed, and compressed where "
            "that helps, it goes to `large_store`. What counts is what would be sealed, uncompressed. `-1`: never. "
            "See [large.md](large.md)."
        ),
    ),
    Option(
        name="large_store",
        type="string",
        default="",
        example="s3://my-bucket/airflow/xcom-large",
        description=(
            "Where values above `large_threshold` are kept, written as `store` is. Empty: in `store`. The large values "
            "of a domain that has a `store` of its own in the routes file stay there."
        ),
    ),
    Option(
        name="ttl",
        type="string",
        default="0",
        example="24h",
        description=(
            "Lifetime of a sealed value from its push: a number with `s`, `m`, `h` or `d`. A pull after that fails. "
            "`0`: until the object is purged. The lifetime is written into the object, so a later change of the "
            "option does not alter it."
        ),
    ),
    Option(
        name="clock_skew",
        type="string",
        default="60s",
        description="How long a value still opens after the end of its lifetime, because clocks differ.",
    ),
    Option(
        name="retry_deadline",
        type="string",
        default="30s",
        description=(
            "How long a store, a key provider or the ledger is asked again while it is not reached, overloaded, or "
            "electing a leader: a number with `s`, `m`, `h` or `d`. The waits between attempts grow, at random, to 5 "
            "seconds at most. No attempt begins after the deadline. A refusal is never tried again. `0`: nothing is."
        ),
    ),
    Option(
        name="ledger",
        type="string",
        default="",
        example="postgresql+psycopg2://xcom:...@db.example.com/xcom_ledger",
        sensitive=True,
        description=(
            "The database that records who wrote and read what, and decides who may read a consume-once value: "
            "`sqlite:////path`, `postgresql+psycopg2://...` or `mysql+pymysql://...`, one for all workers. Empty: "
            "SQLite below `$AIRFLOW_HOME/secure_xcom`, for a single machine."
        ),
    ),
    Option(
        name="ledger_mode",
        type="string",
        default="required",
        description=(
            "What happens to a push or pull that the ledger cannot record. `required`: the task fails. "
            "`best-effort`: the entry waits on the worker's disk, below `$AIRFLOW_HOME/secure_xcom/spool`. `off`: "
            "nothing is recorded. Consume-once values always need the ledger."
        ),
    ),
    Option(
        name="ledger_records",
        type="string",
        default="sealed",
        description=(
            "`sealed`: record what is done with sealed values. `all`: with every value. Each push and pull of a plain "
            "value then costs a write to the ledger, and `secure-xcom lineage --suggest` sees whole Dags."
        ),
    ),
    Option(
        name="routes",
        type="string",
        default="",
        example="/etc/airflow/secure_xcom_routes.toml",
        description=(
            "A TOML file. It has the namespaces (Dags that share a folder and an identity), the readers of other "
            "domains' values, and stores and keys of single domains. With it, a task may read another domain's values "
            "only if the file grants it. See [isolation.md](isolation.md)."
        ),
    ),
)
