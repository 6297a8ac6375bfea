"""``rules_from_toml``: rules that an organisation or another package adds.

::

    [[rule]]
    id = "acme-token"
    description = "Token of ACME's gateway"
    reason = "Calls the gateway as its owner."
    literals = ["acme_"]
    pattern = 'acme_[A-Za-z0-9]{32}'
    example = "acme_<32 base62>"
    counterexample = "acme_<8 base62>"
    source = "https://wiki.acme.example/tokens"
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Final

from secure_xcom.classify.content.invention import invent
from secure_xcom.classify.content.linear import problem_of
from secure_xcom.classify.content.matching import ContentRules
from secure_xcom.classify.content.rule import ENTROPY, Rule
from secure_xcom.errors import ConfigurationError, translated

MOST_RULES: Final = 1000
"""Rules of one file: each takes memory in each task that pushes."""

LONGEST_PATTERN: Final = 1000
"""Characters of a pattern."""

LONGEST_MATCH: Final = 512
"""Characters that a match may have, since it is tried wherever a literal stands."""

SHORTEST_LITERAL: Final = 3
"""Characters of a literal: a shorter one stands in almost each text, and the pattern would be tried everywhere."""

_TEXTS: Final = ("id", "description", "reason", "pattern", "example", "counterexample", "source")
_FIELDS: Final = frozenset((*_TEXTS, "literals", "entropy"))


def rules_from_toml(text: str) -> tuple[Rule, ...]:
    """Return the rules of a TOML file.

    Raises:
        ConfigurationError: the file has mistakes. It names all of them by the number of the rule and the field, and
            repeats nothing but names of fields and ids, since an example may be a secret.
    """
    with translated((ValueError, RecursionError), into=_no_toml):
        document = tomllib.loads(text)
    entries = document.get("rule", [])
    if set(document) - {"rule"} or not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise ConfigurationError("the file of rules holds something else than [[rule]] tables")
    if len(entries) > MOST_RULES:
        raise ConfigurationError(f"the file of rules has more than {MOST_RULES} rules")
    problems: list[str] = []
    rules: list[Rule] = []
    for number, entry in enumerate(entries, 1):
        found = list(_problems(entry, {rule.id for rule in rules}))
        problems += [f"rule {number}: {problem}" for problem in found]
        if not found:
            rules.append(_rule(entry))
    if problems:
        raise ConfigurationError(*problems)
    return tuple(rules)


def _no_toml(_: Exception) -> ConfigurationError:
    # Without the parser's own words, which may quote the text.
    return ConfigurationError("the file of rules is not TOML")


def _problems(entry: Mapping[str, object], taken: set[str]) -> Iterator[str]:
    shape = list(_problems_of_shape(entry))
    yield from shape
    if shape:
        return
    rule = _rule(entry)
    if rule.id in taken:
        yield f"the id {rule.id} is taken by another rule"
    if (problem := problem_of(rule.pattern, LONGEST_MATCH)) is not None:
        yield f"pattern: {problem}"
        return
    try:
        rules = ContentRules((rule,), is_sensitive_name=lambda _: False)
        if rules.rule_of(invent(rule.example)) is None:
            yield "example: the rule does not match it"
        if rules.rule_of(invent(rule.counterexample)) is not None:
            yield "counterexample: the rule matches it"
    except KeyError:
        yield "example: a piece in angle brackets names an alphabet that does not exist"


def _problems_of_shape(entry: Mapping[str, object]) -> Iterator[str]:
    # A name of a field that does not exist may be a secret that was put in the wrong place.
    if unknown := len(entry.keys() - _FIELDS):
        yield f"{unknown} unknown field(s); the fields are {', '.join(sorted(_FIELDS))}"
    for name in _TEXTS:
        value = entry.get(name)
        if not isinstance(value, str) or not value.strip():
            yield f"{name}: a text is missing"
    identifier = entry.get("id")
    if isinstance(identifier, str) and not _is_id(identifier):
        yield "id: up to 64 lower-case letters, digits and hyphens"
    if len(str(entry.get("pattern", ""))) > LONGEST_PATTERN:
        yield f"pattern: more than {LONGEST_PATTERN} characters"
    yield from _problems_of_literals(entry.get("literals"))
    threshold = entry.get("entropy", ENTROPY)
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 <= threshold <= 8:
        yield "entropy: a number from 0 to 8"


def _problems_of_literals(literals: object) -> Iterator[str]:
    if not isinstance(literals, list) or not literals:
        yield "literals: a list of texts, one of which begins each match, is missing"
    elif not all(isinstance(one, str) and one.isascii() and len(one) >= SHORTEST_LITERAL for one in literals):
        yield f"literals: each is a text in ASCII of {SHORTEST_LITERAL} characters or more"


def _is_id(text: str) -> bool:
    return 0 < len(text) <= 64 and text.isascii() and text == text.lower() and text.replace("-", "").isalnum()


def _rule(entry: Mapping[str, object]) -> Rule:
    texts = {name: str(entry[name]) for name in _TEXTS}
    literals, threshold = entry["literals"], entry.get("entropy", ENTROPY)
    return Rule(
        id=texts["id"],
        description=texts["description"],
        reason=texts["reason"],
        literals=tuple(map(str, literals)) if isinstance(literals, list) else (),
        pattern=texts["pattern"],
        example=texts["example"],
        counterexample=texts["counterexample"],
        source=texts["source"],
        entropy=float(threshold) if isinstance(threshold, int | float) else ENTROPY,
    )
