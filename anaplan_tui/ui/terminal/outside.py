"""The terminal's title, and the progress bar of its tab or taskbar.

Both are opt-in. Both are reset when the app gives the terminal away, for good or for a while.
"""

from collections.abc import Callable, Sequence

from anaplan_tui.api.clean import clean
from anaplan_tui.core import text
from anaplan_tui.core.snapshots import RunSnapshot

_ESC, _END = "\x1b", "\x1b\\"
_PUSH_TITLE, _POP_TITLE = f"{_ESC}[22;2t", f"{_ESC}[23;2t"
_NO_TITLE = f"{_ESC}]2;{_END}"
_LONGEST = 80
_NAME = "anaplan-tui"


class Outside:
    """Tells the terminal about the watched runs; sends nothing twice."""

    def __init__(
        self, write: Callable[[str], None], *, title: bool = False, progress: bool = False, tmux: bool = False
    ) -> None:
        """``tmux``: send the progress to the terminal around tmux, which has no bar of its own."""
        self._write = write
        self._has_title, self._has_progress, self._tmux = title, progress, tmux
        self._is_ours = True
        self._place = ""
        self._title = ""
        self._progress = ""
        self._runs: Sequence[RunSnapshot] = ()

    def show(self, place: str, runs: Sequence[RunSnapshot]) -> None:
        """Show the place (the model's name) and the live ones of ``runs``."""
        self._place, self._runs = place, runs
        if not self._is_ours:
            return
        live = [run for run in runs if run.live]
        if self._has_title:
            self._show_title(title_of(place, live))
        if self._has_progress:
            self._show_progress(progress_of(live))

    def again(self) -> None:
        """Show the last state again: the terminal is ours once more."""
        self._is_ours = True
        self.show(self._place, self._runs)

    def taken_back(self) -> str:
        """Return the sequence that removes everything of ours, and send nothing until :meth:`again`."""
        self._is_ours = False
        said = self._wrapped(progress_of(())) if self._progress not in ("", progress_of(())) else ""
        if self._title:
            said += _NO_TITLE + _POP_TITLE
        self._title = self._progress = ""
        return said

    def _show_title(self, title: str) -> None:
        if title != self._title:
            self._write(("" if self._title else _PUSH_TITLE) + f"{_ESC}]2;{title}{_END}")
            self._title = title

    def _show_progress(self, progress: str) -> None:
        if progress != (self._progress or progress_of(())):
            self._write(self._wrapped(progress))
        self._progress = progress

    def _wrapped(self, sequence: str) -> str:
        return f"{_ESC}Ptmux;{sequence.replace(_ESC, _ESC * 2)}{_END}" if self._tmux else sequence


def title_of(place: str, live: Sequence[RunSnapshot]) -> str:
    """Return what runs, its progress, and then the place: a window list cuts off the end."""
    what = ""
    if live:
        share = live[0].progress
        more = f" and {len(live) - 1} more" if len(live) > 1 else ""
        what = f"{live[0].name}{'' if share is None else f' {text.percent(share)}'}{more}"
    return clean(" - ".join(part for part in (what, place, _NAME) if part), limit=_LONGEST)


def progress_of(live: Sequence[RunSnapshot]) -> str:
    """Return the progress as OSC 9;4 (ConEmu, Windows Terminal, Ghostty, WezTerm), or that something runs."""
    shares = [run.progress for run in live if run.progress is not None]
    if not live:
        state = "0;0"
    elif not shares:
        state = "3;0"
    else:
        state = f"1;{int(100 * min(max(sum(shares) / len(live), 0.0), 1.0))}"
    return f"{_ESC}]9;4;{state}{_END}"
