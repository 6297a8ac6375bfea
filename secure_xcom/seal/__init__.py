"""Seal and open: a value's parts to authenticated bytes and back. No network, no clock, no Airflow."""
