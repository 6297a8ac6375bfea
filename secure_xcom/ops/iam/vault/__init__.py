"""Policies for Vault."""
