"""Dicts that describe a field, a parameter or a page of an interface, and hold no value of it.

``{"type": "string", "description": "The password of the mailbox"}`` stands under ``password`` in a document of JSON
Schema, OpenAPI or CloudFormation. What such a dict may hold is the value by default, and examples: these are judged.
"""

from __future__ import annotations

import re
from typing import Final

from secure_xcom.classify.name_words import words
from secure_xcom.classify.randomness import is_random


def is_schema(part: dict[str, object]) -> bool:
    """Return whether a dict describes a field, how a secret is sent, or a page, and holds no value of it.

    What stands below it has names of its own, by which it is judged.
    """
    return (
        _describes_a_field(part) or _describes_a_login(part) or _describes_a_page(part) or _describes_a_resource(part)
    )


def judged_of_schema(part: dict[str, object]) -> list[object]:
    """Return the parts of a schema that may be secrets: the value by default, and examples."""
    examples = part.get("examples")
    defaults = [part.get(key) for key in ("default", "Default", "const", "example") if key in part]
    return [*defaults, *(examples if isinstance(examples, list) else [examples])]


def _describes_a_field(part: dict[str, object]) -> bool:
    """Match a schema (JSON Schema Validation, sections 6, 7 and 9), and a parameter with its description."""
    return len(part) > 1 and _says_of_what(part) and all(_is_of_schema(key, value) for key, value in part.items())


def _says_of_what(part: dict[str, object]) -> bool:
    """Whether a dict says of which type a field is, refers to a schema, or tells in words what stands there."""
    if "type" in part or "Type" in part:
        kind = part.get("type", part.get("Type"))
        kinds = kind if isinstance(kind, list) else [kind]
        return all(isinstance(each, str) and (each in _TYPES or _OF_CLOUD.match(each) is not None) for each in kinds)
    reference = part.get("$ref")
    if isinstance(reference, str):
        return reference.startswith(("#", "http", "./"))
    if any(isinstance(part.get(key), list) for key in _CHOICES):
        return True
    said = part.get("description")
    return isinstance(said, str) and _SENTENCE.fullmatch(said) is not None and not part.keys() <= _SAID


def _is_of_schema(key: str, value: object) -> bool:
    if key.startswith("x-"):
        return isinstance(value, bool) or _are_names(value)
    if key in _NESTED:
        return isinstance(value, (dict, list, bool))
    if key in ("description", "Description", "title"):
        return isinstance(value, str) and not _holds_opaque(value) and (key != "title" or _is_title(value))
    if key == "hidden":
        return isinstance(value, (dict, bool)) or (isinstance(value, str) and _NAME.fullmatch(value) is not None)
    if key in _NAMING:
        return isinstance(value, str) and _NAME.fullmatch(value) is not None and not _holds_opaque(value)
    if key in ("enum", "AllowedValues"):
        return isinstance(value, list) and all(isinstance(each, str) and _MEMBER.fullmatch(each) for each in value)
    if key.endswith(("mum", "Length", "Items")) and isinstance(value, (int, float)):
        return abs(value) <= _LARGEST_BOUND
    if key in ("pattern", "AllowedPattern"):
        return isinstance(value, str) and value.startswith("^") and value.endswith("$")
    if key in ("required", "secret_fields"):
        return isinstance(value, bool) or _are_names(value) or value in ("true", "false")
    return key in _JUDGED or (key in _SWITCHES and (isinstance(value, bool) or value in ("true", "false")))


def _are_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) and _NAME.fullmatch(each) for each in value)


def _describes_a_login(part: dict[str, object]) -> bool:
    """Match a Security Scheme Object of OpenAPI: how a secret is sent."""
    kind = part.get("type")
    return (
        isinstance(kind, str)
        and kind in _SCHEMES
        and all(
            (key == "flows" and isinstance(value, dict))
            or (key in _OF_LOGINS and isinstance(value, str) and _is_said(value))
            for key, value in part.items()
        )
    )


