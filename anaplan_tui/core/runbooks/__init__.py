"""Runbooks: what is uploaded, run and fetched, in order, in a TOML file."""
