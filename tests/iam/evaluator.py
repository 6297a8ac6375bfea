"""A small evaluator of AWS policies that refuses on anything it does not know.

It follows the AWS IAM user guide, "Policy evaluation logic" and "Condition operators", for one account: a refusal in
any policy wins; a right in the requester's policies or in the resource's suffices, except that a key and a role must
be opened by their own policy; a session policy leaves only what it names.

Where AWS says little, it takes what lets more requests through, so that what it refuses is refused on AWS as well:

* a ``*`` in the value of a variable stands for anything, in an ``Allow`` and in a ``Deny``'s ``NotResource``; a
  variable anywhere else in a ``Deny`` is unknown here;
* a statement whose variable has no value does nothing, be it a ``Deny`` ("Variables and tags" calls it invalid);
* a condition may see either of two keys that differ by case only, and take an empty value for an absent one or not.

An element, operator, key of the context, variable or principal that is not known here refuses the whole request; with
``strict`` it is an ``UnknownError`` instead, so that a test cannot take the refusal for a proof.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import Any, Final

Policy = Mapping[str, Any]
Context = Mapping[str, str | tuple[str, ...]]
"""A multivalued key has a tuple, even of one value; any other a string."""

SINGLE: Final = re.compile(
    r"aws:(securetransport|principalarn|(principal|request)tag/[^/]+)"
    r"|kms:(viaservice|requestalias|encryptioncontext:.+)"
    r"|s3:(prefix|x-amz-server-side-encryption(-aws-kms-key-id)?)"
)
MULTI: Final = re.compile(r"aws:tagkeys|kms:encryptioncontextkeys")

_ELEMENTS: Final = {"Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
_DENY_ONLY: Final = {"NotAction", "NotResource"}
_OPENED_BY_RESOURCE: Final = ("kms:", "sts:")
"""A key and a role; what their policy does not open, the requester's own policies cannot."""

_PRINCIPAL: Final = re.compile(
    r"arn:aws:iam::(?P<account>[0-9]{12}):(?P<kind>root|role/|user/)(?P<name>[\w+=,.@/-]*)"
    r"|arn:aws:sts::[0-9]{12}:assumed-role/(?P<session>[\w+=,.@-]+/[\w+=,.@-]+)"
)


class UnknownError(Exception):
    """The evaluator cannot tell what this means."""


class _NoValueError(Exception):
    """A variable has no value in this request."""


@dataclass(frozen=True)
class Principal:
    """Who asks: a user, a role's session (``session`` is then its name), or nobody (no ``arn``)."""

    arn: str | None
    session: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def account(self) -> str | None:
        return None if self.arn is None else self.arn.split(":")[4]

    def context(self) -> Context:
        """What AWS itself says of the requester."""
        arn: Context = {} if self.arn is None else {"aws:PrincipalArn": self.arn}
        return {**arn, **{f"aws:PrincipalTag/{key}": value for key, value in self.tags.items()}}


@dataclass(frozen=True)
class Request:
    principal: Principal
    action: str
    resource: str
    context: Context = field(default_factory=dict)

    def readings(self) -> Iterator[Mapping[str, str | tuple[str, ...]]]:
        """Yield the context as conditions may see it, by lower-case key."""
        found: dict[str, list[str | tuple[str, ...] | None]] = {}
        for key, value in {**self.context, **self.principal.context()}.items():
            known = MULTI if isinstance(value, tuple) else SINGLE
            if not known.fullmatch(key.lower()):
                raise UnknownError(f"the context's key {key}")
            found.setdefault(key.lower(), []).extend([value] if value else [value, None])
        for values in product(*found.values()):
            yield {key: value for key, value in zip(found, values, strict=True) if value is not None}


def allows(
    request: Request,
    *,
    identity: Sequence[Policy] = (),
    session: Policy | None = None,
    resource: Policy | None = None,
    strict: bool = False,
) -> bool:
    """Whether AWS would grant the request under these policies."""
    try:
        # Each reading is tried, so that something unknown is found whatever the others say.
        decisions = [_Evaluation(request, seen).allows(identity, session, resource) for seen in request.readings()]
        return any(decisions)
    except UnknownError:
        if strict:
            raise
        return False


