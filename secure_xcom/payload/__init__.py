"""A value to its bytes and placeholders, and back. Pure."""
