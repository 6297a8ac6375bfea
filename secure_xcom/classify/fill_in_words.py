"""The words of ``classify.fill_ins``: of which requests to write a secret are made."""

from __future__ import annotations

from typing import Final

from secure_xcom.classify.name_words import VENDORS, words

COUNTED: Final = words(
    "char chars character characters caracteres zeichen tekens byte bytes bit bits digit digits long hex random"
)
NOUNS: Final = words(
    """
    password passwords passwd pwd passphrase secret secrets token tokens key keys apikey credential credentials salt
    signature phrase
    """
)
"""What is to be written."""

BEFORE_HERE: Final = NOUNS - words("salt signature phrase")

CHANGE: Final = words("change replace rotate update modify")
CHANGED: Final = words("changeme changethis changeit replaceme replacethis")
NEEDED: Final = (("need", "to", "change"), ("needs", "to", "change"), ("must", "be", "changed"))
WHAT: Final = words("me this it with")
WHEN: Final = words("in on for before immediately now later please asap")
WHERE: Final = words(
    "prod production deployment deploy deploying release live public using real please dev development staging env"
)

STAGES: Final = words("prod production dev development staging deployment")
"""Where something is changed, if nothing else says what."""

OF_VARIABLES: Final = words("client api access auth jwt session smtp role db database")
"""What stands before the noun in the name of a variable."""

WRITE: Final = words("put insert paste enter add fill write type place set use provide copy")
DETERMINERS: Final = words("your the my our")
SIZES: Final = words("8 10 12 16 20 24 30 32 36 40 43 44 48 50 64 88 96 100 128 256 512 1024 2048 4096")
"""Numbers that a key has characters, bytes or bits."""

ENDS: Final = words("12345 2022 2023 2024 2025 2026 2027 2028")
"""Numbers that people write behind a request, to make it longer."""

SIZING: Final = words("at least min minimum or more must be that is with of in length enough and secure unique strong")
"""Words around a number that a key has characters, and what it must be besides."""

DEMANDS: Final = words("enough must")

BEFORE_ORDER: Final = words("please this token secret key password is not so")
OF_SENTENCES: Final = words("the is my to of and a an in on we i it was are be that for from")
BEFORE_NOUN: Final = words(
    "api access secret private auth client jwt webhook session encryption signing refresh bearer consumer bot app"
)

HOW: Final = words(
    """
    generate generated get from to with using openssl rand dashboard portal console docs different another other new
    hex base64 via run command your provider vault settings at or and before after deploying deployment
    """
)
"""Words that say how a secret is made, and where it is from."""

PURPOSES: Final = (
    BEFORE_NOUN
    | VENDORS
    | words(
        "db database admin root user super smtp mail email master strong random long service dev prod form macaroon"
    )
)
"""What a secret is for, as people name it."""

UNREAL: Final = words("dummy example sample fake placeholder mock")
"""What says that a name of a secret stands for none."""

KNOWN: Final = (
    NOUNS
    | UNREAL
    | WRITE
    | DETERMINERS
    | words(
        """
        a an in
        api access auth jwt client app admin user db database session private public signing encryption refresh bot
        webhook root master secure strong random long unique value string text of for is goes here only not real
        development dev prod production test local sandbox consumer hmac smtp mail email
        """
    )
)
"""Words of which a request is made that needs no other sign: none tells one deployment from another."""

NAMED: Final = words(
    """
    id ids url uri dsn username name email account domain host hostname project org organization tenant region code
    license login value string address bucket service role site workspace
    """
)
"""What else is asked for under the name of a secret: whose account, and where."""

SAID: Final = (
    KNOWN
    | CHANGE
    | CHANGED
    | WHAT
    | WHEN
    | WHERE
    | COUNTED
    | words(
        """
        super secure cryptographically environment security at least min minimum very new own service role live and be
        used insecure default actual real
        """
    )
)
"""Words of which requests are made."""

FORMATS: Final = words("base32 base58 base64 sha256 sha512 ed25519 aes128 aes256 hs256 rs256 md5 oauth2 s3")
