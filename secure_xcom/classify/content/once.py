"""Rules for what lets somebody in once: a code in a message, and a link to log in, to confirm or to reset."""

from __future__ import annotations

import re
from typing import Final

from secure_xcom.classify.content.late import late
from secure_xcom.classify.content.rule import SECRET, Rule, row
from secure_xcom.classify.name_words import words
from secure_xcom.classify.randomness import looks_drawn

_FOR: Final = (
    "(?>sign-in|login|log-in|verification|security|confirmation|authentication|one-time|activation|access|2FA)"
    "(?> (?>verification|security|login|sign-in))?+"
)

_CODE: Final = late(r"(?:(?<![0-9A-Za-z.,:-])|(?<=\\[nrt]))(?:G-)?[0-9]{6}$")

_BEFORE: Final = 24
"""Characters before a code in which the word before it stands."""

_SHORTEST_RUN: Final = 8
"""Letters and digits without a sign, as a UUID begins."""

_DIGEST: Final = 20
"""Characters of the second run in a token of Django's (``PasswordResetTokenGenerator``)."""

_PURPOSES: Final = words(
    "security login log-in signin sign-in access one-time 2fa mfa otp sms recovery your verification confirmation "
    "authentication activation"
)
"""Words before a code that lets somebody in. There are codes of errors, states, countries and orders too."""

_ABOUT_LOGGING_IN: Final = (
    *("einmal", "sicherheits", "bestätig", "verifi", "anmeld", "zugang", "acceso", "accesso", "acesso", "seguridad"),
    *("sicurezza", "segurança", "sécurité", "connexion", "signing in", "sign in", "sign-in", "logging in"),
    *("log in", "login", "log-in", "security", "one-time", "otp", "2fa"),
)
"""Words of sentences about codes to log in with, in six languages."""

_ABOUT_OTHERS: Final = (
    *("error", "fail", "exit", "status", "booking", "order", "reserv", "discount", "promo", "coupon", "postal", "zip"),
    *("area", "country", "product", "patch"),
)
"""Words of sentences about other codes."""

_CLEAR: Final = ("otp ", "otp:", "pass", "time")
"""Beginnings of what says by itself what the code is for."""

_SALES: Final = late(r"[.,!]? ?(?:(?:at|on|for|off|in|until|before|when you|to get|to save)\b|\()")
"""What follows a code that makes something cheaper, or ends the sentence otherwise."""


def _is_for_logging_in(found: re.Match[str]) -> bool:
    if found[0][:4].lower() in ("use ", "ente"):
        return _SALES().match(found.string, found.end()) is None
    before = found.string[max(0, found.start() - _BEFORE) : found.start()].lower().rstrip()
    # A text made for it has a code at each tenth character: a regular expression would take three times as long.
    return before.rpartition(" ")[2] in _PURPOSES or found[0][:4].lower() in _CLEAR


def _says_for_what(found: re.Match[str]) -> bool:
    """Whether the sentence is about logging in."""
    said = found.string[max(0, found.start() - _BEFORE) : found.end()].lower()
    return any(word in said for word in _ABOUT_LOGGING_IN) and not any(word in said for word in _ABOUT_OTHERS)


def _is_told(found: re.Match[str]) -> bool:
    """Whether small letters and digits stand in it, as in no word and in no number of a product."""
    said = found[SECRET].rstrip(".,;:!?)")
    is_mixed = any(map(str.islower, said)) and any(map(str.isdigit, said)) and not _ID().fullmatch(said)
    return is_mixed and not found.string[max(0, found.start() - 8) : found.start()].lower().endswith("palabra ")


_ID: Final = late(r"[a-z]{1,12}[0-9]{1,3}|[0-9].*|.*[/_].*", re.ASCII)
"""The name of a column, a path, and what begins with a number."""


def _follows_digits(found: re.Match[str]) -> bool:
    """Whether the six digits are a word of their own."""
    return _CODE().search(found.string[max(0, found.start() - _BEFORE) : found.start()]) is not None


