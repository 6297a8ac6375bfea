"""Dicts that describe a field, a parameter or a page of an interface, and mostly hold no value of it.

``{"type": "string", "description": "The password of the mailbox"}`` stands under ``password`` in a document of JSON
Schema, OpenAPI or CloudFormation. Its keywords say what stands there, and how it is written. What is judged of such a
dict is the rest: a value by default, examples, a keyword that says something else, and what no keyword names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from secure_xcom.classify.descriptions import describes
from secure_xcom.classify.name_words import words
from secure_xcom.classify.randomness import is_random


def judged_of_schema(part: dict[str, object]) -> list[object] | None:
    """Return what may be a secret in a dict that describes something; ``None`` for any other dict.

    What stands below it has names of its own, by which it is judged besides.
    """
    keywords = next((keywords for is_one, keywords in _KINDS if is_one(part)), None)
    if keywords is None:
        return None
    judged: list[object] = []
    fields = part.get("properties")
    for key, value in part.items():
        if key in _NAMING_FIELDS and isinstance(value, list):
            judged += [
                name for name in value if not (isinstance(fields, dict) and isinstance(name, str) and name in fields)
            ]
            continue
        tells = keywords.get(key, _tells_more if key.startswith("x-") else None)
        if tells is None:
            judged += [] if describes(key, value, names_keys=False) else [value]
        elif not tells(value):
            judged += value.values() if key in _OF_SCHEMAS and isinstance(value, dict) else [value]
    return judged


def _is_field(part: dict[str, object]) -> bool:
    """Whether a dict says of which type a field is, refers to a schema, or tells in words what stands there."""
    kind = part.get("type", part.get("Type"))
    if kind is not None:
        kinds = kind if isinstance(kind, list) else [kind]
        return len(part) > 1 and all(isinstance(each, str) and _TYPE.fullmatch(each) is not None for each in kinds)
    reference, said = part.get("$ref"), part.get("description")
    if isinstance(reference, str):
        return reference.startswith(("#/", "./", "http"))
    if any(_are_dicts(part.get(key)) for key in _CHOICES):
        return True
    is_said = isinstance(said, str) and _SENTENCE.fullmatch(said) is not None
    return is_said and not _BESIDE_SENTENCES.isdisjoint(part)


def _is_login(part: dict[str, object]) -> bool:
    """Whether a dict is a Security Scheme Object of OpenAPI: how a secret is sent."""
    return len(part) > 1 and _is_among("apiKey", "http", "oauth2", "openIdConnect", "mutualTLS", "basic")(
        part.get("type")
    )


def _is_page(part: dict[str, object]) -> bool:
    """Whether a dict is a Path Item Object of OpenAPI: what may be asked of an address."""
    methods = [value for key, value in part.items() if key in _METHODS]
    return bool(methods) and all(isinstance(method, dict) and _is_operation(method) for method in methods)


def _is_operation(method: dict[str, object]) -> bool:
    responses = method.get("responses")
    return (
        isinstance(responses, dict)
        and all(_matches(_STATUS)(status) and isinstance(said, dict) for status, said in responses.items())
        and all(key in _OF_OPERATIONS or key.startswith("x-") for key in method)
    )


def _is_resource(part: dict[str, object]) -> bool:
    """Whether a dict is a resource of CloudFormation."""
    kind = part.get("Type")
    return isinstance(kind, str) and _RESOURCE.fullmatch(kind) is not None and "Properties" in part


def _is_function(part: dict[str, object]) -> bool:
    """Whether a dict is a function of CloudFormation that holds no literal."""
    return len(part) == 1 and next(iter(part)) in _OF_FUNCTIONS


def _is_package(part: dict[str, object]) -> bool:
    """Whether a dict is an entry of npm's lock file."""
    return _matches(_VERSION)(part.get("version")) and _matches(_ADDRESS)(part.get("resolved"))


def _is_among(*said: object) -> Callable[[object], bool]:
    return lambda value: isinstance(value, (str, bool)) and value in said


