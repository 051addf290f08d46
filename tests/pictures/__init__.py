"""Makes ``screenshots/`` anew: the installed command in a terminal of its own, on the demo tenant."""
