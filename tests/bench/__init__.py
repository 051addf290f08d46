"""Benchmarks: figures as ratios in one run, printed as Markdown. Not tests; ``make bench`` runs them."""
