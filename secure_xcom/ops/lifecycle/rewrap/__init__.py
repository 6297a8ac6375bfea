"""``secure-xcom rewrap``: values and chain keys moved to another key, without one of them being opened."""
