"""The triage screens: a dump's groups by error, their rows, and their words."""
