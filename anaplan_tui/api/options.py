"""Options of the transport: timeouts, retries, rate limit and proxy, with the reasons for the defaults."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from anaplan_tui import __version__
from anaplan_tui.api.passing import UNSAID_RATE_PAUSE_S


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently a request is repeated; ``retry`` decides which ones may be."""

    tries: int = 5
    """Requests in all, the first included."""
    first_pause_s: float = 0.5
    """Upper bound of the first pause; it doubles each time (full jitter: anything from 0 up to it)."""
    longest_pause_s: float = 30.0
    """Upper bound of any pause that we choose ourselves."""
    unsaid_rate_pause_s: float = UNSAID_RATE_PAUSE_S
    longest_retry_after_s: float = 120.0
    """A longer ``Retry-After`` is reported to the caller instead of being waited for."""
    total_s: float = 180.0
    """No new try begins later than this after the first."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Our own limit, below the service's for the whole tenant.

    The service allows 600 requests at once, refilled at 10 a second (service.md §9.2). We take half
    of each. A dump of 3 GB (300 chunks of 10 MB) never waits, and 5 chunks a second can go on for ever:
    that is 50 MB/s, more than eight connections bring over any link measured. A loopback host has no other
    users and is not limited.
    """

    burst: int = 300
    per_second: float = 5.0


@dataclass(frozen=True, slots=True)
class TransportOptions:
    """How the connection is made. The same for the login as for everything else."""

    proxy: str | None = field(default=None, repr=False)
    """As ``proxies.parse_proxy`` takes it; ``None``: the proxy environment variables."""
    ca_bundle: Path | None = None
    """PEM file that replaces the operating system's trust store."""
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 300.0
    """Between two blocks of an answer. A closed model is loaded first, which takes minutes.

    Source: service.md §9.2.
    """
    quick_read_timeout_s: float = 60.0
    """The same for what even a busy model answers at once: tasks, chunks, the login."""
    write_timeout_s: float = 60.0
    pool_timeout_s: float = 60.0
    max_connections: int = 16
    keepalive_s: float = 30.0
    max_body_bytes: int = 64 * 1024 * 1024
    """Longest JSON document accepted, unpacked."""
    retry: RetryPolicy = RetryPolicy()
    rate_limit: RateLimit | None = RateLimit()
    user_agent: str = f"anaplan-tui/{__version__}"
    sleep: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep, repr=False)
    """Waits between tries; tests put a faster one here."""
