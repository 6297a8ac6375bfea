"""The evaluator itself, on policies written by hand: what it grants, what it refuses, and what it does not know."""

from __future__ import annotations

from typing import Any

import pytest

from tests.iam.evaluator import Policy, Principal, Request, UnknownError, allows

ROLE = "arn:aws:iam::111122223333:role/reader"
ME = Principal(ROLE, "session", {"dag_id": "etl"})
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1"
OBJECT = "arn:aws:s3:::bucket/etl/1"


def policy(*statements: dict[str, Any]) -> Policy:
    """Statements that allow reading the object, but for what they say themselves."""
    usual = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {name: value for name, value in (usual | statement).items() if value is not None}
            for statement in statements
        ],
    }


def get(principal: Principal = ME, resource: str = OBJECT, **context: Any) -> Request:
    return Request(principal, "s3:GetObject", resource, {"aws:SecureTransport": "true"} | context.get("context", {}))


def granted(condition: dict[str, Any], **context: str | tuple[str, ...]) -> bool:
    """Whether a right with the condition is one, in a context."""
    given = {name.replace("__", ":"): value for name, value in context.items()}
    return allows(get(context=given), identity=[policy({"Condition": condition})], strict=True)


def test_nothing_is_granted_without_a_policy() -> None:
    assert not allows(get(), strict=True)


def test_a_right_is_granted() -> None:
    assert allows(get(), identity=[policy({})], strict=True)


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "s3:PutObject"},
        {"Action": "s3:GetObjec"},
        {"Action": "s3:GetObject?"},
        {"Action": "kms:*"},
        {"Resource": "arn:aws:s3:::bucket/et"},
        {"Resource": "arn:aws:s3:::bucket/etl"},
        {"Resource": "arn:aws:s3:::bucket/ETL/1"},
        {"Resource": "arn:aws:s3:::bucket/?"},
        {"Resource": "arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*"},
        {"Resource": ["arn:aws:s3:::bucket2/*", "arn:aws:s3:::bucket.etl/1"]},
        {"Effect": "Deny"},
    ],
)
def test_another_action_or_resource_is_not_granted(statement: dict[str, Any]) -> None:
    assert not allows(get(), identity=[policy(statement)], strict=True)


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "S3:getobject"},
        {"Action": ["s3:Put*", "s3:Get*"]},
        {"Resource": "arn:aws:s3:::bucket/e?l/*"},
        {"Resource": "*"},
        {"Resource": "arn:aws:s3:::bucket/${aws:PrincipalTag/dag_id}/*"},
        {"Resource": "arn:aws:s3:::bucket/${AWS:principaltag/DAG_ID}/*"},
    ],
)
def test_patterns_and_variables_are_matched(statement: dict[str, Any]) -> None:
    assert allows(get(), identity=[policy(statement)], strict=True)


