"""The outside world: a room for each vendor, independent of one another."""
