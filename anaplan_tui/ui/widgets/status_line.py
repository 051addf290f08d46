"""The status line above the footer: downloads, uploads, and the last message.

A message that does not fit beside the transfers takes more lines for as long as it is shown.
"""

from collections.abc import Sequence

from textual import events
from textual.content import Content
from typing_extensions import override

from anaplan_tui.core import text
from anaplan_tui.core.snapshots import DownloadSnapshot, UploadSnapshot
from anaplan_tui.ui.widgets.lines import Lines
from anaplan_tui.ui.words import BAD, LIVE, MUTED, WARN, join, spread, wrapped

MOST_LINES = 4
"""More lines would crowd the screen; an error that names a host and gives advice takes three of 60 cells."""
_STYLES = {"error": BAD, "warning": WARN, "information": ""}


class StatusLine(Lines):
    """The last message on the left, live downloads and uploads on the right."""

    def __init__(self) -> None:
        super().__init__(id="status")
        self._message: Content = Content()
        self._downloads: Sequence[DownloadSnapshot] = ()
        self._uploads: Sequence[UploadSnapshot] = ()
        self._height = 1

    def say(self, message: str, severity: str = "information") -> None:
        """Show a message until the next one."""
        said = (
            Content.styled(message.replace("\n", " "), _STYLES.get(severity, MUTED)) if message else Content()
        )
        if said.plain != self._message.plain:
            self._height = 1
        self._message = said
        self._fit()

    def transfers(
        self, downloads: Sequence[DownloadSnapshot], uploads: Sequence[UploadSnapshot] = ()
    ) -> None:
        """Sum up these downloads and uploads."""
        self._downloads, self._uploads = tuple(downloads), tuple(uploads)
        self._fit()

    @override
    def on_resize(self, event: events.Resize) -> None:
        if event.size.width:
            self._fit()

    def _fit(self) -> None:
        """Grow to the height that the message needs; never shrink while it is shown."""
        if self.size.width:
            self._height = max(self._height, len(self.lines(self.size.width)))
            if self.styles.height is None or self.styles.height.value != self._height:
                self.styles.height = self._height
        self.repaint()

    @override
    def lines(self, width: int) -> Sequence[Content]:
        wide = width >= 100
        summary = join(
            downloads_summary(self._downloads, wide=wide),
            uploads_summary(self._uploads, wide=wide),
            gap="   ",
        )
        right = summary + Content(" ") if summary else Content()
        room = width - right.cell_length - bool(right) - 1
        first, *more = wrapped(self._message, width - 1, MOST_LINES, first=room)
        return (spread(Content(" ") + first, right, width), *(Content(" ") + line for line in more))


def downloads_summary(downloads: Sequence[DownloadSnapshot], *, wide: bool) -> Content:
    """Return ``↓ 2 files  41 %  12.4 MB/s  18 s left``; empty if nothing downloads."""
    return _summary("↓", downloads, wide=wide)


def uploads_summary(uploads: Sequence[UploadSnapshot], *, wide: bool) -> Content:
    """Return the same for uploads: ``↑ 1 file  41 %``."""
    return _summary("↑", uploads, wide=wide)


def _summary(arrow: str, transfers: Sequence[DownloadSnapshot | UploadSnapshot], *, wide: bool) -> Content:
    """Sum transfers up; with a percentage only if every total is known or estimated."""
    live = [d for d in transfers if d.live]
    if not live:
        return Content()
    done = sum(d.bytes_done for d in live)
    totals = [d.bytes_total for d in live if d.bytes_total is not None]
    rate = sum(d.rate or 0.0 for d in live)
    lefts = [d.left_s for d in live if d.left_s is not None]
    number = text.plural(len(live), "file") if wide else f"{len(live)}"
    parts: list[Content | str] = [f"{arrow} {number}"]
    total: int = sum(totals)
    if len(totals) == len(live) and total:
        parts.append(text.percent(done / total))
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
