"""Key providers: one module a backend, named only in ``assembly``."""
