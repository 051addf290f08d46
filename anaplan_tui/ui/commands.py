"""Every command of the app, declared once: its key, its words, and whether it changes things.

A screen lists the commands that work on it. Bindings, footer, help and palette all come from that list, and
every press goes through one gate (:meth:`anaplan_tui.ui.place.Place.invoke`). The keys declared here are the
defaults; ``[keys]`` replaces them (:mod:`anaplan_tui.ui.keymap`).
"""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from textual.binding import Binding, BindingType
from textual.keys import format_key

from anaplan_tui.ascii_face import is_unicode

_chosen: dict[str, str] = {}
"""Keys from the operator's configuration, which replace the declared ones; by command id."""


def use_keys(chosen: Mapping[str, str]) -> None:
    """Use these keys from now on: by command id, in Textual's names, separated by commas.

    Footer, help and palette read them here; bindings follow Textual's keymap, which the app sets to the same.
    """
    _chosen.clear()
    _chosen.update(chosen)


@dataclass(frozen=True, slots=True)
class Command:
    """Something the operator can do."""

    id: str
    """Names the screen's methods that do it (:attr:`doer`) and that say why not (:attr:`condition`)."""
    default_keys: str
    """Keys in Textual's names, separated by commas. Empty: the command is in the palette only."""
    label: str
    """One or two words for the footer."""
    help: str
    """One line for help and palette."""
    changes_things: bool = False
    """Starts, stops or sends something on the service; refused for a read-only profile."""
    footer: int = 0
    """Rank in the footer, lower first; 0 keeps it out. Help shows it in any case."""
    needs_desk: bool = True
    """Cannot be done before the desk is open."""
    stays: bool = False
    """The footer keeps it, however narrow the screen is."""
    many: str = ""
    """Its label while lines are marked, if it works on all of them. Empty: on the highlighted line only."""

    @property
    def keys(self) -> str:
        """The keys in force, in the same notation as the declared ones; the first is shown."""
        return _chosen.get(self.id, self.default_keys)

    @property
    def key_names(self) -> tuple[str, ...]:
        """The keys in force, one by one."""
        return tuple(self.keys.split(",")) if self.keys else ()

    @property
    def doer(self) -> str:
        """The name of the screen's method that does it."""
        return f"do_{self.id}"

    @property
    def condition(self) -> str:
        """The name of the screen's method that says why it does not work now; without one it always works."""
        return f"why_not_{self.id}"

    @property
    def action(self) -> str:
        """The action that a Textual binding calls."""
        return f"invoke({self.id!r})"

    @property
    def key(self) -> str:
        """The first key as people write it; for a command without one, its name in the palette."""
        return shown(self.key_names[0]) if self.keys else f"{PALETTE.key} {self.label}"


_SHOWN = {
    "enter": "↵",
    "escape": "esc",
    "slash": "/",
    "question_mark": "?",
    "colon": ":",
    "left": "←",
    "right": "→",
    "dollar_sign": "$",
    "space": "space",
    "exclamation_mark": "!",
    "greater_than_sign": ">",
}


def shown(key: str) -> str:
    """Return a key as people write it: ``?`` for ``question_mark``."""
    if key == "enter" and not is_unicode(sys.__stderr__):
        return key  # its sign has no ASCII form that anybody would recognise
    return _SHOWN.get(key) or format_key(key)


def bindings(commands: Iterable[Command]) -> list[BindingType]:
    """Return the bindings for a screen that offers these commands."""
    return [
        Binding(
            command.default_keys or f"{command.id}_has_no_key",  # a placeholder that a keymap can replace
            command.action,
            command.label,
            show=False,
            id=command.id,
        )
        for command in commands
    ]


BACK = Command(
    "back", "escape", "back", "Go back; runs and downloads continue", footer=32, needs_desk=False, stays=True
)
CLEAR = Command(
    "back", "escape", "clear", "Clear the filter, then the marks; never leaves the app", footer=16, stays=True
)
HELP = Command(
    "help",
    "question_mark,f1",
    "help",
    "Show every key of this screen",
    footer=90,
    needs_desk=False,
    stays=True,
)
PALETTE = Command(
    "palette",
    "colon,ctrl+p",
    "commands",
    "Find a command by its name",
    footer=85,
    needs_desk=False,
)
QUIT = Command(
    "quit",
    "q,ctrl+q",
    "quit",
    "Quit; first says what continues without the app",
    footer=99,
    needs_desk=False,
    stays=True,
)
READ_AGAIN = Command(
    "refresh",
    "R",
    "read again",
    "Read the dump's file again; it may have been downloaded anew",
    needs_desk=False,
)
REFRESH = Command("refresh", "R", "refresh", "Ask Anaplan again for what this screen shows", needs_desk=False)
LOG = Command("log", "L", "log", "The app's own log: errors with their details", needs_desk=False)
DOCTOR = Command(
    "doctor", "", "doctor", "Check hosts, proxy, TLS, clock, login, access and this machine", needs_desk=False
)
LOG_OUT = Command(
    "log_out", "", "log out", "End the sign-in at Anaplan, remove its files, and quit: asks first"
)
CHECK_AGAIN = Command("refresh", "R", "check again", "Run every check again", needs_desk=False)
RUNS = Command("runs", "t", "runs", "All runs, live ones on top", footer=50)
DOWNLOADS = Command(
    "downloads", "w", "downloads", "All downloads and uploads, with their progress", footer=55
)
MODELS = Command("models", "m", "models", "Choose another workspace or model", footer=60)
COPY = Command(
    "copy", "y", "copy", "Copy an id, name, message or path to your terminal's clipboard", footer=70
)