def _is_random(found: re.Match[str]) -> bool:
    """Whether the link is one of the web, and does not end with words."""
    if _NUMBERS().search(found[0]) is not None and len(found[SECRET]) < _SHORTEST_BEHIND_NUMBERS:
        return False
    first, *others = re.split(r"[\W_]", found[SECRET])
    # Django's token begins with a moment, and has one longer run behind it.
    run = others[0] if len(others) == 1 and len(first) < _SHORTEST_RUN and len(others[0]) >= _DIGEST else first
    is_mixed = any(map(str.isdigit, run)) and any(map(str.isalpha, run))
    return len(run) >= _SHORTEST_RUN and is_mixed and "://" in found.string[max(0, found.start() - 256) : found.start()]


_NUMBERS: Final = late("/[0-9]{1,12}/[0-9]{1,12}/")
_SHORTEST_BEHIND_NUMBERS: Final = 40
"""Characters of a hash behind a user and a moment, as Drupal makes it. Orders have ids behind numbers."""

RULES: Final[tuple[Rule, ...]] = (
    row(
        "one-time-code",
        "One-time code in a message",
        "Signs in as the user, for a few minutes.",
        (
            *("code is ", "code is: ", "code: ", "Code: ", "CODE: ", "OTP is ", "OTP: ", "otp: ", "PIN is ", "OTP "),
            *("Use code ", "use code ", "Enter code ", "enter code "),
            *("time password is ", "time password: ", "passcode is ", "passcode: ", "Passcode is ", "Passcode: "),
        ),
        r"(?>(?>[Cc]ode|CODE|OTP|otp|time password|[Pp]asscode|PIN)(?> is:?+|:)|OTP|(?>[Uu]se|[Ee]nter) code) "
        r"(?P<secret>(?>[0-9]{6,8}+|[0-9]{3}[ \-][0-9]{3}))"
        r"(?![.,:/%\-]{0,2}+[0-9])",
        example="Your verification code is <6 digits>. It expires in ten minutes.",
        counterexample="The process ended, and its exit code is <6 digits>.",
        source="https://www.rfc-editor.org/rfc/rfc4226",
        entropy=0,
        check=_is_for_logging_in,
    ),
    row(
        "told-code",
        "One-time code in a sentence, of which other words stand between",
        "Signs in as the user, for a few minutes.",
        ("code f", "code t", "code d", "code z", "digo d", "odice d"),
        r"(?>code|digo|odice)(?> (?!(?>is|ist|lautet|es|est|è|was)\b)[^\s0-9.,:;!?]{1,24}+){1,8}+ "
        r"(?>is|ist|lautet|es|est|è):?+ "
        r"(?P<secret>(?>[0-9]{6,8}+|[0-9]{3}[ \-][0-9]{3}))(?![.,:/%\-]{0,2}+[0-9])",
        example="Ihr Einmalcode für die Anmeldung lautet <3 digits> <3 digits>.",
        counterexample="The exit code for the last step is <6 digits>.",
        source="https://www.rfc-editor.org/rfc/rfc4226",
        boundary="",
        entropy=0,
        check=_says_for_what,
    ),
    row(
        "one-time-code-first",
        "One-time code at the beginning of a message",
        "Signs in as the user, for a few minutes.",
        (" is your ",),
        rf"(?<=(?P<secret>[0-9]{{6}})) is your (?>[A-Z]\w{{1,24}}+ ){{0,2}}+(?>{_FOR} code|passcode|OTP|PIN)(?!\w)",
        example="<6 digits> is your sign-in code.",
        counterexample="Berlin is your area code.",
        source="https://www.rfc-editor.org/rfc/rfc4226",
        boundary="",
        entropy=0,
        check=_follows_digits,
    ),
    row(
        "argocd-initial-password",
        "First password of Argo CD's administrator",
        "Signs in as the administrator, until somebody changes it.",
        (" This password must be only used for first time login",),
        r"(?<=(?P<secret>[\w\-]{16})\n\n) This password must be only used for first time login",
        example="<16 url-safe>\n\n This password must be only used for first time login.",
        counterexample="<4 url-safe>\n\n This password must be only used for first time login.",
        source="https://argo-cd.readthedocs.io/en/stable/user-guide/commands/argocd_admin_initial-password/",
        boundary="",
    ),
    row(
        "mysql-initial-password",
        "First password of MySQL's root",
        "Signs in to the database as root, until somebody changes it.",
        ("temporary password is generated for ",),
        r"temporary password is generated for [\w.%@\-]{1,128}+: (?P<secret>[!-~]{8,64}+)",
        example="[Note] A temporary password is generated for root@localhost: <12 base62>",
        counterexample="A temporary password is generated for each user",
        source="https://dev.mysql.com/doc/refman/8.4/en/linux-installation-yum-repo.html",
        boundary="",
        entropy=0,
    ),
    row(
        "jenkins-initial-password",
        "First password of Jenkins's administrator",
        "Signs in as the administrator, until the setup is done.",
        ("assword to proceed to installation:",),
        r"assword to proceed to installation:\s{1,16}+(?P<secret>[0-9a-f]{32})(?![0-9A-Za-z])",
        example="Please use the following password to proceed to installation:\n\n<32 hex>\n",
        counterexample="Please use the following password to proceed to installation:\n\nshown in the log\n",
        source="https://www.jenkins.io/doc/book/installing/linux/#unlocking-jenkins",
        boundary="",
    ),
    row(
        "told-key-word",
        "Password in a sentence in Spanish, where it is called a key",
        "Signs in as the user.",
        ("clave ", "Clave ", "CLAVE ", "clave:", "Clave:", "CLAVE:"),
        r"(?>clave|Clave|CLAVE)(?> (?>provisional|temporal|nueva|inicial|actual|de acceso))?+(?> es:?+|:) "
        r"[\"']?+(?=[^\s0-9]{0,63}+[0-9])(?P<secret>[^\s\"'<>]{6,64}+)",
        example="Su usuario es ann y su clave provisional es <16 base62>.",
        counterexample="La clave primaria es el id del cliente.",
        source="https://dle.rae.es/clave",
        entropy=0,
        check=_is_told,
    ),
    row(
        "recovery-codes",
        "Codes to log in with when the second factor is lost",
        "Each of them signs in as the user, once.",
        ("ecovery codes", "ackup codes", "ecovery Codes", "ackup Codes"),
        r"(?>ecovery|ackup) [Cc]odes[^\n]{0,80}+\n\s{0,16}+(?>[0-9]{1,2}+[.)] |[-*] )?+"
        r"(?P<secret>[A-Za-z0-9]{4,6}+[- ]?+[A-Za-z0-9]{4,6}+)(?!\w)",
        example="Recovery codes for ann\n\n1. <4 digits>-<4 digits>\n2. <4 digits>-<4 digits>\n",
        counterexample="Recovery codes can be printed.\nKeep them safe.\n",
        source="https://docs.github.com/authentication/securing-your-account-with-two-factor-authentication-2fa/"
        "configuring-two-factor-authentication-recovery-methods",
        boundary="",
        entropy=0,
        check=lambda found: any(map(str.isdigit, found[SECRET])),
    ),
    row(
        "ticket-link",
        "Link with a ticket, as Auth0 makes them to reset a password, or with a session, as cPanel does",
        "Takes over the account, once.",
        "?ticket= &ticket= ?session= &session=",
        r"[?&](?>ticket|session)=(?P<secret>[A-Za-z0-9_\-%]{24,256}+)",
        example="https://acme.auth0.com/u/reset-verify?ticket=<32 base62>#",
        counterexample="https://help.internal/tickets?ticket=4711",
        source="https://auth0.com/docs/api/management/v2/tickets/post-password-change",
        boundary="",
        check=lambda found: looks_drawn(re.sub("%[0-9a-fA-F]{2}|[_-]", "", found[SECRET])),
    ),
    row(
        "single-use-link",
        "Link to log in, to accept an invitation, to confirm an address or to reset a password",
        "Signs in as the user, or takes over the account.",
        "/reset /password /magic /invit /verify /confirm /activat /accept /passwordless /welcome/ /signup /register",
        r"/(?>reset|passwordless|password|magic|invite|invitation|verify|confirm|activate|activation|accept|welcome|signup|"
        r"register)"
        r"(?>[_\-/](?>password|reset|email|link|login|account|invite|invitation|registration|signup))?+/"
        r"(?>(?>[0-9]{1,12}+/){2}|[\w\-]{2,12}+/(?=[\w\-~]{16}))?+(?P<secret>[\w\-~]{16,512}+)(?![.\w])",
        example="https://app.internal/reset-password/<32 base62>",
        counterexample="https://app.internal/reset-password/how-it-works",
        source="https://cheatsheetseries.owasp.org/cheatsheets/Forgot_Password_Cheat_Sheet.html",
        boundary="",
        entropy=3.0,
        check=_is_random,
    ),
)