class _Evaluation:
    def __init__(self, request: Request, context: Mapping[str, str | tuple[str, ...]]) -> None:
        self._request = request
        self._context = context

    def allows(self, identity: Sequence[Policy], session: Policy | None, resource: Policy | None) -> bool:
        # Everything is evaluated before anything is decided: an unknown element is never skipped.
        own = [self._effects(policy, of_resource=False) for policy in identity]
        cut = None if session is None else self._effects(session, of_resource=False)
        theirs = _Effects() if resource is None else self._effects(resource, of_resource=True)
        if any(effects.denies for effects in (*own, theirs)) or (cut is not None and cut.denies):
            return False
        if theirs.to_session:
            return True
        if cut is not None and not cut.allows:
            return False
        must_open = self._request.action.startswith(_OPENED_BY_RESOURCE)
        granted = any(effects.allows for effects in own)
        return theirs.to_principal or (granted and (theirs.to_account or not must_open))

    def _effects(self, policy: Policy, *, of_resource: bool) -> _Effects:
        if set(policy) - {"Version", "Id", "Statement"} or policy.get("Version") != "2012-10-17":
            raise UnknownError("a policy that is not of version 2012-10-17")
        effects = _Effects()
        for statement in _list(policy["Statement"]):
            self._check(statement, of_resource=of_resource)
            if (whom := self._applies(statement)) is not None:
                effects = effects.and_also(statement["Effect"], whom)
        return effects

    def _check(self, statement: Policy, *, of_resource: bool) -> None:
        for name in re.findall(r"\$\{([^}]*)\}?", json.dumps([*statement.values()])):
            if name not in ("*", "?", "$") and not SINGLE.fullmatch(name.lower()):
                raise UnknownError(f"the variable {name}")
        allowed = _ELEMENTS if statement.get("Effect") == "Deny" else _ELEMENTS - _DENY_ONLY
        if strange := set(statement) - allowed:
            raise UnknownError(f"the element {min(strange)} in {statement.get('Effect')}")
        if statement.get("Effect") not in ("Allow", "Deny") or len({"Action", "NotAction"} & set(statement)) != 1:
            raise UnknownError("a statement without effect or action")
        if ("Principal" in statement) != of_resource:
            raise UnknownError("a principal in the wrong kind of policy, or none in the right one")
        is_trust = of_resource and self._request.action.startswith("sts:")
        if len({"Resource", "NotResource"} & set(statement)) != (0 if is_trust else 1):
            raise UnknownError("a statement without a resource, or a trust policy with one")

    def _applies(self, statement: Policy) -> str | None:
        """Return to whom the statement applies (``session``, ``principal``, ``account``, ``own``), or ``None``."""
        whom = self._whom(statement["Principal"]) if "Principal" in statement else "own"
        # All parts are looked at, whether or not one already says no.
        parts = [self._action(statement), self._resource(statement), self._conditions(statement)]
        return whom if all(parts) else None

    def _whom(self, principal: Any) -> str | None:
        if principal == "*":
            return "principal"
        if not isinstance(principal, Mapping) or set(principal) != {"AWS"}:
            raise UnknownError("a principal other than AWS's")
        found = [self._is(arn) for arn in _list(principal["AWS"])]
        return next((whom for whom in ("session", "principal", "account") if whom in found), None)

    def _is(self, arn: str) -> str | None:
        me = self._request.principal
        if arn == "*":
            return "principal"
        named = _PRINCIPAL.fullmatch(arn)
        if named is None:
            raise UnknownError(f"the principal {arn}")
        if named["session"] is not None:
            role = (me.arn or "").rpartition("/")[2]
            return "session" if me.session is not None and named["session"] == f"{role}/{me.session}" else None
        if named["kind"] == "root":
            return "account" if me.account == named["account"] else None
        return "principal" if me.arn == arn else None

    def _action(self, statement: Policy) -> bool:
        element = "Action" if "Action" in statement else "NotAction"
        matched = [
            _wild(pattern.lower()).fullmatch(self._request.action.lower()) is not None
            for pattern in _list(statement[element])
        ]
        return any(matched) is (element == "Action")

    def _resource(self, statement: Policy) -> bool:
        if "Resource" not in statement and "NotResource" not in statement:
            return True
        element = "Resource" if "Resource" in statement else "NotResource"
        if statement["Effect"] == "Deny" and element == "Resource" and "${" in str(statement[element]):
            raise UnknownError("a variable in a Deny's Resource")
        try:
            matched = [
                self._pattern(pattern).fullmatch(self._request.resource) is not None
                for pattern in _list(statement[element])
            ]
        except _NoValueError:
            return False
        return any(matched) is (element == "Resource")

    def _conditions(self, statement: Policy) -> bool:
        results = [
            self._condition(operator, key, [str(value) for value in _list(values)], statement["Effect"])
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        ]
        return all(results)

    def _condition(self, operator: str, key: str, values: list[str], effect: str) -> bool:
        if operator == "Null":
            return self._is_absent(key, values)
        plain = operator.removeprefix("ForAllValues:")
        if not (SINGLE if plain == operator else MULTI).fullmatch(key.lower()):
            raise UnknownError(f"{operator} of {key}")
        if plain not in OPERATORS:
            raise UnknownError(f"the operator {operator}")
        if effect == "Deny" and "${" in "".join(values):
            raise UnknownError("a variable in a Deny's condition")
        test, negated = OPERATORS[plain]
        found = self._context.get(key.lower())
        if plain != operator:
            return all(self._any(test, one, values) is not negated for one in found or ())
        if found is None:
            return negated
        assert isinstance(found, str)
        return self._any(test, found, values) is not negated

    def _is_absent(self, key: str, values: list[str]) -> bool:
        if values not in (["true"], ["false"]) or not (SINGLE.fullmatch(key.lower()) or MULTI.fullmatch(key.lower())):
            raise UnknownError(f"Null of {key}: {values}")
        return (key.lower() not in self._context) is (values == ["true"])

    def _any(self, test: Callable[[_Evaluation, str, str], bool], found: str, values: Iterable[str]) -> bool:
        results = []
        for value in values:
            try:
                results.append(test(self, found, value))
            except _NoValueError:
                results.append(False)
        return any(results)

    def _pattern(self, text: str) -> re.Pattern[str]:
        """A pattern with its variables replaced; ``${*}`` and the like are the character itself."""
        return _compiled(tuple(self._replaced(text)))

    def _replaced(self, text: str) -> Iterator[tuple[str, bool]]:
        """Yield pieces, and whether ``*`` and ``?`` in them stand for something else."""
        position = 0
        for variable in re.finditer(r"\$\{([^}]*)\}", text):
            yield text[position : variable.start()], True
            position = variable.end()
            yield (variable[1], False) if variable[1] in ("*", "?", "$") else (self._value(variable[1]), True)
        if "${" in text[position:]:
            raise UnknownError(f"an open variable in {text}")
        yield text[position:], True

    def _value(self, name: str) -> str:
        value = self._context.get(name.lower())
        if value is None:
            raise _NoValueError
        assert isinstance(value, str)
        return value

    def string_equals(self, found: str, value: str) -> bool:
        return found == "".join(piece for piece, _ in self._replaced(value))

    def string_like(self, found: str, value: str) -> bool:
        return self._pattern(value).fullmatch(found) is not None

    def arn_like(self, found: str, value: str) -> bool:
        """Each of the six parts of an ARN for itself: a ``*`` does not reach over a colon, but in the last."""
        parts = list(zip(found.split(":", 5), value.split(":", 5), strict=False))
        return len(parts) == 6 and all(self.string_like(one, other) for one, other in parts)

    def boolean(self, found: str, value: str) -> bool:
        if value not in ("true", "false"):
            raise UnknownError(f"Bool of {value}")
        return found == value


