"""The ledger's database: engine, schema, clock and texts."""
