"""Handing a run over to the owner of its data: asks where the bundle goes, and says that it is there."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from anaplan_tui.core import text
from anaplan_tui.core.downloads.naming import safe_name
from anaplan_tui.core.snapshots import Phase, RunSnapshot
from anaplan_tui.ui.path_completion import free_name

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.ui.app import AnaplanApp

_NOTE = "What it came to, its errors, dumps and Anaplan's answer. No secrets, nothing of this machine."


def why_no_bundle(run: RunSnapshot) -> str:
    """Why there is nothing to hand over, as a sentence; empty when there is."""
    if run.live:
        return "This run still goes on; a bundle is made of what it came to."
    if run.phase is not Phase.ENDED:
        return "This run never ran; there is nothing to hand over."
    return ""


async def ask_and_hand_over(app: "AnaplanApp", desk: "Desk", run: RunSnapshot) -> None:
    """Ask where to, and write the bundle of a run that ended, with the dumps that are on disk.

    Raises:
        BundleFailed: see :meth:`Desk.hand_over`.
    """
    from anaplan_tui.ui.screens.save_as import save_as

    suggested = await asyncio.to_thread(_suggestion, desk, run)
    path = await app.push_screen_wait(
        save_as(f"Bundle '{run.name}' for the owner", suggested.parent, suggested.name, note=_NOTE)
    )
    if path is None:
        return
    app.say("Writing the bundle …")
    bundle = await desk.hand_over(run.run_id, path)
    beside = bundle.path.parent == desk.capture.folder(run)
    where = f"{bundle.path.name}, beside the dumps" if beside else text.home(bundle.path)
    app.say(f"✓ {text.plural(len(bundle.files), 'file')}, {text.size(bundle.bytes)}: {where}")


def _suggestion(desk: "Desk", run: RunSnapshot) -> Path:
    """Beside the run's dumps, where there are any."""
    folders = (desk.capture.folder(run), desk.capture.directory, Path.home())
    folder = next((folder for folder in folders if folder.is_dir()), Path.home())
    when = f" {run.started_at.astimezone():%Y-%m-%d %H-%M}" if run.started_at is not None else ""
    return free_name(folder / f"{safe_name(run.name, fallback='run', max_bytes=120)}{when}.zip")
