"""``Rules``: the rules of this deployment's pushes, put together for a scan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from secure_xcom.assembly.content import rules_of
from secure_xcom.assembly.policy import build_policy
from secure_xcom.classify.content import ContentRules
from secure_xcom.model.path_pattern import is_path
from secure_xcom.ops.audit.scan.excerpt import Excerpt, excerpts_of
from secure_xcom.ops.audit.scan.hits import Searcher
from secure_xcom.ops.audit.scan.judge import Judge
from secure_xcom.ops.audit.scan.prefilter import Explain, Prefilter, words_of_patterns
from secure_xcom.settings.settings import NameRule, Settings

if TYPE_CHECKING:
    from secure_xcom.ports.host import Host


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What makes judges, and what masks secrets."""

    judge: Callable[[], Judge]
    searcher: Searcher
    excerpt: Excerpt


def build_rules(settings: Settings, host: Host) -> Rules:
    """Return the rules of pushes, but for texts that Airflow's masker knows: only a running task knows them.

    Raises ``ConfigurationError`` as ``assembly.policy.build_policy`` does, and for a mistaken file of rules.
    """
    # Where all is sealed, all that is plain would be a finding: the rules tell more.
    policy = replace(build_policy(settings, host), everything=False, holds_registered_secret=lambda _: False)
    rules = rules_of(settings) if settings.content_rules else ()
    explain: Explain = lambda _: ()  # noqa: E731 - the rules of contents are off
    if settings.content_rules:
        explain = ContentRules(rules, lambda name: policy.names.rule_of(name) is not None).explain
    searcher = Searcher(policy, explain)
    prefilter = _prefilter(settings, host, explain)
    return Rules(judge=lambda: Judge(searcher, prefilter), searcher=searcher, excerpt=excerpts_of(rules))


def _prefilter(settings: Settings, host: Host, explain: Explain) -> Prefilter | None:
    """Return what passes by harmless rows; ``None`` where the settings name more than words and contents can tell."""
    named = [*settings.sensitive_keys, *(entry for entry in host.listed_names if entry.strip())]
    words = words_of_patterns(named)
    is_by_words = settings.names is NameRule.SEGMENTS and words is not None and not any(map(is_path, named))
    return Prefilter(explain, words or ()) if is_by_words and host.masks_by_content is None else None
