"""A run: its screen, the questions before it, and its words."""
