"""The only place that names adapters and puts the parts together."""