@pytest.mark.parametrize(
    ("condition", "context", "expected"),
    [
        ({"StringEquals": {"s3:prefix": "a"}}, {"s3__prefix": "a"}, True),
        ({"StringEquals": {"s3:prefix": "a"}}, {"s3__prefix": "A"}, False),
        ({"StringEquals": {"s3:prefix": "a"}}, {}, False),
        ({"StringEquals": {"s3:prefix": "*"}}, {"s3__prefix": "a"}, False),
        ({"StringEquals": {"s3:prefix": ["b", "a"]}}, {"s3__prefix": "a"}, True),
        ({"StringEquals": {"s3:prefix": "a", "aws:SecureTransport": "no"}}, {"s3__prefix": "a"}, False),
        ({"StringEquals": {"s3:prefix": "${aws:PrincipalTag/dag_id}"}}, {"s3__prefix": "etl"}, True),
        ({"StringEquals": {"s3:prefix": "${aws:PrincipalTag/team}"}}, {"s3__prefix": ""}, False),
        ({"StringEquals": {"s3:prefix": "${*}"}}, {"s3__prefix": "*"}, True),
        ({"StringNotEquals": {"s3:prefix": "a"}}, {"s3__prefix": "a"}, False),
        ({"StringNotEquals": {"s3:prefix": ["a", "b"]}}, {"s3__prefix": "b"}, False),
        ({"StringNotEquals": {"s3:prefix": ["a", "b"]}}, {"s3__prefix": "c"}, True),
        ({"StringNotEquals": {"s3:prefix": "a"}}, {}, True),
        ({"StringLike": {"s3:prefix": "a/*"}}, {"s3__prefix": "a/"}, True),
        ({"StringLike": {"s3:prefix": "a/*"}}, {"s3__prefix": "a"}, False),
        ({"StringLike": {"s3:prefix": "?*"}}, {"s3__prefix": ""}, False),
        ({"StringLike": {"s3:prefix": "?*"}}, {}, False),
        ({"StringLike": {"s3:prefix": "*${*}*"}}, {"s3__prefix": "a"}, False),
        ({"StringLike": {"s3:prefix": "*${*}*"}}, {"s3__prefix": "a*"}, True),
        ({"StringNotLike": {"s3:prefix": ["*/*", "b"]}}, {"s3__prefix": "a/b"}, False),
        ({"StringNotLike": {"s3:prefix": ["*/*", "b"]}}, {"s3__prefix": "a"}, True),
        ({"StringNotLike": {"s3:prefix": "*"}}, {}, True),
        ({"ArnEquals": {"aws:PrincipalArn": ROLE}}, {}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/r*"}}, {}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*"}}, {}, False),
        ({"ArnLike": {"aws:PrincipalArn": "*"}}, {}, False),
        ({"ArnNotEquals": {"aws:PrincipalArn": [ROLE, f"{ROLE}2"]}}, {}, False),
        ({"ArnNotEquals": {"aws:PrincipalArn": f"{ROLE}2"}}, {}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, {}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, {}, False),
        ({"Null": {"s3:prefix": "true"}}, {}, True),
        ({"Null": {"s3:prefix": "false"}}, {}, False),
        ({"Null": {"s3:prefix": "false"}}, {"s3__prefix": "a"}, True),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {"aws__TagKeys": ("a",)}, True),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {"aws__TagKeys": ("a", "c")}, False),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {"aws__TagKeys": ("A",)}, False),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {}, True),
        ({"Null": {"aws:TagKeys": "false"}}, {"aws__TagKeys": ("a",)}, True),
        ({"Null": {"aws:TagKeys": "false"}}, {}, False),
    ],
)
def test_conditions_mean_what_aws_says(
    condition: dict[str, Any], context: dict[str, str | tuple[str, ...]], expected: bool
) -> None:
    assert granted(condition, **context) is expected


def test_a_wildcard_in_a_tag_is_taken_for_one_so_that_no_refusal_rests_on_it() -> None:
    star = Principal(ROLE, "session", {"dag_id": "*"})
    statement = {"Resource": "arn:aws:s3:::bucket/${aws:PrincipalTag/dag_id}/*"}
    assert allows(get(star), identity=[policy(statement)], strict=True)


def test_of_two_spellings_of_a_key_either_may_be_seen() -> None:
    both = {"kms:EncryptionContext:dag_id": "a", "kms:EncryptionContext:DAG_ID": "b"}
    for value in ("a", "b"):
        condition = {"StringEquals": {"kms:EncryptionContext:dag_id": value}}
        assert allows(get(context=both), identity=[policy({"Condition": condition})], strict=True)


def test_a_refusal_wins_wherever_it_stands() -> None:
    deny = {"Effect": "Deny"}
    everybody = {"Principal": "*"}
    right = policy({})
    assert not allows(get(), identity=[right, policy(deny)], strict=True)
    assert not allows(get(), identity=[right], session=policy({}, deny), strict=True)
    assert not allows(get(), identity=[right], resource=policy(deny | everybody), strict=True)


