"""Runs: start them once, watch, queue, find again, cancel."""
