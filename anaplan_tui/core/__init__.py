"""Everything that an operator does, without screens: run, watch, judge, fetch, group, remember."""
