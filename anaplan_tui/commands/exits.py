"""Exit codes of commands (README lists them), and the one place where an error becomes text on stderr."""

import asyncio
import io
import logging
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import click

from anaplan_tui.commands.saying import say
from anaplan_tui.config.paths import log_file
from anaplan_tui.core.snapshots import Phase, RunSnapshot
from anaplan_tui.core.verdict.exit_codes import exit_of
from anaplan_tui.trouble import Exit, Trouble

log = logging.getLogger(__name__)

_COMPLETING = "_ANAPLAN_TUI_COMPLETE"
"""The variable with which a shell asks click for completions."""


def of_run(run: RunSnapshot) -> Exit:
    """Return the exit code of a run that ended, was left running, or whose start is unknown."""
    if run.phase is Phase.UNKNOWN_START:
        return Exit.START_UNKNOWN
    return Exit.COMPLETED if run.verdict is None else exit_of(run.verdict)


def of_worst_verdict(runs: Iterable[RunSnapshot]) -> Exit:
    """Return the exit code of the worst run in a history: failed, unknown, cancelled, warnings, completed.

    Nobody repeats these runs because of the code, so a lost result is no worse than a failure here. For runs
    that the command itself started, see :func:`anaplan_tui.trouble.worst`.
    """
    order = (Exit.FAILED, Exit.NOT_REACHABLE, Exit.CANCELLED, Exit.WARNINGS)
    codes = {exit_of(run.verdict) for run in runs if run.verdict is not None}
    return next((code for code in order if code in codes), Exit.COMPLETED)


def of_error(error: BaseException) -> Exit | None:
    """Return the exit code of an error; ``None`` for a bug."""
    if isinstance(error, Trouble):
        return error.code
    return Exit.FILE if isinstance(error, OSError) else None


def of_what_was_read(runs: Iterable[RunSnapshot], error: BaseException | None) -> Exit:
    """Return the code of the worst run; if all went well, that of the ``error`` met while reading them."""
    code = of_worst_verdict(runs)
    if error is None or code is not Exit.COMPLETED:
        return code
    return of_error(error) or Exit.FAILED


def guarded(command: Callable[..., Any]) -> int:
    """Run a click command; every error ends as a line or two on stderr and a code, never as a traceback.

    A bug leaves a crash report (see ``crash``). With ``--log-level debug`` the traceback of every error goes
    into the log, without the values of its variables.
    """
    try:
        return _code_of(command)
    finally:
        _flush()


def _code_of(command: Callable[..., Any]) -> int:
    try:
        result = command(standalone_mode=False)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.Abort:
        with suppress(OSError):
            say("interrupted", err=True)
        return Exit.INTERRUPTED
    except click.ClickException as error:
        with suppress(OSError):
            _show(error)
        return Exit.USAGE
    # asyncio forgets an interrupt in the moment before its loop runs, and raises the cancellation instead.
    except (KeyboardInterrupt, asyncio.CancelledError):
        return Exit.INTERRUPTED
    except SystemExit as end:
        if _COMPLETING in os.environ:
            return Exit.COMPLETED if end.code in (None, 0) else Exit.USAGE
        # click exits with 1 when the reader of our output is gone; here 1 would mean a failed run.
        return Exit.FILE
    except Exception as error:
        code = of_error(error)
        # If stderr is gone too, only the code is left.
        with suppress(OSError):
            _tell(error, code)
        return Exit.BUG if code is None else code
    return int(result) if isinstance(result, int) else Exit.COMPLETED


def _show(error: click.ClickException) -> None:
    """Print click's message the way all messages are printed here."""
    said = io.StringIO()
    error.show(said)
    say(said.getvalue().rstrip("\n"), err=True)


def _flush() -> None:
    """Flush the output streams; if nobody reads them any more, drop the rest.

    Otherwise the interpreter would flush them at exit, fail, and replace our exit code with its own, 120.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is None:  # closed before the process started
            continue
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _words(error: Exception) -> str:
    """Return the message of one of our errors up to its command; of an OSError, with the file it is about."""
    if isinstance(error, Trouble):
        return error.before_command
    if type(error).__str__ is not OSError.__str__:
        return str(error)
    assert isinstance(error, OSError)  # noqa: S101  # only they have this __str__
    about = error.filename or "the output"
    return f"Cannot write {about}: {error.strerror or type(error).__name__}."


def _tell(error: Exception, code: Exit | None) -> None:
    if isinstance(error, ImportError):
        say(f"anaplan-tui: {error}", err=True)
        say("The installation is not whole; install anaplan-tui again.", err=True)
    elif code is None:
        from anaplan_tui.crash import tell

        say(tell(error), err=True)
        if logging.getLogger("anaplan_tui").isEnabledFor(logging.DEBUG):
            say(f"Its traceback is in {log_file()}", err=True)
    else:
        command = error.command if isinstance(error, Trouble) else ""
        say(f"anaplan-tui: {_words(error)}", command, err=True)
        begins = getattr(error, "first_bytes", "")
        if begins:
            say(f"It begins: {begins}", err=True)
    if logging.getLogger("anaplan_tui").isEnabledFor(logging.DEBUG):
        log.debug("traceback", exc_info=error)
