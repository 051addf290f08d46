"""What a bundle tells of a triage, and nothing more: importing the engine itself would load DuckDB."""

from collections.abc import Sequence
from typing import Protocol


class ErrorGroup(Protocol):
    """Rows of a dump that share an error, as :class:`anaplan_tui.core.triage.Group` has them."""

    @property
    def error(self) -> str: ...

    @property
    def status(self) -> str | None:
        """``E`` rejected, ``W`` loaded with a warning."""

    @property
    def rows(self) -> int: ...

    @property
    def also(self) -> int:
        """Rows of other groups that carry this error as a further one."""

    @property
    def percent(self) -> float: ...

    @property
    def column(self) -> str | None: ...

    @property
    def top_values(self) -> Sequence[tuple[str, int]]: ...

    @property
    def first_lines(self) -> Sequence[int]: ...


class TriageSummary(Protocol):
    """A dump's errors, biggest group first."""

    @property
    def rows(self) -> int: ...

    @property
    def rejected(self) -> int: ...

    @property
    def warnings(self) -> int: ...

    @property
    def unclear(self) -> int:
        """Rows whose status is none that is known."""

    @property
    def cut_off(self) -> str:
        """Where the file ends, when that is in the middle of a row; else empty."""

    @property
    def groups(self) -> Sequence[ErrorGroup]: ...
