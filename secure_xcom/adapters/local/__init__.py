"""This machine's disk: files as a store, a keyring as a key provider."""