OPEN = Command("open", "enter", "open", "Open the highlighted line", footer=1)
RUN = Command("run", "r", "run", "Run it: asks first", changes_things=True, footer=10)
RUN_AGAIN = Command("run", "r", "rerun", "Run it again: asks first", changes_things=True, footer=11)
RUN_REST = Command(
    "run_rest",
    "F",
    "run part",
    "Run chosen actions of the process as single tasks, from the failed one on: asks first",
    changes_things=True,
    footer=12,
)
ATTENTION = Command(
    "attention",
    "exclamation_mark",
    "attention",
    "Show only what needs attention: running, or unopened with failures or warnings; again shows all",
    footer=14,
)
FURTHER = Command(
    "further",
    "greater_than_sign",
    "one day more",
    "Show one more day, as far back as runs are known",
    footer=15,
)
CANCEL_RUN = Command(
    "cancel_run", "x", "cancel the run", "Cancel the run: asks first", changes_things=True, footer=10
)
FILTER = Command("filter", "slash", "filter", "Show only the lines that contain what you type", footer=15)
SORT = Command("sort", "s", "sort", "Sort by the next column", footer=40)
REVERSE = Command("reverse", "S", "reverse", "Reverse the order")
PROCESSES = Command("processes", "1", "processes", "List the model's processes")
IMPORTS = Command("imports", "2", "imports", "List the model's imports")
EXPORTS = Command("exports", "3", "exports", "List the model's exports")
ACTIONS = Command("actions", "4", "actions", "List the model's other actions")
RUNBOOKS = Command("runbooks", "5", "runbooks", "The runbooks of the configured directory", footer=62)

CHOOSE = Command("open", "enter", "work in this model", "Work in the highlighted model", footer=1)
OPEN_TASK = Command("open", "enter", "open the run", "Open the highlighted run", footer=1)
PANEL = Command("open", "enter", "details", "Show the details full screen", footer=1)
DUMP = Command(
    "dump", "d", "download", "Download the highlighted action's dump, or the file an export wrote", footer=5
)
DUMPS = Command("dumps", "D", "all dumps", "Download every dump of the run", footer=6)
TRIAGE = Command("triage", "o", "triage", "Show the dump's rows, grouped by error", footer=4)
SOLUTION_LOG = Command(
    "solution_log", "l", "log", "Show the optimizer's log of the highlighted action", footer=5
)
UPLOAD = Command(
    "upload",
    "u",
    "upload",
    "Upload a source file for the highlighted import: asks first",
    changes_things=True,
    footer=12,
)
BUNDLE = Command(
    "bundle", "b", "bundle", "Put the run's result, errors and dumps into one file for the owner", footer=33
)
BUNDLE_OF_LINE = replace(BUNDLE, many="bundles")
ROWS_OF_RUN = Command(
    "triage",
    "o",
    "rows",
    "Show the newest run's rejected rows, grouped by error; downloads the dump first",
    footer=12,
)
DUMPS_OF_RUN = Command(
    "dumps", "D", "dumps", "Download every dump of the newest run", footer=13, many="dumps"
)
ROWS_OF_LINE = Command("triage", "o", "rows", "Show the run's rejected rows, grouped by error", footer=12)
DUMPS_OF_LINE = Command("dumps", "D", "dumps", "Download every dump of the run", footer=13, many="dumps")
BUNDLE_OF_RUN = Command(
    "bundle", "b", "bundle", "Put everything about the newest run into one file for the owner", many="bundles"
)
RUN_LINE = replace(RUN, many="queue")
RUN_LINE_AGAIN = replace(RUN_AGAIN, many="queue")
MARK = Command(
    "mark",
    "space",
    "mark",
    "Mark the line, or remove its mark; D, b and r then work on all marked lines",
    footer=16,
)
MARK_TASK = replace(MARK, help="Mark the run, or remove its mark; D and b then work on all marked runs")
CANDIDATES = Command(
    "candidates", "c", "which task", "Choose the task of this run, if its start was lost", footer=3
)
OTHER_PANE = Command("other_pane", "tab", "other list", "Move between the lists", footer=45)