def _matches(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_said(value: object) -> bool:
    """Whether a text describes: no run of letters and digits in it looks random."""
    return isinstance(value, str) and not any(map(is_random, _RUN.findall(value)))


def _is_title(value: object) -> bool:
    return _is_said(value) and _matches(_TITLE)(value)


def _are_dicts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _are_names(value: object) -> bool:
    return isinstance(value, list) and all(map(_matches(_NAME), value))


def _are_members(value: object) -> bool:
    return isinstance(value, list) and all(map(_matches(_MEMBER), value))


def _is_number(value: object) -> bool:
    return isinstance(value, int)


def _is_small(value: object) -> bool:
    return isinstance(value, (int, float)) and abs(value) <= _LARGEST_BOUND


def _is_pattern(value: object) -> bool:
    return isinstance(value, str) and value.startswith("^") and value.endswith("$")


def _tells_more(value: object) -> bool:
    """Whether an extension says no more than yes, no, or URNs."""
    is_list = isinstance(value, list) and all(isinstance(each, str) and each.startswith("urn:") for each in value)
    return isinstance(value, bool) or (is_list and _are_names(value))


def _is_judged_elsewhere(_: object) -> bool:
    """Accept a keyword whose value was looked at when the dict was recognised, or is judged by its own names."""
    return True


def _is_dict(value: object) -> bool:
    return isinstance(value, dict)


_LARGEST_BOUND: Final = 10_000

_TYPE: Final = re.compile(
    r"string|object|array|integer|number|boolean|null|String|Number|CommaDelimitedList|"
    r"List<(?:Number|String)>|(?:List<)?AWS::[A-Za-z0-9:]{1,64}(?:<[A-Za-z0-9:]{1,64}>)?>?",
    re.ASCII,
)
"""Types of JSON Schema, and of parameters of CloudFormation."""

_RESOURCE: Final = re.compile(r"(?:AWS|Custom)::[A-Za-z0-9:]{1,64}", re.ASCII)

_TITLE: Final = re.compile(r"[^\d\s]{1,40}|\S{1,32}(?:\s\S{1,32}){1,15}")
"""A word without a digit, or several words."""

_MEMBER: Final = re.compile(r"[a-z]{1,24}(?:_[a-z]{1,24}){0,5}|[A-Z]{1,24}(?:_[A-Z]{1,24}){0,5}", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z$_]{2,24}(?:[-_.:/][A-Za-z]{1,24}){0,8}", re.ASCII)
_FIELD: Final = re.compile(r"[A-Za-z]{2,24}(?:[-_.][A-Za-z0-9]{1,32}){1,8}", re.ASCII)
"""The name of a field, of two words or more."""

_HEADER: Final = re.compile(r"[A-Za-z]{1,16}(?:[-_][A-Za-z]{1,16}){0,4}", re.ASCII)
_ATTRIBUTE: Final = re.compile(r"[A-Z][A-Za-z0-9]{1,63}(?:\.[A-Z][A-Za-z0-9]{1,63}){1,4}", re.ASCII)
_VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9]{0,31}(?:_[A-Z0-9]{1,32}){1,8}", re.ASCII)
_REFERENCE: Final = re.compile(r"(?:#|\./|https?://)[\w./#$~-]{0,256}", re.ASCII)
_VERSION: Final = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,5}){2}(?:-[a-z]{1,12}(?:\.?[0-9]{1,4})?)?", re.ASCII)
_ADDRESS: Final = re.compile(r"https?://[\w.:-]{1,128}(?:/[\w.@%~+-]{1,128}){0,16}", re.ASCII)

_SENTENCE: Final = re.compile(r"[A-Z][^\s]{0,32}(?:\s{1,2}[^\s]{1,64}){2,256}")
"""What is said of a field: three words or more, of which the first has a capital."""

_RUN: Final = re.compile(r"[A-Za-z0-9]{16,}", re.ASCII)

_CHOICES: Final = words("oneOf anyOf allOf")
_OF_SCHEMAS: Final = ("properties", "patternProperties", "definitions", "$defs")
"""Keywords under which schemas stand by their names."""

_STATUS: Final = re.compile("[1-5](?:[0-9]{2}|XX)|default", re.ASCII)

_OF_OPERATIONS: Final = words(
    """
    tags summary description operationId parameters requestBody responses security deprecated servers consumes produces
    schemes externalDocs callbacks
    """
)
"""Fields of an Operation Object of OpenAPI, each of which is judged by its own names."""

_METHODS: Final = words("get put post delete options head patch trace")

_BESIDE_SENTENCES: Final = words("required title name priority generator example default format")
"""Keywords one of which stands beside a sentence, where no type does."""

_Keywords = Mapping[str, Callable[[object], bool]]

