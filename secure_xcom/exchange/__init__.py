"""The flow: push and pull, and nothing else."""
