"""What an operator does, without a screen: run, watch, judge, fetch, group, remember."""
