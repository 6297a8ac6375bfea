"""What operators run; push and pull never import it."""
