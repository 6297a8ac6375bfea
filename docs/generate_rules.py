"""Write docs/rules.md from ``secure_xcom.classify.content.FAMILIES``: ``python docs/generate_rules.py``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from secure_xcom.assembly.content import AIRFLOW_PATTERN
from secure_xcom.classify.content import FAMILIES, Rule
from secure_xcom.classify.content.named_values import ID as NAMED_VALUE
from secure_xcom.classify.content.text_tables import ID as TEXT_TABLE
from secure_xcom.classify.json_texts import ID as JSON_SECRET
from secure_xcom.classify.rules import STORED

PAGE: Final = Path(__file__).with_name("rules.md")

_INTRODUCTION: Final = f"""\
# Content rules

These rules find secrets by what they look like, whatever their names. A text that matches one of them anywhere is
sealed as a whole. Findings show a rule as `content-` and its id. `[secure_xcom] content_rules = off` switches all of
them off.

A rule is tried only where one of its literals stands in the text. Then its pattern has to match there, and the secret
has to be random enough. Templates, masks, examples of documentation, sequences and runs of one character are no
secrets. Where a provider builds a checksum or an account into its tokens, it is verified.

The source is the page that documents the format; not each of them was read when the rule was written.

Examples are written in a notation. `<30 base62>` stands for thirty invented letters and digits, and `<checksum>` for
the checksum of the run before it. `<b64 ann:x>` stands for that text in base64.

Four more findings have no row. `{NAMED_VALUE}` is a value beside a sensitive name in a text, such as a line of
settings or a parameter of a URL. `{TEXT_TABLE}` is one below such a name in a table that is written as text, such as
CSV. `{JSON_SECRET}` is one in a text that is JSON. `{AIRFLOW_PATTERN}` is what Airflow's own masker masks by its
content: [sensitive.md](sensitive.md#by-its-content).

Rules of your own are in a TOML file: [see below](#rules-of-your-own).
"""

_STORED: Final = """\
## Stored by Airflow

`secure-xcom audit scan` has these for what Airflow stores besides XComs ([audit.md](audit.md)). Their ids have no
`content-` before them.

| id | description | reason | example | no match |
|---|---|---|---|---|
"""

_CUSTOM: Final = """\
## Rules of your own

```toml
[[rule]]
id = "acme-token"
description = "Token of ACME's gateway"
reason = "Calls the gateway as its owner."
literals = ["acme_"]
pattern = 'acme_[A-Za-z0-9]{32}'
example = "acme_<32 base62>"
counterexample = "acme_<8 base62>"
source = "https://wiki.acme.example/tokens"
```

A match begins with one of the literals. A pattern must not go back. A repetition of varying length has an upper bound
and a plus after it, as in `{20,40}+`. Alternatives stand in an atomic group, as in `(?>a|b)`. The group `secret` of a
pattern, `(?P<secret>...)`, is the secret. Without it, the whole match is. `entropy` is the least entropy of the secret
in bits for each character. All mistakes of a file are reported at once.

A package brings rules along by an entry point in the group `secure_xcom.rules`. It names a text in the form of such a
file:

```toml
[project.entry-points."secure_xcom.rules"]
acme = "acme_xcom:RULES"
```
"""


def page() -> str:
    """Return the page as it should be."""
    families = (_family(name, rules) for name, rules in FAMILIES.items())
    return "\n".join((_INTRODUCTION, *families, _STORED + _stored(), _CUSTOM))


def _stored() -> str:
    return "".join(
        f"| `{rule.id}` | {rule.description} | {rule.reason} | {rule.example} | {rule.counterexample} |\n"
        for rule in STORED
    )


def _family(name: str, rules: tuple[Rule, ...]) -> str:
    header = "| id | description | reason | example | no match | source |\n|---|---|---|---|---|---|"
    return "\n".join((f"## {name}\n", header, *map(_row, rules), ""))


def _row(rule: Rule) -> str:
    cells = (f"`{rule.id}`", rule.description, rule.reason, _code(rule.example), _code(rule.counterexample))
    return f"| {' | '.join(cells)} | <{rule.source}> |"


def _code(text: str) -> str:
    return "`" + text.replace("\n", "\\n").replace("|", "\\|") + "`"


if __name__ == "__main__":
    PAGE.write_text(page())
