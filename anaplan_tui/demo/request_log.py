"""Every request that arrived, and a way to wait for one: what tests look at."""

import fnmatch
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(slots=True)
class LoggedRequest:
    """A request that arrived. `status` is None until, and unless, an answer went out."""

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
    """Bytes of the body that were handed to the socket."""
    over: bool = False
    """Whether all is done that it brings about; its client may be gone long before."""


class RequestLog:
    """Every request so far, and a way to wait for one. Safe to use from any thread."""

    def __init__(self, limit: int | None = None) -> None:
        """With a limit, only so many of the latest are kept."""
        self._entries: deque[LoggedRequest] = deque(maxlen=limit)
        self._changed = threading.Condition()

    def __iter__(self) -> Iterator[LoggedRequest]:
        with self._changed:
            return iter(list(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: LoggedRequest) -> None:
        """Note a request that arrived."""
        with self._changed:
            self._entries.append(entry)
            self._changed.notify_all()

    def touch(self) -> None:
        """Wake whoever waits: an entry has changed."""
        with self._changed:
            self._changed.notify_all()

    def clear(self) -> None:
        """Forget all."""
        with self._changed:
            self._entries.clear()

    def matching(self, method: str = "*", pattern: str = "*") -> list[LoggedRequest]:
        """The requests with that method and a path like `pattern` (shell wildcards, `*` matches slashes)."""
        return [
            entry
            for entry in self
            if fnmatch.fnmatchcase(entry.method, method) and fnmatch.fnmatchcase(entry.path, pattern)
        ]

    def count(self, method: str = "*", pattern: str = "*") -> int:
        """How many there were."""
        return len(self.matching(method, pattern))

    def wait_for(
        self, method: str, pattern: str, n: int = 1, timeout: float = 60.0, answered: bool = False
    ) -> LoggedRequest:
        """The n-th matching request, as soon as it has arrived or, with `answered`, was answered.

        Raises TimeoutError when it does not come.
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
        """Until nothing is worked on that has arrived. Raises TimeoutError when that does not end."""
        with self._changed:
            if not self._changed.wait_for(lambda: all(entry.over for entry in self._entries), timeout):
                raise TimeoutError(f"still at work after {timeout} s")
