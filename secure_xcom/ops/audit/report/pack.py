"""``Pack``: all facts of a review pack. Its JSON is the encoding of these types, and each other format is made of them.

No field holds a secret. Names that come from a database are as they were found, so each format has to escape them.
Everything is in an order of its own, so that the same inputs give the same pack.
"""

from __future__ import annotations

from dataclasses import dataclass

from secure_xcom.ops.audit.finding import Scan


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One option as the workers have it. ``value`` is ``(set)`` or ``(default)`` for one that may hold a password."""

    name: str
    value: str
    is_default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainFacts:
    """What is kept apart from the rest: a Dag or a namespace, with its store, key, lifetime and readers.

    ``name`` is ``every other Dag`` for what the settings give to a Dag that the routes file does not name.
    """

    name: str
    dags: tuple[str, ...]
    store: str
    key: str
    readers: tuple[str, ...]
    ttl: str
    reason_of_ttl: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What decides that a part of a value is sealed."""

    name: str
    setting: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHelp:
    """What a rule of a finding is about: what it finds, what a reader of the secret can do, and where that stands."""

    id: str
    what: str
    why: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedKey:
    """The sealed values of one key, as the ledger recorded them and as the metadata database has them.

    ``rules`` are those of the placeholders; they are empty if the database was not read.
    """

    dag_id: str
    task_id: str
    key: str
    writes: int
    rows: int
    stores: tuple[str, ...]
    rules: tuple[str, ...]
    contracts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route by which a value reaches the database past any backend, and what the scan found at its sources.

    ``findings`` is ``None`` if the scan did not look at all of them, or if there was no scan.
    """

    name: str
    how: str
    cure: str
    sources: tuple[str, ...]
    findings: int | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """A statement of a generated policy: who may, or may not, do what, and what breaks without it."""

    identity: str
    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    without: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """The policies that this deployment's settings generate. ``problem`` says why there are no permissions.

    Nothing here was asked of AWS or Vault: whether the policies are applied is for ``doctor`` and the platform to say.
    """

    kind: str
    permissions: tuple[Permission, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFacts:
    """One line of the doctor's report."""

    name: str
    outcome: str
    found: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What the ledger recorded on one day in UTC. ``plain`` counts writes of values that are not sealed."""

    day: str
    sealed: int = 0
    plain: int = 0
    observed: int = 0
    reads: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Who read a key: ``reader`` is empty for code outside a task. ``outcome`` is ``done`` or how it ended."""

    dag_id: str
    task_id: str
    key: str
    reader_dag_id: str
    reader_task_id: str
    outcome: str
    times: int
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An action that the product did not carry out: refused by a rule, past its lifetime, or failed."""

    dag_id: str
    task_id: str
    key: str
    actor_dag_id: str
    actor_task_id: str
    event: str
    outcome: str
    error: str
    times: int
    first: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The access history. ``first`` and ``last`` are the times of the oldest and the newest entry that were read."""

    dags: int
    entries: int
    unproved: int
    first: str
    last: str
    days: tuple[Day, ...]
    readings: tuple[Reading, ...]
    refusals: tuple[Refusal, ...]
    reveals: int
    """How often a person had a value revealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What the verification of the ledger found. ``anchor`` says whether it was compared with an earlier one."""

    verdict: str
    runs: int
    entries: int
    anchor: str
    breaks: tuple[str, ...]
    cuts: tuple[str, ...]
    unproved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFacts:
    """One key that wraps data keys, and what is known of its age without asking its provider."""

    uri: str
    domains: tuple[str, ...]
    changed: str
    rotation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """A public advisory about a package. ``fixed`` is the first version without it, ``since`` the first with it."""

    id: str
    package: str
    since: str
    fixed: str
    severity: str
    about: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """An installed package that this product's guarantees lean on, and the known advisories that its version has."""

    package: str
    version: str
    role: str
    advisories: tuple[Advisory, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A row of the control map: the control's identifier, the sections of the pack with evidence, and their limits."""

    framework: str
    id: str
    topic: str
    evidence: tuple[str, ...]
    shows: str
    limits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What was not looked at, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A review pack. Only ``stamp`` may differ between two packs of the same inputs."""

    stamp: str
    product: str
    airflow: str
    mode: str
    settings: tuple[Setting, ...]
    domains: tuple[DomainFacts, ...]
    rules: tuple[Rule, ...]
    sealed: tuple[SealedKey, ...]
    scan: Scan | None
    rule_helps: tuple[RuleHelp, ...]
    routes_around: tuple[Route, ...]
    identities: tuple[Identities, ...]
    checks: tuple[CheckFacts, ...]
    access: Access | None
    verified: Verified | None
    keys: tuple[KeyFacts, ...]
    dependencies: tuple[Dependency, ...]
    advisories_of: str
    """The date of the table of advisories."""
    controls: tuple[Control, ...]
    gaps: tuple[Gap, ...]