def test_a_refusal_of_all_but_something_leaves_that() -> None:
    def refused(**element: Any) -> bool:
        deny = {"Effect": "Deny", "Principal": "*", "Action": None, "Resource": None} | element
        return not allows(get(), identity=[policy({})], resource=policy(deny), strict=True)

    assert not refused(NotAction="s3:Get*", Resource="*")
    assert refused(NotAction="s3:Put*", Resource="*")
    assert not refused(Action="s3:*", NotResource="arn:aws:s3:::bucket/${aws:PrincipalTag/dag_id}/*")
    assert refused(Action="s3:*", NotResource="arn:aws:s3:::bucket/${aws:PrincipalTag/dag_id}/2")
    # Of a variable without a value AWS says that the statement is invalid: it refuses nothing.
    assert not refused(Action="s3:*", NotResource="arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*")


def test_a_session_policy_leaves_only_what_it_names() -> None:
    right = policy({})
    assert allows(get(), identity=[right], session=right, strict=True)
    assert not allows(get(), identity=[right], session=policy({"Action": "s3:PutObject"}), strict=True)
    assert not allows(get(), session=right, strict=True)
    theirs = policy({"Principal": {"AWS": ROLE}})
    assert allows(get(), resource=theirs, session=right, strict=True)
    assert not allows(get(), resource=theirs, session=policy({"Action": "s3:PutObject"}), strict=True)


def test_a_session_that_a_resource_names_is_not_cut_down() -> None:
    theirs = policy({"Principal": {"AWS": "arn:aws:sts::111122223333:assumed-role/reader/session"}})
    assert allows(get(), resource=theirs, session=policy({"Action": "s3:PutObject"}), strict=True)
    other = Principal(ROLE, "another", {})
    assert not allows(get(other), resource=theirs, strict=True)


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": ROLE}, True),
        ({"AWS": [f"{ROLE}2", ROLE]}, True),
        ({"AWS": f"{ROLE}2"}, False),
        ({"AWS": "arn:aws:iam::111122223333:user/reader"}, False),
        ({"AWS": "arn:aws:iam::111122223333:root"}, False),
        ({"AWS": "arn:aws:iam::999999999999:root"}, False),
    ],
)
def test_a_bucket_opens_itself_to_whom_it_names(principal: Any, expected: bool) -> None:
    assert allows(get(), resource=policy({"Principal": principal}), strict=True) is expected


def test_nobody_is_granted_only_what_is_everybodys() -> None:
    nobody = Principal(None)
    assert not allows(get(nobody), resource=policy({"Principal": {"AWS": ROLE}}), strict=True)
    assert allows(get(nobody), resource=policy({"Principal": "*"}), strict=True)
    condition = {"ArnNotEquals": {"aws:PrincipalArn": ROLE}}
    assert allows(get(nobody), resource=policy({"Principal": "*", "Condition": condition}), strict=True)


def test_a_key_is_opened_by_its_own_policy_or_by_leaving_it_to_iam() -> None:
    decrypt = Request(ME, "kms:Decrypt", KEY)
    mine = policy({"Action": "kms:Decrypt", "Resource": KEY})
    silent = policy({"Action": "kms:Encrypt", "Resource": "*", "Principal": {"AWS": ROLE}})
    named = policy({"Action": "kms:Decrypt", "Resource": "*", "Principal": {"AWS": ROLE}})
    left = policy({"Action": "kms:*", "Resource": "*", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}})
    assert not allows(decrypt, identity=[mine], strict=True)
    assert not allows(decrypt, identity=[mine], resource=silent, strict=True)
    assert allows(decrypt, resource=named, strict=True)
    assert not allows(decrypt, resource=left, strict=True)
    assert allows(decrypt, identity=[mine], resource=left, strict=True)


