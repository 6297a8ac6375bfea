"""Is this sensitive? Pure: values in, findings out; no clock, no network, no Airflow."""

from secure_xcom.classify.policy import ContentRules, Policy
from secure_xcom.classify.scan import scan, scan_row

__all__ = ["ContentRules", "Policy", "scan", "scan_row"]
