"""What ``secure-xcom explain`` answers: about an error, a rule, a name or a value."""
