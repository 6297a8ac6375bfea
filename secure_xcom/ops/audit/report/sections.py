"""``document``: the sections of the pack, in the order of a reviewer's questions."""

from __future__ import annotations

from secure_xcom.ops.audit.report import exposed, protected, recounted
from secure_xcom.ops.audit.report.document import Document, Section
from secure_xcom.ops.audit.report.pack import Pack


def document(pack: Pack) -> Document:
    """Return the pack for people."""
    return Document(
        title="secure-xcom review pack",
        facts=(
            ("made at", pack.stamp),
            ("secure-xcom", pack.product),
            ("Airflow", pack.airflow or "not known"),
            ("mode", pack.mode),
        ),
        sections=(
            Section("summary", "Summary", (exposed.summary(pack),)),
            Section("findings", "Secrets in plaintext", tuple(exposed.findings(pack))),
            Section("around", "Routes around the backend", tuple(exposed.around(pack))),
            Section("sealed", "What is sealed, where, and by which rules", tuple(protected.sealed(pack))),
            Section("domains", "Domains and lifetimes", (protected.domains(pack),)),
            Section("identities", "Identities and what the policies allow", tuple(protected.identities(pack))),
            Section("access", "Who read what, and what was refused", tuple(recounted.access(pack))),
            Section("verification", "Verification of the ledger", tuple(recounted.verification(pack))),
            Section("checks", "Checks of this deployment", (protected.checks(pack),)),
            Section("keys", "Keys", (protected.keys(pack),)),
            Section("settings", "Settings", tuple(protected.settings(pack))),
            Section("dependencies", "Versions and known advisories", tuple(protected.dependencies(pack))),
            Section("controls", "Control map", tuple(protected.controls(pack))),
            Section("gaps", "What was not looked at", (exposed.gaps(pack),)),
        ),
    )
