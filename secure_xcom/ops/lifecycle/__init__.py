"""What operators do to sealed values through their life; each module or package is a command."""
