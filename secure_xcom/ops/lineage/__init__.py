"""Lineage: what the ledger says of a Dag's keys, as a graph, in several notations, and as the contract it satisfies."""
