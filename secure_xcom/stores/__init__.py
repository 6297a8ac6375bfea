"""Stores: one module a backend, named only in ``assembly``."""
