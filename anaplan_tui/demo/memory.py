"""Whether a model is loaded: opening and closing take their time (service.md §8.4)."""

from dataclasses import dataclass
from typing import Literal

CLOSE_SECONDS = 2.0

State = Literal["open", "closing", "closed", "loading"]


@dataclass(frozen=True, slots=True)
class Memory:
    """The last change of a model, from `start` to `end` on the clock; a model is open until it is closed."""

    closes: bool = False
    start: float = 0.0
    end: float = 0.0

    def closed(self, at: float) -> "Memory":
        """The model after somebody closed it, or nobody used it for long; unchanged while it closes."""
        return self if self.closes else Memory(True, at, at + CLOSE_SECONDS)

    def opened(self, at: float, seconds: float) -> "Memory":
        """The model once somebody needs it; one that is closing is loaded after that."""
        if not self.closes:
            return self
        start = max(at, self.end)
        return Memory(False, start, start + seconds)

    def state(self, now: float) -> State:
        """What the model is doing."""
        if self.closes:
            return "closing" if now < self.end else "closed"
        if now < self.start:
            return "closing"
        return "loading" if now < self.end else "open"

    def progress(self, now: float) -> float:
        """The fraction of a load that is done; -1.0 while nothing is under way, whether open or closed."""
        if self.state(now) != "loading":
            return -1.0
        return round((now - self.start) / (self.end - self.start), 3)

    def wait(self, now: float) -> float:
        """Seconds until a model that somebody needs can be used."""
        return 0.0 if self.closes else max(0.0, self.end - now)
