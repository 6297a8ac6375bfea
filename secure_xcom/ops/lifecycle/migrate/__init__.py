"""What lies in Airflow's database in plaintext: sealed in place, masked, or on its way out written back."""
