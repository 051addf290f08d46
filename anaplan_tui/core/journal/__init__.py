"""The journal: runs, their results and fetched files in SQLite, so that they survive any end of the app."""
