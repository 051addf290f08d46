"""Opens a file in the operator's editor: it gets the terminal, and the app is suspended until it ends."""

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from textual.app import App, SuspendNotSupported

from anaplan_tui.api.clean import clean
from anaplan_tui.children import environment
from anaplan_tui.trouble import Trouble


class NoEditor(Trouble):
    """The file was not edited; the message says why."""


def editor_command(variables: Mapping[str, str] = os.environ) -> list[str]:
    """Return ``$VISUAL``, ``$EDITOR`` or ``vi``, with its options.

    Raises:
        NoEditor: the variable cannot be read as a shell command.
    """
    wanted = variables.get("VISUAL", "").strip() or variables.get("EDITOR", "").strip() or "vi"
    try:
        return shlex.split(wanted)
    except ValueError as error:
        raise NoEditor(f"The editor {clean(wanted)!r} cannot be read as a command: {error}.") from error


def edit(app: App[None], path: Path) -> None:
    """Open ``path`` in the editor; return when it has ended and the app has its terminal again.

    Blocks. Call it on the app's own thread, so that neither keys nor paint come in between.

    Raises:
        NoEditor: it cannot be started, it failed, or the terminal cannot be lent.
    """
    command = [*editor_command(), str(path)]
    try:
        with app.suspend(), _signals_of_the_editor():
            ended = subprocess.run(command, check=False, env=environment()).returncode
    except SuspendNotSupported:
        raise NoEditor("This terminal cannot be given to an editor.") from None
    except OSError as error:
        raise NoEditor(
            f"The editor {clean(command[0])!r} cannot be started: {error.strerror}. Set VISUAL or EDITOR."
        ) from error
    finally:
        app.refresh(layout=True)
    if ended:
        raise NoEditor(f"The editor {clean(command[0])!r} ended with {ended}; nothing was uploaded.")


@contextmanager
def _signals_of_the_editor() -> Iterator[None]:
    """Leave Ctrl-C to the editor; let Ctrl-Z stop both of us, and ``fg`` continue both."""
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, _ignored),
        signal.SIGTSTP: signal.signal(signal.SIGTSTP, signal.SIG_DFL),
        signal.SIGCONT: signal.signal(signal.SIGCONT, signal.SIG_DFL),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignored(_number: int, _frame: FrameType | None) -> None:
    """Do nothing; unlike ``SIG_IGN``, the editor does not inherit a handler."""
