"""Sealed objects wherever Airflow's ``ObjectStoragePath`` leads, with the clients of its providers."""
