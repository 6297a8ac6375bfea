"""``secure-xcom reap``: stores and the metadata database are brought into line, in both directions."""
