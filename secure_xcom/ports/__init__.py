"""The seams: what a store, a key provider, a ledger and the host must offer; one module each.

``calls`` and ``private_file`` are what those behind the seams share.
"""
