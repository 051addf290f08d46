"""The line above the footer: what downloads, and the last thing that happened."""

from collections.abc import Sequence

from textual.content import Content

from anaplan_tui.core import text
from anaplan_tui.core.snapshots import DownloadSnapshot
from anaplan_tui.ui.widgets.lines import Lines
from anaplan_tui.ui.words import BAD, LIVE, MUTED, WARN, join, spread

_STYLES = {"error": BAD, "warning": WARN, "information": ""}


class StatusLine(Lines):
    """Downloads on one end while there are any, the last message on the other."""

    def __init__(self) -> None:
        super().__init__(id="status")
        self._message: Content = Content()
        self._downloads: Sequence[DownloadSnapshot] = ()

    def say(self, message: str, severity: str = "information") -> None:
        """Show a message until the next one."""
        self._message = Content.styled(" " + message.replace("\n", " "), _STYLES.get(severity, MUTED))
        self.repaint()

    def downloads(self, downloads: Sequence[DownloadSnapshot]) -> None:
        """Sum up these downloads."""
        self._downloads = tuple(downloads)
        self.repaint()

    def lines(self, width: int) -> Sequence[Content]:
        summary = downloads_summary(self._downloads, wide=width >= 100)
        if not self._message:
            return (Content(" ") + summary if summary else Content(),)
        return (spread(self._message, summary + Content(" ") if summary else "", width),)


def downloads_summary(downloads: Sequence[DownloadSnapshot], *, wide: bool) -> Content:
    """``↓ 2 of 3 dumps  41 %  12.4 MB/s  18 s left``; empty when nothing downloads.

    The percentage counts only when every total is known or estimated.
    """
    live = [d for d in downloads if d.live]
    if not live:
        return Content()
    done = sum(d.bytes_done for d in live)
    totals = [d.bytes_total for d in live if d.bytes_total is not None]
    rate = sum(d.rate or 0.0 for d in live)
    lefts = [d.left_s for d in live if d.left_s is not None]
    parts: list[Content | str] = [f"↓ {text.plural(len(live), 'file')}" if wide else f"↓ {len(live)}"]
    total: int = sum(totals)
    if len(totals) == len(live) and total:
        parts.append(f"{min(int(100 * done / total), 99)} %")
    else:
        parts.append(text.size(done))
    if rate:
        parts.append(text.rate(rate))
    if lefts and len(lefts) == len(live):
        parts.append(f"{text.seconds(max(lefts))} left" if wide else text.seconds(max(lefts)))
    waiting = [d for d in live if d.problem]
    if waiting:
        parts.append(f"{len(waiting)} waiting")
    return join(*parts).stylize(LIVE)
