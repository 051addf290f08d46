"""Run Anaplan processes from a terminal and get their failure dumps onto disk."""

__version__ = "0.1.0"
