"""The words of a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.classify.words import LONGEST, as_read, words_of

NAMES = {
    "camelCase": "camel case",
    "PascalCase": "pascal case",
    "snake_case": "snake case",
    "SCREAMING_CASE": "screaming case",
    "kebab-case": "kebab case",
    "dotted.path/and more:parts": "dotted path and more parts",
    "AWSSecretAccessKey": "aws secret access key",
    "userPWD": "user pwd",
    "HTTPBasicAuth": "http basic auth",
    "APIKeys": "api keys",
    "secretARNs": "secret arns",
    "oauth2Token": "oauth 2 token",
    "OAuthToken": "oauth token",
    "x-api-key": "x api key",
    "password_2": "password 2",
    "passWord": "password",
    "PassPhrase": "passphrase",
    "preSignedUrl": "presigned url",
    "dbpassword": "db password",
    "authtoken": "auth token",
    "connectionstring": "connection string",
    "apikey": "api key",
    "nextpagetoken": "next page token",
    "accesskeyid": "access key id",
    "PGPASSWORD": "pg password",
    "acmepassword": "acme password",
    "secretary": "secretary",
    "tokenizer": "tokenizer",
    "monkey": "monkey",
    "passport": "passport",
    "author": "author",
    "\uff21\uff30\uff29\uff2bey": "api key",
    "pass\u200bword": "password",
    "ПарольБД": "пароль бд",
    "数据库密码": "数据库 密码",
    "straßeNr": "straße nr",
    "": "",
    "__": "",
    "🔑": "",
}


@pytest.mark.parametrize(("name", "words"), NAMES.items(), ids=[ascii(name) for name in NAMES])
def test_a_name_is_told_apart_into_its_words(name: str, words: str) -> None:
    assert words_of(name) == tuple(words.split())


WORDS = st.lists(
    st.sampled_from(["client", "secret", "access", "key", "next", "page", "token", "url"]), min_size=1, max_size=24
)


@given(WORDS)
def test_a_name_has_the_same_words_in_each_spelling(words: list[str]) -> None:
    spellings = ["_".join(words), "-".join(words), "_".join(words).upper(), "".join(map(str.capitalize, words))]
    assert {words_of(spelling) for spelling in spellings} == {tuple(words)}


@given(st.text(max_size=300))
def test_any_text_has_words_that_are_not_empty_and_stay_what_they_are(name: str) -> None:
    words = words_of(name)
    assert all(words)
    assert sum(map(len, words)) <= 2 * len(as_read(name))


def test_only_the_end_of_a_long_name_is_read() -> None:
    assert words_of("secret_" + "x" * 300_000 + "_token") == ("x" * (LONGEST - len("_token")), "token")
    assert len(words_of("TokenKeyPass" * 30_000)) <= LONGEST
