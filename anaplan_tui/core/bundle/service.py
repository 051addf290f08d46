"""Protocols: what a bundle tells of a triage; importing the engine itself would load DuckDB."""

from collections.abc import Sequence
from typing import Protocol


class ErrorGroup(Protocol):
    """Rows of a dump that share an error, as :class:`anaplan_tui.core.triage.Group` has them."""

    @property
    def error(self) -> str:
        """The error's text."""

    @property
    def status(self) -> str | None:
        """``E`` rejected, ``W`` loaded with a warning."""

    @property
    def rows(self) -> int:
        """How many rows have it."""

    @property
    def also(self) -> int:
        """Rows of other groups that carry this error as a further one."""

    @property
    def percent(self) -> float:
        """Its part of all rows with an error, 0 to 100."""

    @property
    def column(self) -> str | None:
        """The column that it complains of, where it names one."""

    @property
    def top_values(self) -> Sequence[tuple[str, int]]:
        """The most frequent values that it complains of, and how often each stands."""

    @property
    def first_lines(self) -> Sequence[int]:
        """The first lines of the source that have it."""


class TriageSummary(Protocol):
    """A dump's errors, biggest group first."""

    @property
    def rows(self) -> int:
        """How many rows the dump holds."""

    @property
    def rejected(self) -> int:
        """How many of them were rejected."""

    @property
    def warnings(self) -> int:
        """How many of them were loaded with a warning."""

    @property
    def unclear(self) -> int:
        """Rows whose status is none that is known."""

    @property
    def cut_off(self) -> str:
        """Where the file ends, when that is in the middle of a row; else empty."""

    @property
    def groups(self) -> Sequence[ErrorGroup]:
        """The errors, the most frequent first."""
