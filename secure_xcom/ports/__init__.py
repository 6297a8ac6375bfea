"""The seams: what a store, a key provider, a ledger and the host must offer; one module each.

``calls``, ``private_file`` and ``private_path`` are what those behind the seams share.
"""