def _describes_a_page(part: dict[str, object]) -> bool:
    """Match a Path Item Object of OpenAPI: what may be asked of an address."""
    return (
        bool(part)
        and all(key in _OF_PAGES or key.startswith("x-") for key in part)
        and any(isinstance(value, dict) and "responses" in value for value in part.values())
    )


def _describes_a_resource(part: dict[str, object]) -> bool:
    """Match a resource of CloudFormation, a condition, and the use of another resource's attribute."""
    kind = part.get("Type")
    if isinstance(kind, str) and kind.startswith("AWS::") and part.keys() <= _OF_RESOURCES:
        return True
    return len(part) == 1 and next(iter(part)) in _FUNCTIONS


def _is_said(text: str) -> bool:
    return len(text) <= _LONGEST and not _holds_opaque(text)


def _is_title(text: str) -> bool:
    return len(text) <= _LONGEST_TITLE and _TITLE.fullmatch(text) is not None


def _holds_opaque(text: str) -> bool:
    """Whether a run of letters and digits looks random: small letters, capitals and digits take turns."""
    return any(map(is_random, _RUN.findall(text)))


_TYPES: Final = words(
    "string object array integer number boolean null String Number CommaDelimitedList List<Number> List<String>"
)

_OF_CLOUD: Final = re.compile(r"(?:List<)?AWS::[A-Za-z0-9:]{1,64}(?:<[A-Za-z:]{1,64}>)?>?$", re.ASCII)
"""Types of parameters that name something of AWS (CloudFormation, "Parameters")."""

_SAID: Final = words("description value")

_CHOICES: Final = words("oneOf anyOf allOf")

_NESTED: Final = _CHOICES | words(
    """
    properties items additionalProperties patternProperties definitions $defs not if then else dependencies
    discriminator externalDocs xml block_schema_references
    """
)
"""Keywords below which other schemas stand, whose parts have names of their own."""

_JUDGED: Final = words("type Type default Default const example examples")

_NAMING: Final = words("name $ref $id id format order priority generator env label in block_type_slug")
"""Keywords that name the field or its form."""

_SWITCHES: Final = words(
    """
    readOnly writeOnly nullable deprecated uniqueItems form secret sensitive isSecret NoEcho autoGenerated
    optional exclusiveMinimum exclusiveMaximum
    """
)

_LARGEST_BOUND: Final = 10_000
_LONGEST: Final = 512
_LONGEST_TITLE: Final = 160

_TITLE: Final = re.compile(r"[^\d\s]{1,32}|\S{1,32}(?:\s\S{1,32}){1,15}")
"""A word without a digit, or several words."""

_MEMBER: Final = re.compile(r"[a-z]{1,24}(?:_[a-z]{1,24}){0,5}|[A-Z]{1,24}(?:_[A-Z]{1,24}){0,5}", re.ASCII)
_NAME: Final = re.compile(
    r"[#./A-Za-z_$-]{1,24}[0-9]{0,3}(?:[#:./_$-]{1,3}[A-Za-z][A-Za-z]{0,31}[0-9]{0,3}){0,12}", re.ASCII
)

_SENTENCE: Final = re.compile(r"[A-Z][^\s]{0,32}(?:\s{1,2}[^\s]{1,64}){2,256}")
"""What is said of a field: three words or more, of which the first has a capital."""

_RUN: Final = re.compile(r"[A-Za-z0-9]{16,}", re.ASCII)

_SCHEMES: Final = words("apiKey http oauth2 openIdConnect mutualTLS basic")

_OF_LOGINS: Final = words(
    "type name in description scheme bearerFormat openIdConnectUrl flow authorizationUrl tokenUrl"
)

_METHODS: Final = words("get put post delete options head patch trace")

_OF_PAGES: Final = _METHODS | words("summary description parameters servers $ref")

_OF_RESOURCES: Final = words(
    "Type Properties DependsOn Metadata Condition DeletionPolicy UpdateReplacePolicy CreationPolicy"
)

_FUNCTIONS: Final = words("Ref Fn::GetAtt Fn::ImportValue Fn::And Fn::Or Fn::Not Fn::Equals")
"""Functions of CloudFormation that hold no literal that is used as one."""
