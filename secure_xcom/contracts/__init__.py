"""Exclusive contracts: declared in a Dag file, matched against the Dag, asked before each push and pull. Pure.

A contract on a key says which task writes it and which tasks read it. Within a worker this is a guard rail and an
audit point: hostile code shares the process with it. The wall is the Dag's own identity.
"""