def test_a_role_is_opened_by_its_trust_policy_alone() -> None:
    assume = Request(ME, "sts:AssumeRole", "arn:aws:iam::111122223333:role/other")
    mine = policy({"Action": "sts:AssumeRole", "Resource": "*"})
    trust = policy({"Action": "sts:AssumeRole", "Resource": None, "Principal": {"AWS": ROLE}})
    assert not allows(assume, identity=[mine], strict=True)
    assert allows(assume, resource=trust, strict=True)


@pytest.mark.parametrize(
    "statement",
    [
        {"Condition": {"StringEqualsIgnoreCase": {"s3:prefix": "a"}}},
        {"Condition": {"StringEqualsIfExists": {"s3:prefix": "a"}}},
        {"Condition": {"NumericLessThan": {"s3:prefix": "1"}}},
        {"Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}}},
        {"Condition": {"ForAllValues:StringEquals": {"s3:prefix": "a"}}},
        {"Condition": {"StringEquals": {"aws:TagKeys": "a"}}},
        {"Condition": {"StringEquals": {"aws:SourceIp": "10.0.0.1"}}},
        {"Condition": {"StringNotEquals": {"aws:SourceVpce": "x"}}},
        {"Condition": {"Null": {"aws:MultiFactorAuthAge": "true"}}},
        {"Condition": {"Null": {"s3:prefix": "maybe"}}},
        {"Condition": {"Bool": {"aws:SecureTransport": "yes"}}},
        {"Condition": {"StringNotEquals": {"s3:prefix": "${aws:username}"}}},
        {"Resource": "arn:aws:s3:::bucket/${aws:username}*"},
        {"Resource": "arn:aws:s3:::bucket/${aws:TagKeys}*"},
        {"Resource": "arn:aws:s3:::bucket/${aws:PrincipalTag/dag_id"},
        {"Resource": None, "NotResource": "arn:aws:s3:::other/*"},
        {"Action": None, "NotAction": "s3:PutObject"},
        {"Action": None},
        {"Resource": None},
        {"Effect": "allow"},
        {"NotPrincipal": {"AWS": ROLE}},
        {"Principal": "*"},
        {"Effect": "Deny", "Resource": "arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*"},
        {"Effect": "Deny", "Condition": {"StringNotEquals": {"s3:prefix": "${aws:PrincipalTag/team}"}}},
        {"Note": "x"},
    ],
)
def test_what_is_not_known_refuses_the_whole_request(statement: dict[str, Any]) -> None:
    identity = [policy({}), policy(statement)]
    assert not allows(get(), identity=identity)
    with pytest.raises(UnknownError):
        allows(get(), identity=identity, strict=True)


@pytest.mark.parametrize(
    "statement",
    [
        {},
        {"Principal": {"Service": "s3.amazonaws.com"}},
        {"Principal": {"AWS": "111122223333"}},
        {"Principal": {"AWS": "arn:aws:iam::111122223333:role/*"}},
        {"Effect": "Deny", "NotPrincipal": {"AWS": ROLE}},
    ],
)
def test_a_principal_that_is_not_known_refuses_the_whole_request(statement: dict[str, Any]) -> None:
    theirs = policy({"Principal": "*"}, statement)
    assert not allows(get(), identity=[policy({})], resource=theirs)
    with pytest.raises(UnknownError):
        allows(get(), identity=[policy({})], resource=theirs, strict=True)


@pytest.mark.parametrize("version", ["2008-10-17", None])
def test_an_old_version_which_knows_no_variables_is_not_known(version: str | None) -> None:
    assert not allows(get(), identity=[{**policy({}), "Version": version}])


@pytest.mark.parametrize(
    "context", [{"aws:SourceIp": "10.0.0.1"}, {"s3:prefix": ("a",)}, {"aws:TagKeys": "a"}, {"s3:VersionId": "1"}]
)
def test_a_context_that_is_not_known_refuses_the_whole_request(context: dict[str, Any]) -> None:
    assert not allows(get(context=context), identity=[policy({})])
    with pytest.raises(UnknownError):
        allows(get(context=context), identity=[policy({})], strict=True)
