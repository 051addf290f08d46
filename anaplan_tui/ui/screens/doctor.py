"""The doctor's screen: every check between this host and the tenant, shown as it comes in."""

from typing import ClassVar

from textual import getters, work
from textual.app import ComposeResult
from textual.content import Content
from typing_extensions import override

from anaplan_tui.core.doctor import examine as doctor
from anaplan_tui.core.doctor.checks import Check, Finding
from anaplan_tui.core.text import plural
from anaplan_tui.terminal import terminal_check
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.place import Place, bold
from anaplan_tui.ui.widgets.lines import Line
from anaplan_tui.ui.widgets.text_pane import Hanging, TextPane
from anaplan_tui.ui.words import BAD, GOOD, MUTED, WARN

_MARKS = {
    Finding.OK: ("✓", GOOD),
    Finding.WARNING: ("!", WARN),
    Finding.FAILED: ("✗", BAD),
}
_INDENT = 11
"""Columns before the advice, which starts below the name of its check."""


class DoctorScreen(Place):
    """Checks everything again each time it is opened or refreshed; changes nothing."""

    NAME = "doctor"
    HERE = (c.BACK, *c.ON_DOCTOR)
    BINDINGS = c.bindings(HERE)
    CSS_PATH: ClassVar[str] = "catalog.tcss"

    _pane = getters.query_one(TextPane)
    _title_line = getters.query_one("#title", Line)

    def __init__(self) -> None:
        super().__init__()
        self._checks: list[Check] = []
        self._looking = False

    @override
    def body(self) -> ComposeResult:
        yield Line(id="title")
        yield TextPane()

    @override
    def place_name(self) -> str:
        return "doctor"

    @override
    def on_mount(self) -> None:
        self._pane.focus()
        self._examine()

    @override
    async def do_refresh(self) -> None:
        self._examine()

    @work(group="doctor", exclusive=True)
    async def _examine(self) -> None:
        self._checks, self._looking = [], True
        self._show()
        desk = self.tui.begun_desk
        if desk is None:
            self._checks = [terminal_check(), doctor.state_directory()]
        else:
            async for check in doctor.examine(desk.settings, desk.profile, terminal_check(), desk):
                self._checks.append(check)
                self._show()
        self._looking = False
        self._show()

    def _show(self) -> None:
        self._title_line.show(Content(" ") + bold("Doctor") + Content(f" {self._summary()}"))
        parts = [part for check in self._checks for part in in_words(check)]
        if self.tui.begun_desk is None:
            parts.append(
                Hanging(
                    Content(),
                    Content(
                        f"The rest needs the connection that is not begun yet: {c.REFRESH.key} looks again."
                    ),
                )
            )
        self._pane.show_text(parts)

    def _summary(self) -> str:
        if self._looking:
            return "is looking …"
        failed = sum(check.finding is Finding.FAILED for check in self._checks)
        warned = sum(check.finding is Finding.WARNING for check in self._checks)
        if not failed and not warned:
            return f"{plural(len(self._checks), 'check')}, all is well"
        return f"{plural(len(self._checks), 'check')}, {failed} failed, {plural(warned, 'warning')}"

    @override
    def copyable(self) -> tuple[tuple[str, str], ...]:
        wrong = [check for check in self._checks if check.finding is not Finding.OK]
        return tuple(
            (check.name, f"{check.name}: {check.said}. {check.advice}".strip()) for check in wrong[:9]
        )


def in_words(check: Check) -> list[Hanging]:
    """A check as lines: its finding, and the advice below it."""
    symbol, style = _MARKS[check.finding]
    head = Content.assemble((f"{symbol} {check.finding.value:<{_INDENT - 2}}", style), f"{check.name:<16} ")
    lines = [Hanging(head, Content(check.said))]
    if check.advice:
        lines.append(Hanging(Content(" " * _INDENT), Content.styled(check.advice, MUTED)))
    return lines
