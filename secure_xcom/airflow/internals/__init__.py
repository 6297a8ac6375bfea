"""Airflow's private names, and nothing else: each module is named after the module of Airflow that it leans on.

``tests/airflow/test_internals.py`` lists each name with the reason, and resolves it on every supported version.
"""
