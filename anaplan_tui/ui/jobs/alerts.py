"""Alerts for an operator who may look elsewhere: a run ended, a model is free, the journal is damaged."""

import os
from typing import TYPE_CHECKING

from anaplan_tui.core import text
from anaplan_tui.core.runs.notices import osc_notice, words_for
from anaplan_tui.core.snapshots import Phase, RunSnapshot, Verdict
from anaplan_tui.ui.workarounds import write_to_terminal

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.ui.shell import Shell

_ENDED = {Verdict.WARNINGS: "completed with warnings", Verdict.UNKNOWN: "ended with an unknown result"}
"""How a run ended, for verdicts whose word in the lists does not fit a sentence."""


class Alerts:
    """Reports events by the status line, the bell and the terminal's own notice."""

    def __init__(self, app: "Shell", desk: "Desk") -> None:
        self._app = app
        self._desk = desk
        self._told_of_journal = ""

    def tell_ended(self, run: RunSnapshot) -> None:
        """Say how a watched run ended, whatever screen is open."""
        symbol, word = text.run_mark(run)
        word = _ENDED.get(run.verdict, word) if run.verdict is not None else word
        severity = "information" if run.verdict is Verdict.COMPLETED else "warning"
        if run.verdict is Verdict.FAILED or run.phase in (Phase.NOT_STARTED, Phase.UNKNOWN_START):
            severity = "error"
        said = run.reason if run.reason.startswith(word) else ": ".join(filter(None, (word, run.reason)))
        self._app.say(f"{symbol} {run.name} {said}", severity)
        self.ring(*words_for(run))

    def ring(self, title: str, body: str) -> None:
        """Ring the bell and send the terminal's own notice, as configured."""
        settings = self._desk.settings
        if settings.bell:
            self._app.bell()
        if settings.osc != "none":
            notice = osc_notice(settings.osc, title, body, tmux=bool(os.environ.get("TMUX")))
            write_to_terminal(self._app, notice)

    def tell_journal_notice(self) -> None:
        """Report once each notice of the journal about its file; one may come up at any time."""
        notice = self._desk.journal.notice
        if notice and notice != self._told_of_journal:
            self._told_of_journal = notice
            self._app.say(notice, "warning")
