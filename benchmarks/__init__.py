"""What the backend costs, as ratios of one interleaved run: ``make bench`` writes RESULTS.md."""
