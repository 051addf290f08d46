"""Faults to inject: which kind, for which requests, how often. Only decides; `wire` does the damage."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import pydantic.dataclasses

from anaplan_tui.demo.tables import AS_WRITTEN, BadTable, read

KINDS = {
    "status": "answer with `status`; `retry_after` in seconds, or with `date` as an HTTP date that far ahead",
    "html": "an HTML page with `status` (200, 502, 503 …)",
    "reset": "reset the connection before an answer, before the work is done",
    "lost": "do the work, then reset the connection without an answer",
    "delay": "wait `seconds` before the work",
    "cut": "end the connection after the fraction `at` of the body; Content-Length is right",
    "cut-reset": "as cut, but the connection is reset, which may take part of what was sent with it",
    "short": "a complete answer whose body lacks its last `bytes`; Content-Length fits it",
    "broken-json": "a JSON body that ends in the middle, with a length that fits",
    "expire": "the request's token dies before the request is looked at",
    "expire-all": "every token dies before the request is looked at",
    "drip": "send the body of this answer at `rate` bytes a second",
    "bandwidth": "limit each connection to `rate` bytes a second, for all its answers together",
    "gzip": "compress the body, if the client accepts that",
    "chunks-malformed": "a chunk list as Anaplan's help page prints it: not JSON",
    "chunks-missing": "a chunk list without `chunks`",
    "chunks-paging": "a chunk list whose paging numbers are wrong",
    "chunks-unordered": "a chunk list with its ids out of order",
    "chunks-gap": "a chunk list that lacks an id in the middle",
    "start-bare": "a start answer without envelope: {taskId}",
    "start-wrapped": "a start answer as an envelope with `task`",
    "tasks-empty": "a task list that is 200 and empty",
    "no-process-details": "ignore includeProcessDetails",
    "dump-names": "name each nested result with a dump `Failures for Import n`, the others null",
    "cells-all": "`rowCount` of line items holds the failed and ignored cells too",
    "nonsense": "valid JSON of an entirely different shape",
}
"""Every kind of fault: its effect and the fields it reads."""


class BadFault(BadTable):
    """An invalid fault; the text says what is allowed."""


@pydantic.dataclasses.dataclass(frozen=True, slots=True, config=AS_WRITTEN)
class Fault:
    """One injected fault.

    `match` is `METHOD path` with shell wildcards; `*` also matches slashes, and paths begin at the root
    (`POST */tasks`, `GET *dumps/*/chunks/3`). The fault strikes the `nth` matching request and every
    `every`-th one after it, `count` times in all, or for ever if `count` is None. With `work=True` the
    request takes effect before the fault hides its answer.
    """

    match: str = "* *"
    kind: str = "status"
    nth: int = 1
    count: int | None = 1
    every: int = 1
    status: int = 503
    retry_after: float | None = None
    date: bool = False
    """`retry_after` as an HTTP date instead of seconds."""
    seconds: float = 0.0
    rate: float = 0.0
    at: float = 0.5
    bytes: int = 1
    body: str | None = None
    work: bool = False

    def __post_init__(self) -> None:
        """Refuse a fault that could never strike."""
        if self.kind not in KINDS:
            raise BadFault(f"unknown kind {self.kind!r}; there are {', '.join(sorted(KINDS))}")
        if len(self.match.split(" ", 1)) != 2:
            raise BadFault(f"match must be 'METHOD path', not {self.match!r}")
        if self.nth < 1 or self.every < 1 or (self.count is not None and self.count < 1):
            raise BadFault("nth, every and count start at 1; leave count out for once, or None for ever")
        if self.kind in ("drip", "bandwidth") and self.rate <= 0:
            raise BadFault(f"{self.kind} needs a rate in bytes a second")

    def matches(self, method: str, path: str) -> bool:
        """Say whether the fault applies to this request."""
        wanted, pattern = self.match.split(" ", 1)
        return fnmatchcase(method, wanted) and fnmatchcase(path, pattern)


@dataclass(slots=True)
class _Armed:
    fault: Fault
    seen: int = 0

    def strikes(self) -> bool:
        """Count a matching request and say whether the fault strikes it."""
        self.seen += 1
        turn, left = divmod(self.seen - self.fault.nth, self.fault.every)
        return turn >= 0 and left == 0 and (self.fault.count is None or turn < self.fault.count)


@dataclass(slots=True)
class FaultPlan:
    """The faults of a server; safe to change while it serves."""

    outage: bool = False
    """True: every connection is reset, as if the host were gone."""
    latency: float = 0.0
    """Seconds before each answer."""
    per_minute: int | None = None
    """Requests per minute for the whole tenant, as a token bucket of that depth; None: no limit.

    Source: service.md §9.2.
    """
    _left: float = 0.0
    _filled: float = float("-inf")
    _armed: list[_Armed] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *faults: Fault) -> None:
        """Arm more faults, after the ones already armed."""
        with self._lock:
            self._armed += [_Armed(fault) for fault in faults]

    def clear(self) -> None:
        """Disarm all faults and end the outage; the latency stays."""
        with self._lock:
            self._armed.clear()
            self.outage = False

    def from_dict(self, data: Mapping[str, Any]) -> None:
        """Arm the fault in a scenario file's table; `count = 0` means for ever. Raises BadTable."""
        self.add(fault_from(data))

    def admits(self, now: float) -> bool:
        """Say whether the limit admits one more request; `now` is seconds of any clock that only advances."""
        if self.per_minute is None:
            return True
        with self._lock:
            rate = self.per_minute / 60
            self._left = min(float(self.per_minute), self._left + (now - self._filled) * rate)
            self._filled = now
            if self._left < 1:
                return False
            self._left -= 1
            return True

    def strike(self, method: str, path: str) -> list[Fault]:
        """Count this request and return the faults that strike it."""
        with self._lock:
            return [a.fault for a in self._armed if a.fault.matches(method, path) and a.strikes()]


def fault_from(data: Mapping[str, Any]) -> Fault:
    """Return the fault in a scenario file's table; `count = 0` means for ever. Raises BadTable."""
    for_ever = {"count": None} if data.get("count") == 0 else {}
    return read(Fault, {**data, **for_ever}, "a fault")