OPEN_RUN_LINE = Command("open", "enter", "open", "Open the highlighted run", footer=1)
OPEN_RUN = Command("open", "enter", "open the run", "Open the run that it belongs to", footer=1)
PAUSE = Command("pause", "p", "pause", "Pause or resume the download", footer=5)
RETRY = Command("retry", "r", "retry", "Try a failed or cancelled download or upload again", footer=6)
DROP = Command("drop", "c", "cancel", "Cancel the download or upload; the run is not affected", footer=7)
QUEUE = Command(
    "queue",
    "p",
    "queue",
    "Continue a stopped queue, or drop what is waiting in it",
    changes_things=True,
    footer=20,
)
ON_FAILURE = Command(
    "on_failure", "f", "after a failure", "Let the queue stop after a failed run, or continue"
)

OPEN_RUNBOOK = Command("open", "enter", "steps", "Show the steps of the highlighted runbook", footer=1)
OPEN_STEP_RUN = Command("open", "enter", "the run", "Open the run of the highlighted step", footer=1)
PLAY = Command(
    "play",
    "r",
    "play",
    "Play the runbook: from the top, from the highlighted step, only that step, or from where it stopped",
    changes_things=True,
    footer=2,
)
STOP_PLAY = Command(
    "stop_play", "x", "stop", "Stop the play before its next step; a running task continues", footer=3
)

GROUP_ROWS = Command("open", "enter", "rows", "Show the rows of the highlighted error", footer=1)
WHOLE_ROW = Command("open", "enter", "whole row", "Show every cell of the row, one per line", footer=1)
ALL_ROWS = Command("all_rows", "enter", "all rows", "Go back from one row to all of them", footer=1)
NEXT_ROW = Command("next_row", "n", "next row", "Show the next row of this error", footer=2)
PREVIOUS_ROW = Command("previous_row", "p", "previous row", "Show the previous row of this error", footer=3)
SAVE_REJECTED = Command(
    "save_rejected",
    "e",
    "save rejected",
    "Save all rejected rows with the source's own columns, to correct and upload",
    footer=5,
)
SAVE_GROUP = Command(
    "save_rejected",
    "e",
    "save to correct",
    "Save the rows of this error, as filtered, with the source's own columns, to correct and upload",
    footer=5,
)
UPLOAD_CORRECTED = Command(
    "upload",
    "u",
    "upload",
    "Upload the corrected file for the dump's import: asks first",
    changes_things=True,
    footer=7,
)
EDIT_CORRECTED = Command(
    "edit",
    "E",
    "edit",
    "Open the saved rows in your editor ($VISUAL, $EDITOR), then offer to upload them",
    footer=6,
)
SAVE_ROWS = Command(
    "save_rows", "S", "save these", "Save the rows of this error as they are in the dump", footer=8
)
LEFT = Command("left", "left,h", "column left", "Show the column to the left")
RIGHT = Command("right", "right,l", "column right", "Show the column to the right", footer=4)
FIRST_COLUMN = Command("first_column", "0", "first column", "Go to the first column")
LAST_COLUMN = Command("last_column", "dollar_sign", "last column", "Go to the last column")

LAST_LIST = Command(
    "last_list", "minus", "last list", "Go back to the previous list, and from there to this one again"
)

KINDS = (PROCESSES, IMPORTS, EXPORTS, ACTIONS)
LISTS_BY_NAME = (*KINDS, RUNBOOKS, RUNS, DOWNLOADS, MODELS)
"""Commands that each open a list; ``-`` goes back to the list before."""
EVERYWHERE = (*LISTS_BY_NAME, LAST_LIST, COPY, REFRESH, LOG, DOCTOR, LOG_OUT, PALETTE, HELP, QUIT)
"""Commands that work on every screen."""
ON_DOCTOR = tuple(
    CHECK_AGAIN if command is REFRESH else command for command in EVERYWHERE if command is not DOCTOR
)
"""The same for the doctor, which checks again instead of refreshing."""
ON_A_FILE = tuple(READ_AGAIN if command is REFRESH else command for command in EVERYWHERE)
"""The same for a screen that shows a local file, which is read again without asking Anaplan."""
LISTS = (FILTER, SORT, REVERSE)
"""Commands that work on every table."""


def declared() -> tuple[Command, ...]:
    """Return every command declared here."""
    return tuple(value for value in globals().values() if isinstance(value, Command))


def meant_by(key: str) -> Command | None:
    """Return the first declared command that has this key on any screen."""
    return next((command for command in declared() if key in command.key_names), None)


MOVES = (
    ("↑ ↓  j k", "Move by a line"),
    ("PgUp PgDn", "Move by a page"),
    ("g G", "First and last line"),
)
"""Keys of every list, for the help; the list itself handles them."""
