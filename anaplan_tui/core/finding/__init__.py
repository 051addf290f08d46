"""Find things in the tenant: workspaces, models and lists, items by name or id, and the chosen model."""
