"""What the operator started: it lives on the app and outlives every screen."""
