"""``Policy``: the deployment's answer to what is sensitive, assembled once from settings and host."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

from secure_xcom.classify.names import NAME_AIRFLOW, REGISTERED, NameRules, Names
from secure_xcom.classify.paths import PathPatterns

_SPOKEN: Final = ("name-password", "name-pass", "name-secret", "name-command", "name-task")
"""Rules about names under which people choose words."""

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class ContentRules(Protocol):
    """The seam for rules that look at what a text looks like."""

    def rule_of(self, text: str) -> str | None:
        """The id of the rule by which ``text`` is sensitive, or ``None``."""

    def rule_of_name(self, name: str) -> str | None:
        """As ``rule_of`` for a key, of which each push has the same: what is certain about it is kept."""

    def may_match(self, text: str) -> bool:
        """Whether a rule may match something in ``text``: quick, and never wrong about a ``False``."""

    def secrets_in(self, text: str) -> Iterator[str]:
        """Yield the parts of ``text`` that rules match, some twice."""


def is_spoken(rule: str) -> bool:
    """Return whether what is sealed by a rule may be a word that somebody chose, though no key beside it says so."""
    return rule in _SPOKEN


def _no_paths() -> PathPatterns:
    return PathPatterns(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Which names, paths and texts are sensitive; ``everything`` seals every value whole."""

    names: NameRules
    holds_registered_secret: Callable[[str], bool]
    content: ContentRules | None = None
    shapes: bool = False
    """Whether pairs of a name and a value, headers, tables and manifests give names to values."""
    sensitive_paths: PathPatterns = field(default_factory=_no_paths)
    ignored_paths: PathPatterns = field(default_factory=_no_paths)
    everything: bool = False
    marks_only: bool = False
    """Nothing is sensitive but what stands in ``Secret``."""
    kept: dict[tuple[str, ...], tuple[str, ...] | None] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )
    """The answers of ``classify.flat`` about an XCom key and the keys of a dict."""

    def for_marks_only(self) -> Policy:
        """This policy without its rules."""
        return replace(self._without_names(), holds_registered_secret=lambda _: False, marks_only=True)

    def for_registered_texts(self) -> Policy:
        """This policy without rules: marks and registered texts alone.

        For a value that Airflow itself reads from the database, and for copies of what is sealed elsewhere in a value.
        """
        return self._without_names()

    def may_look_sensitive(self, text: str) -> bool:
        """Whether ``text``, or a part of it, may look like a secret; a ``False`` is certain."""
        return self.content is not None and self.content.may_match(text)

    def is_secret_name(self, name: str) -> bool:
        """Whether a key looks like a secret itself."""
        return self.content is not None and self.content.rule_of_name(name) is not None

    def names_a_password(self, name: str) -> bool:
        """Whether a name is that of a password or another secret that may be a word."""
        rule = self.names.rule_of(name)
        return rule in _SPOKEN or (rule == NAME_AIRFLOW and ("pass" in name.lower() or "secret" in name.lower()))

    def rule_of_text(self, text: str) -> str | None:
        """The rule by which a text is sensitive whatever its name, or ``None``."""
        if self.holds_registered_secret(text):
            return REGISTERED
        rule = None if self.content is None else self.content.rule_of(text)
        return None if rule is None else f"content-{rule}"

    def secrets_in(self, text: str) -> Iterator[str]:
        """Yield the parts of ``text`` by which its contents are sensitive. A consumer may print one of them alone."""
        return iter(()) if self.content is None else self.content.secrets_in(text)

    def _without_names(self) -> Policy:
        return replace(
            self,
            names=NO_NAMES,
            content=None,
            shapes=False,
            sensitive_paths=_no_paths(),
            ignored_paths=_no_paths(),
            everything=False,
        )


NO_NAMES = NameRules(Names())
