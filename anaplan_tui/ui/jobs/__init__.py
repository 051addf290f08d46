"""Jobs: what the operator started. They live on the app and outlive every screen."""
