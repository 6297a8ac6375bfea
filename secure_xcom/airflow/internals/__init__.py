"""Every private name of Airflow that is used, and nothing else."""
