"""Is this sensitive? Pure: values in, findings out; no clock, no network, no Airflow."""

from secure_xcom.classify.names import ContentRule
from secure_xcom.classify.policy import Policy
from secure_xcom.classify.scan import scan

__all__ = ["ContentRule", "Policy", "scan"]
