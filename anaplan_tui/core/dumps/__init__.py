"""Dumps of runs: which to fetch, where they go, and why some are gone."""
