"""Which failures may pass by themselves, and when: for all who try again (service.md §9.2).

There are two of them, and they are patient in different ways. ``retry`` repeats any request for as long as
its caller waits for one answer: minutes. ``core.transfers.pace`` repeats a chunk, which changes nothing where
it came already, for as long as a transfer is worth it, and tells the operator. What they go by is here.
"""

UNSAID_RATE_PAUSE_S = 10.0
"""Seconds to wait after a 429 that does not say how long."""

TIMED_OUT, CONFLICT, MOVED = 408, 409, 410
"""The service waited for the request too long; a conflicting action is at work; the model was moved."""

OF_REQUESTS = frozenset({MOVED, 429, 500, 502, 503, 504})
"""Of any request; ``CONFLICT`` is one only once, and only for reading: starting again may start twice."""

REFUSALS_OF_CHUNKS = frozenset({TIMED_OUT, CONFLICT, MOVED})
"""Of a chunk, among the statuses that refuse: a slow line meets the first, a file in use the second."""
