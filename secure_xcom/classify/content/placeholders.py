"""``is_placeholder``: whether a text stands in the place of a secret: a template, a mask, an example, a sequence."""

from __future__ import annotations

import math
import re
from collections import Counter
from operator import eq
from typing import Final

from secure_xcom.classify.content.late import late

_WORDS: Final = late(
    r"example|change[_ -]?(?:me|this|it)|place[_ -]?holder|dummy|redacted|\bmasked\b|insert[_ -]|"
    r"replace[_ -]?(?:me|this|with)|"
    r"(?:your|my|some)[_ -](?:[a-z]+[_ -])?(?:api|secret|token|key|pass|access|auth|cred|client)|"
    r"(?<![a-z])your[_-](?:[a-z]{2,16}|[0-9]{2,3})(?![a-z0-9])|"
    r"<[^<>]*>|xxxx|\*\*\*|\.\.\.|\u2022\u2022|\u2026|test[_-](?:token|key|secret|pass)|fake[_-]?(?:token|key|secret|pass)|"
    r"not[_ -]?a?[_ -]?(?:real|secret)|(?:^|[_-])todo(?:[_-]|$)|fixme|sample[_-]",
    re.IGNORECASE,
)
"""What people write where a secret is to be filled in, and what programs write where they hide one."""

_TEMPLATES: Final = late(
    r"\$\{|\{\{|\$\(|<%|\{%|#\{|^\$(?:[A-Z_][A-Z0-9_]*|(?!\w*[0-9]{2})\w+)$|"
    r"^\{[\w.:-]*\}$|^%\w*%$|^%%[A-Z][A-Z0-9_]*%%$|^%\(\w+\)s$|^%s$|^\[[\w -]*\]$|^:\w+$|^__\w+__$",
    re.ASCII,
)
"""Templates of shells, Jinja, Python, ERB and Helm, which hold a name and no value."""

_WORDS_FOR_SECRETS: Final = frozenset(
    """
    password passwd pass pwd passphrase secret token key apikey api_key api-key credential credentials auth mypassword
    yourpassword mysecret mytoken accesstoken access_token secretkey secret_key user username none null nil
    undefined true false redacted hidden masked removed
    string str text bytes nonetype foo bar baz foobar required optional empty unset
    """.split()  # noqa: SIM905 - a list of words reads best as words
)

_DOCUMENTED: Final = (
    # The account keys of the emulators of Azure's storage and Cosmos DB, the same on each machine.
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1",
    "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEH",
    # The example of jwt.io and of RFC 7519.
    "SflKxwRJSMeKKF2QT4fwpMeJf36POk6y",
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_w",
    # The test keys in Stripe's documentation.
    "4eC39HqLyjWDarjt",
    "BQokikJOvBiI2HlW",
    # The tokens, the code and the secret in RFC 6749 and RFC 6750.
    "2YotnFZFEjr1zCsicMWpAA",
    "tGzv3JOkF0XG5Qx2TlKWIA",
    "SplxlOBeZQQYbYS6WxSbIA",
    "7Fjfp0ZBr1KtDRbnfVdmIw",
    "mF_9.B5f-4.1JqM",
    # The user Aladdin of RFC 7617.
    "QWxhZGRpbjpvcGVuIHNlc2FtZQ",
)
"""The beginnings of secrets that are published as examples. Examples of AWS say EXAMPLE."""

_LONGEST: Final = 128
"""Characters of a text that are looked at: a placeholder tells by then, and looking at more takes time."""

_NEXT: Final = {code: code + 1 for code in range(ord("0"), ord("z"))} | {ord("9"): "0"}
"""The next letter or digit of a sequence."""

_LONGEST_PERIOD: Final = 10
"""Characters that a placeholder may repeat, as in ``deadbeefdeadbeef`` and ``1234567890`` many times over."""


def is_placeholder(text: str) -> bool:
    """Whether ``text`` is no secret, since it only says that one belongs there, or is known to everybody."""
    text = text[:_LONGEST].strip()
    return (
        not text
        or text.lower() in _WORDS_FOR_SECRETS
        or _WORDS().search(text) is not None
        or _TEMPLATES().search(text) is not None
        or is_regular(text)
        or any(known in text for known in _DOCUMENTED)
    )


def is_regular(text: str) -> bool:
    """Whether a text of some length is one character again and again, a sequence, or a short period repeated."""
    length = len(text)
    if length < 6:
        return len(set(text)) == 1
    if len(set(text)) <= 2:
        return True
    steps = sum(map(eq, text.translate(_NEXT), text[1:]))
    if steps * 10 >= (length - 1) * 6:
        return True
    run = max((len(found[0]) for found in re.finditer(r"(.)\1+", text)), default=1)
    if run * 2 >= length:
        return True
    return any(text[period:] == text[:-period] for period in range(1, min(_LONGEST_PERIOD, length // 2) + 1))


def entropy(text: str) -> float:
    """Return Shannon's entropy of a text's characters, in bits for each; of a long text, of its beginning."""
    text = text[:_LONGEST]
    length = len(text)
    return -sum(count / length * math.log2(count / length) for count in Counter(text).values())
