"""``move``: takes objects from the previous stores to the store of now, while Airflow runs."""