OPERATORS: Final[Mapping[str, tuple[Callable[[_Evaluation, str, str], bool], bool]]] = {
    "StringEquals": (_Evaluation.string_equals, False),
    "StringNotEquals": (_Evaluation.string_equals, True),
    "StringLike": (_Evaluation.string_like, False),
    "StringNotLike": (_Evaluation.string_like, True),
    "ArnEquals": (_Evaluation.arn_like, False),
    "ArnLike": (_Evaluation.arn_like, False),
    "ArnNotEquals": (_Evaluation.arn_like, True),
    "ArnNotLike": (_Evaluation.arn_like, True),
    "Bool": (_Evaluation.boolean, False),
}
"""The test, and whether the operator is its opposite; then it is true of an absent key."""


@dataclass(frozen=True)
class _Effects:
    denies: bool = False
    to_session: bool = False
    to_principal: bool = False
    to_account: bool = False
    allows: bool = False

    def and_also(self, effect: str, whom: str) -> _Effects:
        if effect == "Deny":
            return _Effects(True, self.to_session, self.to_principal, self.to_account, self.allows)
        return _Effects(
            self.denies,
            self.to_session or whom == "session",
            self.to_principal or whom == "principal",
            self.to_account or whom == "account",
            self.allows or whom == "own",
        )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _wild(pattern: str) -> re.Pattern[str]:
    return _compiled(((pattern, True),))


@cache
def _compiled(pieces: tuple[tuple[str, bool], ...]) -> re.Pattern[str]:
    wild = {"*": ".*", "?": "."}
    parts = ((wild.get(one) if live else None) or re.escape(one) for text, live in pieces for one in text)
    return re.compile("".join(parts), re.DOTALL)
