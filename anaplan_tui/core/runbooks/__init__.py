"""Runbooks: TOML files that say what to upload, run and fetch, and in which order."""
