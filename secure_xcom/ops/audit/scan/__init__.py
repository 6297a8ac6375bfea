"""What ``audit scan`` does: rows of Airflow's database and lines of its logs, judged by the rules of a push. Pure."""
