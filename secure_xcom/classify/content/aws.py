"""Rules for the keys and tokens of AWS."""

from __future__ import annotations

import re
from typing import Final

from secure_xcom.classify.content.checksum import holds_an_account
from secure_xcom.classify.content.rule import BASE64, Rule, row

_AWS_IDS: Final = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html"
_AWS_KEYS: Final = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html"


def _is_base64_of_two_cases(found: re.Match[str]) -> bool:
    secret = found["secret"]
    return all(re.search(kind, secret) for kind in ("[a-z]", "[A-Z]", "[0-9]"))


RULES: Final[tuple[Rule, ...]] = (
    row(
        "aws-access-key-id",
        "AWS access key id",
        "Names a key of an AWS account. Its secret is often kept near it.",
        "AKIA ASIA ABIA ACCA",
        r"A(?>KIA|SIA|BIA|CCA)[A-Z2-7]{16}",
        example="AKIA2E<14 base32>",
        counterexample="AKIAIOSFODNN7EXAMPLE",
        source=_AWS_IDS,
        check=holds_an_account,
    ),
    row(
        "aws-secret-access-key",
        "AWS secret access key, beside its name",
        "Signs requests to AWS as the key's owner.",
        "secret_access_key SecretAccessKey secretAccessKey SECRET_ACCESS_KEY aws_secret AWS_SECRET secretKey "
        "secret_key SECRET_KEY",
        r"[A-Za-z]{2,6}+(?>_?+[A-Za-z]{0,6}+){0,3}+(?>\\{0,2}+[\"'])?+\s{0,4}+[=:>]{1,2}+\s{0,4}+(?>\\{0,2}+[\"'])?+(?P<secret>[A-Za-z0-9/+]{40})",
        example="aws_secret_access_key = <40 base64>",
        counterexample="aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        source=_AWS_KEYS,
        boundary="+/A-Za-z0-9",
        check=_is_base64_of_two_cases,
    ),
    row(
        "aws-session-token",
        "AWS session token",
        "Completes temporary credentials of AWS.",
        "IQoJb3JpZ2lu FwoGZXIvYXdz FQoGZXIvYXdz",
        r"[A-Za-z0-9]{12}[A-Za-z0-9+/%]{100,2048}+",
        example="IQoJb3JpZ2lu<180 base62>",
        counterexample="IQoJb3JpZ2lu<20 base62>",
        source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_use-resources.html",
        boundary=BASE64,
    ),
    row(
        "aws-bedrock-api-key",
        "Amazon Bedrock API key",
        "Calls models at the account's cost.",
        "ABSKQmVkcm9ja0FQSUtleS bedrock-api-key-",
        r"(?>ABSKQmVkcm9ja0FQSUtleS|bedrock-api-key-)[A-Za-z0-9+/]{80,2048}+",
        example="ABSKQmVkcm9ja0FQSUtleS<110 base62>",
        counterexample="bedrock-api-key-for-the-team",
        source="https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html",
        boundary=BASE64,
    ),
    row(
        "aws-mws-token",
        "Amazon Marketplace Web Service token",
        "Reads and changes a seller's orders.",
        "amzn.mws.",
        r"amzn\.mws\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        example="amzn.mws.<8 hex>-<4 hex>-<4 hex>-<4 hex>-<12 hex>",
        counterexample="amzn.mws.token",
        source="https://developer-docs.amazon.com/sp-api/docs",
    ),
    row(
        "aws-ecr-password",
        "Password of Amazon's container registry, alone or behind its user in base64",
        "Pulls and pushes images as the identity that asked for it, for twelve hours.",
        "eyJwYXlsb2FkIjoi QVdTOmV5SndZWGxzYjJGa0lqb2",
        r"(?>eyJwYXlsb2FkIjoi|QVdTOmV5SndZWGxzYjJGa0lqb2)[A-Za-z0-9+/]{400,4096}+",
        example="eyJwYXlsb2FkIjoi<1600 base62>",
        counterexample="eyJwYXlsb2FkIjoi<40 base62>",
        source="https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html",
        boundary=BASE64,
    ),
    row(
        "aws-codeartifact-token",
        "Token of AWS CodeArtifact",
        "Reads and publishes packages as the identity that asked for it.",
        "eyJ2ZXIiOjEsImlzdSI6",
        r"eyJ2ZXIiOjEsImlzdSI6[\w\-.=]{80,4096}+",
        example="eyJ2ZXIiOjEsImlzdSI6<200 url-safe>",
        counterexample="eyJ2ZXIiOjEsImlzdSI6<8 url-safe>",
        source="https://docs.aws.amazon.com/codeartifact/latest/ug/tokens-authentication.html",
        boundary=r"A-Za-z0-9_\-.",
    ),
)
