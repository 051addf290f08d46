"""The log of requests that reached the tenant, and ways to wait for one; for tests."""

import fnmatch
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(slots=True)
class LoggedRequest:
    """A request that arrived. `status` stays None unless an answer goes out."""

    method: str
    path: str
    query: str
    when: float
    """Epoch seconds of the tenant's clock."""
    body: bytes
    """At most the first 64 KB."""
    headers: dict[str, str]
    user: str | None = None
    status: int | None = None
    sent: int = 0
    """Bytes of the answer's body handed to the socket."""
    over: bool = False
    """Whether the server is done with it; the client may have left long before."""


class RequestLog:
    """The requests so far, in order of arrival. Safe to use from any thread."""

    def __init__(self, limit: int | None = None) -> None:
        """Keep only the latest `limit` requests, or all."""
        self._entries: deque[LoggedRequest] = deque(maxlen=limit)
        self._changed = threading.Condition()

    def __iter__(self) -> Iterator[LoggedRequest]:
        with self._changed:
            return iter(list(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: LoggedRequest) -> None:
        """Record a request that arrived."""
        with self._changed:
            self._entries.append(entry)
            self._changed.notify_all()

    def touch(self) -> None:
        """Wake all waiters: an entry has changed."""
        with self._changed:
            self._changed.notify_all()

    def clear(self) -> None:
        """Forget all requests."""
        with self._changed:
            self._entries.clear()

    def matching(self, method: str = "*", pattern: str = "*") -> list[LoggedRequest]:
        """Return the requests with this method and a matching path (shell wildcards; `*` matches slashes)."""
        return [
            entry
            for entry in self
            if fnmatch.fnmatchcase(entry.method, method) and fnmatch.fnmatchcase(entry.path, pattern)
        ]

    def count(self, method: str = "*", pattern: str = "*") -> int:
        """Return the number of matching requests."""
        return len(self.matching(method, pattern))

    def wait_for(
        self, method: str, pattern: str, n: int = 1, timeout: float = 60.0, answered: bool = False
    ) -> LoggedRequest:
        """Return the n-th matching request once it has arrived, or with `answered` once it is answered.

        Raises TimeoutError.
        """

        def found() -> LoggedRequest | None:
            hits = [e for e in self.matching(method, pattern) if e.status is not None or not answered]
            return hits[n - 1] if len(hits) >= n else None

        deadline = time.monotonic() + timeout
        with self._changed:
            while (entry := found()) is None:
                if not self._changed.wait(deadline - time.monotonic()):
                    raise TimeoutError(f"no {method} {pattern} number {n} within {timeout} s")
        return entry

    def wait_until_over(self, timeout: float = 60.0) -> None:
        """Wait until the server is done with every request that arrived. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: all(entry.over for entry in self._entries), timeout):
                raise TimeoutError(f"still at work after {timeout} s")
