"""Dags to start from, and the demonstration that runs one of them."""
