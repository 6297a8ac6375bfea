"""Policies for a deployment, generated from its settings and its domains."""

from __future__ import annotations

from secure_xcom.model.domain import Domain

Domains = tuple[tuple[Domain, tuple[Domain, ...]], ...]
"""Each domain with those that it grants reading."""
