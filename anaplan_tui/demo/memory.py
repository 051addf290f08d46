"""Whether a model is loaded, loading, closing or closed (service.md §8.4)."""

from dataclasses import dataclass
from typing import Literal

CLOSE_SECONDS = 2.0

State = Literal["open", "closing", "closed", "loading"]


@dataclass(frozen=True, slots=True)
class Memory:
    """A model's last opening or closing, from `start` to `end` on the clock; a model begins open."""

    closes: bool = False
    start: float = 0.0
    end: float = 0.0

    def closed(self, at: float) -> "Memory":
        """Return the state after a user closes the model or it idles too long; unchanged while closing."""
        return self if self.closes else Memory(True, at, at + CLOSE_SECONDS)

    def opened(self, at: float, seconds: float) -> "Memory":
        """Return the state once a request needs the model; a closing model closes before it loads."""
        if not self.closes:
            return self
        start = max(at, self.end)
        return Memory(False, start, start + seconds)

    def state(self, now: float) -> State:
        """Return the model's state at `now`."""
        if self.closes:
            return "closing" if now < self.end else "closed"
        if now < self.start:
            return "closing"
        return "loading" if now < self.end else "open"

    def progress(self, now: float) -> float:
        """Return the loaded fraction; -1.0 while the model is not loading."""
        if self.state(now) != "loading":
            return -1.0
        return round((now - self.start) / (self.end - self.start), 3)

    def wait(self, now: float) -> float:
        """Return the seconds until a requested model can be used."""
        return 0.0 if self.closes else max(0.0, self.end - now)
