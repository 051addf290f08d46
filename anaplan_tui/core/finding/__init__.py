"""What there is to work with: workspaces, models and lists, what names mean, and the model that is chosen."""
