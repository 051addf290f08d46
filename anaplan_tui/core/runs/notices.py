"""Notify the operator that a watched run ended: by ``notify_command``, or by a terminal's desktop notice."""

import asyncio
import contextlib
import logging
import os
import signal
import tempfile
from collections.abc import Sequence
from typing import Literal

from anaplan_tui.api.clean import clean
from anaplan_tui.children import environment
from anaplan_tui.config.needed_secret import Secret
from anaplan_tui.core.run_document import run_document, to_json
from anaplan_tui.core.snapshots import RunSnapshot
from anaplan_tui.core.text import run_mark

log = logging.getLogger(__name__)

TIMEOUT_S = 30.0
_SAID_BYTES = 500
_TITLE_LIMIT = 80
_BODY_LIMIT = 200
_ESC, _END = "\x1b", "\x1b\\"


class Notices:
    """Calls the operator's command for each run that ends, without waiting for it before :meth:`aclose`."""

    def __init__(self, command: Sequence[str] | None) -> None:
        self._command = command
        self._going: set[asyncio.Task[bool]] = set()

    def run_ended(self, run: RunSnapshot) -> None:
        """Start the command for a run that ended, if one is configured."""
        if self._command:
            notice = asyncio.create_task(run_notify_command(self._command, run))
            self._going.add(notice)
            notice.add_done_callback(self._going.discard)

    async def aclose(self) -> None:
        """Wait for the commands under way."""
        await asyncio.gather(*self._going)


async def run_notify_command(
    command: Sequence[str], run: RunSnapshot, *, timeout_s: float = TIMEOUT_S
) -> bool:
    """Run ``notify_command`` with the run's JSON document on stdin; say whether it exited with 0.

    No shell is involved, and the command's environment has none of our secrets. After ``timeout_s`` the
    command is killed with everything it started. Its failures never raise; they only go to the log.
    """
    document = (to_json(run_document(run)) + "\n").encode()
    with tempfile.TemporaryFile() as said:
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                # A file, not a pipe: a process that the command leaves running may hold a pipe open for ever.
                stderr=said,
                start_new_session=True,
                env=environment(without=(secret.variable for secret in Secret)),
            )
        except (OSError, ValueError) as error:
            log.warning("notify_command was not started: %s", error)
            return False
        try:
            async with asyncio.timeout(timeout_s):
                await process.communicate(document)
        except TimeoutError:
            log.warning("notify_command took longer than %g s and was ended", timeout_s)
            return False
        finally:
            await _end(process)
        if process.returncode != 0:
            said.seek(0)
            words = clean(said.read(_SAID_BYTES).decode(errors="replace").strip())
            log.warning("notify_command ended with %s: %s", process.returncode, words or "it said nothing")
        return process.returncode == 0


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def words_for(run: RunSnapshot) -> tuple[str, str]:
    """Return title and body of a notice about a run that ended: ``Nightly load: failed``, and the reason."""
    return f"{run.name}: {run_mark(run)[1]}", run.reason


def osc_notice(kind: Literal["9", "777"], title: str, body: str, *, tmux: bool = False) -> str:
    """Return the escape sequence that makes a terminal show a desktop notice.

    OSC 9 (iTerm2, Windows Terminal, kitty) has one text, OSC 777 (urxvt, foot, Ghostty) a title and a body.
    The texts are foreign, so control characters and anything that would end the sequence are removed.
    A semicolon separates fields, and ``9;4;`` draws a progress bar in some terminals; it becomes a comma.

    Args:
        tmux: wrap it for the terminal around tmux; tmux passes it on where ``allow-passthrough`` is on.
    """
    title, body = _field(title, _TITLE_LIMIT), _field(body, _BODY_LIMIT)
    text = f"{title}: {body}" if body else title
    sequence = f"{_ESC}]9;{text}{_END}" if kind == "9" else f"{_ESC}]777;notify;{title};{body}{_END}"
    return f"{_ESC}Ptmux;{sequence.replace(_ESC, _ESC * 2)}{_END}" if tmux else sequence


def _field(text: str, limit: int) -> str:
    return clean(text, limit=limit).replace(";", ",")
