"""``secure-xcom reveal``: one sealed value, shown to an operator, for a reason that the ledger keeps."""
