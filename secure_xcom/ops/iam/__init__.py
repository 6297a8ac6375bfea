"""Policies for a deployment, generated from its settings and its domains."""
