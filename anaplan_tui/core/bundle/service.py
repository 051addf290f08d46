"""Protocols for the parts of a triage that a bundle shows; importing the engine itself would load DuckDB."""

from collections.abc import Sequence
from typing import Protocol


class ErrorGroup(Protocol):
    """Rows of a dump that share an error; :class:`anaplan_tui.core.triage.Group` is one."""

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
        """Its share of the dump's rows, 0 to 100."""

    @property
    def column(self) -> str | None:
        """The column that the error names, if any."""

    @property
    def top_values(self) -> Sequence[tuple[str, int]]:
        """The most frequent values that the error complains about, and how often each occurs."""

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
        """How many rows have no known status."""

    @property
    def cut_off(self) -> str:
        """Where the file breaks off, if it ends in the middle of a row; else empty."""

    @property
    def groups(self) -> Sequence[ErrorGroup]:
        """The errors, most frequent first."""
