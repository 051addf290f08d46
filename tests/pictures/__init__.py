"""Regenerates ``screenshots/``: the installed command in its own terminal, on the demo tenant."""
