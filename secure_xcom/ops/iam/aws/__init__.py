"""Policies for AWS."""
