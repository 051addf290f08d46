"""Runs that others started."""
