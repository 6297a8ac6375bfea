"""The ledger: what was written, read, refused, claimed and purged, in a database and chained by HMAC."""
