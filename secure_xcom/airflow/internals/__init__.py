"""Airflow's private names, and nothing else.

``names.py`` lists each name with the reason. ``tests/airflow/test_internals.py`` resolves them on every supported
version, so that a release that moved one is a red line with its name.
"""
