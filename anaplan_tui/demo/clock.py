"""The tenant's clock: all scripted time goes through it, so that tests can speed it up or jump ahead."""

import threading
import time


class Clock:
    """The tenant's time in epoch seconds: real time at `speed`, plus all jumps."""

    def __init__(self, speed: float = 1.0) -> None:
        self._lock = threading.Lock()
        self._speed = speed
        self._base = time.time()
        self._since = time.monotonic()
        self._jumped = 0.0

    def now(self) -> float:
        """The tenant's time, in epoch seconds."""
        with self._lock:
            return self._now()

    def unhurried(self) -> float:
        """Real time plus the jumps, whatever the speed. Token expiry uses this clock.

        On a sped-up clock tokens would expire every few seconds while the client still takes them for fresh.
        """
        with self._lock:
            return time.time() + self._jumped

    def advance(self, seconds: float) -> None:
        """Jump ahead."""
        with self._lock:
            self._base += seconds
            self._jumped += seconds

    @property
    def speed(self) -> float:
        """Tenant seconds per real second."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        with self._lock:
            self._base, self._since = self._now(), time.monotonic()
            self._speed = speed

    def catch_up(self, tenant_time: float, wall_time: float) -> None:
        """Move ahead to at least the time another process recorded; never move back."""
        with self._lock:
            now = self._now()
            there = tenant_time + max(0.0, time.time() - wall_time) * self._speed
            if there > now:
                self._base += there - now

    def _now(self) -> float:
        return self._base + (time.monotonic() - self._since) * self._speed
