"""What the S3 store and the KMS key provider share: their clients, and what the failures of these mean."""

from secure_xcom.adapters.aws.access import ACCESS_PARAMS, Access, Role
from secure_xcom.adapters.aws.client import LOCATION_PARAMS, LazyClient, Location, require_boto3
from secure_xcom.adapters.aws.faults import Advice, diagnose

__all__ = [
    "ACCESS_PARAMS",
    "LOCATION_PARAMS",
    "Access",
    "Advice",
    "LazyClient",
    "Location",
    "Role",
    "diagnose",
    "require_boto3",
]
