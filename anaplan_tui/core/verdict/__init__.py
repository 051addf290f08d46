"""Judge a task's result: its verdict, counts and reason, by pure functions."""
