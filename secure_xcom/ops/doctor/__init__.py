"""``secure-xcom doctor``: checks a live deployment as the identity that runs it, and says how to fix what fails."""
