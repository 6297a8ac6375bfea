"""Airflow's private names, and nothing else.

``tests/airflow/internal_names.py`` lists each name with the reason, and ``tests/airflow/test_internals.py`` resolves
them on every supported version.
"""
