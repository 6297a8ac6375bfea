"""The entries of the ledger as other systems read them: a module a format, each without I/O."""