_OF_FIELDS: Final[_Keywords] = {
    **dict.fromkeys(("type", "Type"), _is_judged_elsewhere),
    **dict.fromkeys(("description", "Description"), _is_said),
    "title": _is_title,
    **dict.fromkeys(("enum", "AllowedValues"), _are_members),
    **dict.fromkeys(("pattern", "AllowedPattern"), _is_pattern),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "MinLength", "MaxLength"), _is_number),
    **dict.fromkeys(("minimum", "maximum", "MinValue", "MaxValue", "order"), _is_small),
    # Each schema in these is judged as one of its own.
    **dict.fromkeys((*_OF_SCHEMAS, *_CHOICES, "items", "if", "then", "else", "not"), lambda _: False),
    **dict.fromkeys(("additionalProperties", "hidden"), lambda value: isinstance(value, bool)),
    **dict.fromkeys(("$ref", "$id"), _matches(_REFERENCE)),
    "id": _matches(re.compile("#[/a-zA-Z$]{0,128}")),
    "required": _is_among(True, False, "true", "false"),
    "name": _matches(_FIELD),
    "env": _matches(_VARIABLE),
    "priority": _is_among("HIGH", "MEDIUM", "LOW", "high", "medium", "low"),
    "generator": _is_among("secret", "hex", "uuid"),
    "block_type_slug": _matches(re.compile("[a-z]{1,24}(?:-[a-z]{1,24}){0,6}-credentials")),
    "format": _is_among(
        *("password", "path", "uri", "url", "uuid", "email", "hostname", "byte", "binary", "int32", "int64", "float"),
        *("double", "date", "date-time", "time", "duration", "ipv4", "ipv6", "json", "json-string", "regex"),
    ),
    **dict.fromkeys(
        words(
            "readOnly writeOnly nullable deprecated uniqueItems form secret sensitive isSecret NoEcho autoGenerated "
            "optional"
        ),
        _is_among(True, False, "true", "false"),
    ),
}
"""JSON Schema Validation, sections 6, 7 and 9; parameters of CloudFormation; variables of Heroku's ``app.json``."""

_NAMING_FIELDS: Final = ("required", "secret_fields")
"""Keywords under which fields are listed that stand in ``properties``."""

_OF_LOGINS: Final[_Keywords] = {
    "type": _is_judged_elsewhere,
    "in": _is_among("header", "query", "cookie", "body"),
    "name": _matches(_HEADER),
    "description": _is_said,
    "scheme": _is_among("bearer", "basic", "digest", "negotiate", "hoba", "mutual", "Bearer", "Basic"),
    "bearerFormat": _is_among("JWT", "jwt", "opaque", "token", "Opaque", "UUID"),
    "flow": _is_among("implicit", "password", "application", "accessCode"),
    "flows": lambda value: (
        isinstance(value, dict) and value.keys() <= words("implicit password clientCredentials authorizationCode")
    ),
    **dict.fromkeys(("openIdConnectUrl", "authorizationUrl", "tokenUrl", "refreshUrl"), _matches(_ADDRESS)),
}

_OF_PAGES: Final[_Keywords] = {
    **dict.fromkeys(_METHODS, _is_judged_elsewhere),
    **dict.fromkeys(("summary", "description"), _is_said),
    **dict.fromkeys(("parameters", "servers"), _are_dicts),
    "$ref": _matches(_REFERENCE),
    **dict.fromkeys(("x-twilio", "x-amazon-apigateway-integration"), _is_dict),
}

_OF_RESOURCES: Final[_Keywords] = {
    "Type": _is_judged_elsewhere,
    # It has names of its own.
    "Properties": _is_dict,
    "DependsOn": lambda value: _matches(_NAME)(value) or _are_names(value),
    "Condition": _matches(_NAME),
    **dict.fromkeys(("DeletionPolicy", "UpdateReplacePolicy"), _is_among("Delete", "Retain", "Snapshot")),
}

_OF_FUNCTIONS: Final[_Keywords] = {
    "Ref": _matches(re.compile("(?:AWS::)?[A-Z][A-Za-z0-9]{1,64}")),
    "Fn::GetAtt": lambda value: _are_names(value) or _matches(_ATTRIBUTE)(value),
    **dict.fromkeys(("Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals"), lambda _: False),
}
"""Functions of CloudFormation that name something, or ask."""

_OF_PACKAGES: Final[_Keywords] = {
    "version": _is_judged_elsewhere,
    "resolved": _is_judged_elsewhere,
    "integrity": _matches(re.compile("sha(?:1|256|384|512)-[A-Za-z0-9+/]{27,86}={0,2}")),
    "license": _matches(re.compile(r"\(?[A-Za-z0-9. -]{2,40}\)?")),
    **dict.fromkeys(
        ("dev", "optional", "peer", "bundled", "devOptional", "hasInstallScript"), lambda value: isinstance(value, bool)
    ),
    **dict.fromkeys(
        words("requires dependencies peerDependencies optionalDependencies engines bin funding"), _is_judged_elsewhere
    ),
}

_KINDS: Final[tuple[tuple[Callable[[dict[str, object]], bool], _Keywords], ...]] = (
    (_is_package, _OF_PACKAGES),
    (_is_login, _OF_LOGINS),
    (_is_page, _OF_PAGES),
    (_is_resource, _OF_RESOURCES),
    (_is_function, _OF_FUNCTIONS),
    (_is_field, _OF_FIELDS),
)
