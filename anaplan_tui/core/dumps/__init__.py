"""Which dumps are fetched, where they go, and what is known of those that are gone."""
