"""The seams: what a store, a key provider, a ledger and the host must offer; one module each."""
