"""Start once, watch, queue, find again, cancel."""
