"""From a task's result to a verdict, counts and a reason: pure functions."""
