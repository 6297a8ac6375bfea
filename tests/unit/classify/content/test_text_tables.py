"""Secrets below the names of columns, in tables that are written as text."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.detection.detectors import policy
from secure_xcom.classify.content import RULES, ContentRules
from secure_xcom.classify.content.invention import invent
from secure_xcom.classify.content.text_tables import ID, TableSearch

POLICY = policy()
RULE = f"content-{ID}"
KEY = "Zq8vT3mK9wX2pL7r"

PRINTED = f"""\
   user           api_key  n
0   ann  {KEY}  1
1   bob  Hy6nB4cD1sF0gJ5k  2
"""

SECRET = {
    "CSV": "user,password\nann,sunshine\n",
    "CSV with the index of pandas": f",user,api_key\n0,ann,{KEY}\n",
    "CSV of pandas that was read with its index": f"Unnamed: 0,user,api_key\n0,ann,{KEY}\n",
    "CSV with quotes": '"user","password"\r\n"Ann, Bob","hunter2"\r\n',
    "CSV of AWS's console": f"User name,Password,Access key ID,Secret access key\nann,,x,{KEY}{KEY}\n",
    "CSV with semicolons": "user;password\nann;hunter2\n",
    "CSV in French": "matricule;identifiant;mot_de_passe\n1;ann;Fietsbel-12\n",
    "CSV in Spanish": "id;usuario;contrase\u00f1a\n1;ann;hunter2\n",
    "CSV with tabs": f"user\tapi_key\nann\t{KEY}\n",
    "CSV with names of other alphabets": "Benutzer,Stra\u00dfe,password\nann,Weg,hunter2\n",
    "an empty cell before the first secret": "user,password\nann,\nbob,hunter2\n",
    "no line break behind the last line": "user,password\nann,hunter2",
    "words before the table": "loaded 2 rows:\nuser,password\nann,hunter2\n",
    "what Airflow logs of a returned table": f"Done. Returned value was: {PRINTED}",
    "words on its first line": "2 rows: user,password\nann,hunter2\n",
    "a table of Markdown": f"| user | api_key |\n|:---|---:|\n| ann | {KEY} |\n",
    "a table of psql": f" user |     api_key\n------+------------------\n ann  | {KEY}\n(1 row)\n",
    "a table of MySQL": "+------+----------+\n| user | password |\n+------+----------+\n| ann  | hunter2  |\n",
    "what pandas prints": PRINTED,
    "what pandas prints of one column": f"            api_key\n0  {KEY}\n",
    "a data frame in a list": f"[{PRINTED.rstrip()}]",
    "names with signs": "price ($),CPU %,active?,@timestamp,2fa,user:str,password*\n1,2,yes,now,no,ann,hunter2x9\n",
    "a mark of the order of bytes": "\ufeffuser,password\nann,hunter2\n",
    "a table of Markdown with an index": f"|    | user   | api_key |\n|---:|:---|:---|\n|  0 | ann | {KEY} |\n",
    "an empty last cell": " user | password | phone\n------+----------+------\n bob  | Summer24 | \n",
    "a named index that pandas prints": f"               api_key  n\nuser{' ' * 21}\nann   {KEY}  1\n".replace(
        "               api_key", "               api_key"
    ),
    "the first lines of a wide frame": f"  user           api_key  \\\n0  ann  {KEY}   \n\n   n  \n0  1  \n",
    "columns below a ruled line": f"user    api_key\n------  ----------------\nann     {KEY}\n",
    "what polars prints": (
        "\u2502 user \u2506 api_key          \u2502\n\u2502 ---  \u2506 ---              \u2502\n"
        "\u2502 str  \u2506 str              \u2502\n\u255e\u2550\u2550\u256a\u2550\u2550\u2561\n"
        f"\u2502 ann  \u2506 {KEY} \u2502\n"
    ),
}

HARMLESS = {
    "prose": "Enter your name, password, and so on\nThen click, login, enjoy\n",
    "a document": "| name | type | description |\n|---|---|---|\n| password | string | The password |\n",
    "words below a name in a document": "| Property | Password |\n|---|---|\n| rotation | quarterly |\n",
    "numbers of tests": "| Suite | Pass |\n|---|---|\n| unit | 30/30 |\n",
    "a lexicon": "token,count\nthe,52\nof,41\n",
    "pairs of key and value": "key,value\nhost,db1.example.com\n",
    "no value": "user,password\nann,\nbob,\n",
    "masks": "user,password\nann,***\nbob,<redacted>\n",
    "names that only look so": "next_page_token,max_tokens\nabc12345,512\n",
    "code of Go": 'import (\n\t"go/token"\n\t"unicode/utf8"\n)\n',
    "code of Python": "    password\nhandle_all(entries12)\n",
    "SQL": "SELECT user, password\nFROM users1, logins2\n",
    "imports": "import token, password\nfrom x1 import y2, z3\n",
    "names alone": "user,password\n",
    "lines of another width": "user,password\nann,bob,hunter2\n",
    "a line that ends the table before": "user,password\n\nann,hunter2\n",
    "a table of results": "suite,status\nunit,pass\nintegration,fail\n",
    "counts of what passed": "date,pass,fail\n2024-01-01,1234,5\n",
    "a catalogue of columns": "table_name,column_name,data_type\nusers,password,varchar\nusers,email,varchar\n",
    "a catalogue without names": "users,password,not_null\nusers,email,unique\n",
    "variables and whether they are needed": "variable,required\nDB_PASSWORD,yes\nDB_HOST,yes\n",
    "a dictionary": "en,fr\nusername,identifiant\npassword,mdp\nhouse,maison\n",
    "rows of a schema": "| field | type |\n|---|---|\n| password | text |\n| address1 | text |\n",
    "a call": "db.connect(host,user,password)\ncursor.execute(sql,args,opts)\n",
    "a statement": "INSERT INTO users (id,name,password_hash)\nSELECT id,name,hash_col\n",
    "groups": "GROUP BY region,password\nORDER BY region,email\n",
    "words of a language model": "token,frequency\ncovid-19,12\n##ization,7\ninternational,3\n",
    "addresses of contracts": f"token,holders\n0x{'5aAeb6053F3E94C9b9A0' * 2},12\n",
    "titles of people": "name,Provider Credential Text\nAnn,M.D.\n",
    "what pandas prints without a value below its name": f"   user           api_key\n0   ann\n{KEY}\n",
}


@pytest.mark.parametrize("text", SECRET.values(), ids=SECRET)
def test_a_secret_below_a_name_is_found(text: str) -> None:
    assert POLICY.rule_of_text(text) == RULE


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_what_holds_no_secret_is_left(text: str) -> None:
    assert POLICY.rule_of_text(text) is None


def _spans(text: str) -> Iterator[str]:
    tables = TableSearch(text, lambda name: name in ("api_key", "password"))
    starts = [found.start() for found in re.finditer("key|pass", text)]
    yield from (text[first:last] for _, (first, last) in tables.at(starts))


def test_each_secret_of_a_column_has_its_place() -> None:
    assert [*_spans(PRINTED)] == [KEY, "Hy6nB4cD1sF0gJ5k"]
    assert [*_spans("user,password\nann,hunter2\nbob,\ncid,hunter3\n")] == ["hunter2", "hunter3"]


PLACES = {
    "a cell that writes its quotes twice": ('user,password\n"ann","hunt""er2"\n', ['hunt""er2']),
    "a login that holds the password": ("login,password\nsummer24x,summer24\n", ["summer24"]),
    "a row without a value behind it": (" user | password | phone\n bob | Summer24  | \n ann | Summer25 | \n", 2),
    "many rows without one": ("user,password\nann,hunter2\n" + "bob,\n" * 80 + "zoe,hunter3\n", 2),
    "a damaged row and an empty line": ("user,password\nann,hunter2\nbob\n\nzoe,hunter3\n", 2),
    "a cell of two lines": ('user,password\nann,hunter2\n"b\nob",hunter4\nzoe,hunter3\n', 2),
    "a line that is too long": (f"user,password\nann,hunter2\n{'x' * 3000},hunter4\nzoe,hunter3\n", 2),
}


@pytest.mark.parametrize(("text", "found"), PLACES.values(), ids=PLACES)
def test_the_secrets_have_their_own_places(text: str, found: list[str] | int) -> None:
    assert [*_spans(text)] == found if isinstance(found, list) else len([*_spans(text)]) == found


def test_a_long_table_is_read_once_and_to_its_end() -> None:
    text = "user,password\n" + "ann,hunter2\n" * 20_000
    rules = ContentRules((), is_sensitive_name=lambda name: name == "password")
    assert len(rules.explain(text)) == 20_000


@given(st.text(alphabet='ab,;\t|\n" []()-', max_size=80), st.sampled_from([",", "\t", "|", ";", "  "]))
def test_any_text_below_a_name_is_taken(text: str, sign: str) -> None:
    assert isinstance([*_spans(f"user{sign}password\n{text}")], list)


UNITS = {
    "names on each line": "a,password\n",
    "names without a line below": "password,",
    "names and secrets in turn": "a,password\nb,hunter2\n",
    "names and many secrets": "a,password\n" + "b,hunter2\n" * 40,
    "a long line": "password " * 300 + "\n",
    "printed names": "   a  password\n",
    "quotes": 'a,password\n"",""""\n',
    "names and rows without a secret": "a,password\n" + "b,\n" * 11,
}


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
def test_the_lines_that_are_looked_at_grow_with_the_text_alone(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0

    def counted(name: str, value: str, **_: bool) -> bool:
        nonlocal looks
        looks += 1
        return value.startswith("hunter")

    monkeypatch.setattr("secure_xcom.classify.content.text_tables.is_secret_value", counted)

    def of(length: int) -> int:
        nonlocal looks
        looks = 0
        ContentRules((), is_sensitive_name=lambda name: name == "password").explain((unit * length)[:length])
        return looks

    few, many = of(20_000), of(80_000)
    assert many <= 4.5 * few + 100


def test_a_token_in_a_column_is_told_by_its_own_rule() -> None:
    token = invent("ghp_<30 base62><checksum>")
    assert POLICY.rule_of_text(f"user,api_key\nann,{token}\n") == "content-github-token"
    assert {rule for rule, _, _ in ContentRules(RULES).explain(f"user,api_key\nann,{token}\n")} >= {"github-token"}
