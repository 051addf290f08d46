"""Transient failures: which statuses are worth a retry, shared by all retry loops (service.md §9.2).

There are two loops, with different patience. ``retry`` repeats any request for as long as its caller waits
for one answer: minutes. ``core.transfers.pace`` repeats a chunk, which does no harm if it had arrived, for as
long as a transfer is worth it, and tells the operator.
"""

UNSAID_RATE_PAUSE_S = 10.0
"""Seconds to wait after a 429 that does not say how long."""

TIMED_OUT, CONFLICT, MOVED = 408, 409, 410
"""The service waited too long for the request; a conflicting action is running; the model was moved."""

OF_REQUESTS = frozenset({MOVED, 429, 500, 502, 503, 504})
"""For any request. ``CONFLICT`` counts only once, and only for reads: starting again may start twice."""

REFUSALS_OF_CHUNKS = frozenset({TIMED_OUT, CONFLICT, MOVED})
"""For a chunk, among the refusals: a slow line causes the first, a file in use the second."""
