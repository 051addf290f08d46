"""Copying to the clipboard over SSH, by OSC 52 or tmux; claims no more than what was sent.

tmux drops a bare OSC 52 under its default ``set-clipboard external``, while ``tmux load-buffer -w -`` gets
through on every setting (measured with tmux 3.3a). Whether the outer terminal takes it cannot be known from
here.
"""

import asyncio
import os
from collections.abc import Callable

from anaplan_tui.children import environment

LIMIT = 74_994
"""Bytes; terminals drop an OSC 52 whose base64 is longer than 100,000."""

_TMUX_SECONDS = 3.0


async def send(text: str, write_osc52: Callable[[str], None]) -> str:
    """Send ``text`` towards the clipboard and return one line that says what was sent and how."""
    data = text.encode("utf-8", "replace")
    if len(data) > LIMIT:
        return f"Not sent: {len(data):,} bytes are more than terminals take ({LIMIT:,})."
    if os.environ.get("TMUX"):
        problem = await _tmux(data)
        if not problem:
            return f"Sent to tmux's buffer and your terminal: {text}"
        write_osc52(text)
        return f"tmux: {problem}; sent to your terminal (OSC 52): {text}"
    write_osc52(text)
    return f"Sent to your terminal (OSC 52): {text}"


async def _tmux(data: bytes) -> str:
    """Load tmux's buffer; return what went wrong, or an empty string."""
    try:
        process = await asyncio.create_subprocess_exec(
            "tmux",
            "load-buffer",
            "-w",
            "-",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment(),
        )
    except OSError as error:
        return error.strerror or "cannot be started"
    try:
        await asyncio.wait_for(process.communicate(data), _TMUX_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        return "did not answer"
    return "" if process.returncode == 0 else f"refused (exit {process.returncode})"
