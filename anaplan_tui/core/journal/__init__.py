"""What was run, seen and fetched, in SQLite, so that no end of this app can lose it."""
