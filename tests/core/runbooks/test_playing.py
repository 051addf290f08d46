"""Playing with a desk's parts: the report at the start, what is sent again, what a made runbook needs."""

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from anaplan_tui.core.desk import Desk
from anaplan_tui.core.play import Course, Play, Stage
from anaplan_tui.core.runbooks import placeholders
from anaplan_tui.core.runbooks.plan import Score
from anaplan_tui.core.runbooks.playing import StepsChanged
from anaplan_tui.core.runbooks.reading import parse
from anaplan_tui.core.runbooks.steps import Runbook, RunProcess, Upload
from anaplan_tui.core.snapshots import RunSnapshot, Verdict
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import Desks

HEAD = "Region,Month,Target\n"
LOAD = RunProcess(run="Regional targets load")


def score(folder: Path, *steps: RunProcess | Upload) -> Score:
    return Score("on the spot", "On the spot", Runbook(step=steps), folder)


async def test_a_runbook_made_on_the_spot_is_live_in_the_store(desk: Desk, tmp_path: Path) -> None:
    item = await desk.find("Nightly purge")
    plan = await desk.planner.plan(score(tmp_path, RunProcess(run=placeholders.escape(item.id))))
    seen: list[Play] = []
    desk.store.subscribe(lambda snapshot: seen.append(snapshot) if isinstance(snapshot, Play) else None)
    played = await desk.player.play(plan)
    assert next(play.steps[0].stage for play in seen) is Stage.WAITING
    assert any(play.steps[0].stage is Stage.PLAYING and play.steps[0].run_id for play in seen)
    assert (played.course, played.verdict, played.steps[0].target) == (
        Course.ENDED,
        Verdict.COMPLETED,
        "Nightly purge",
    )
    record = await desk.player.last("on the spot")
    assert record is not None
    assert replace(record.play, began=None, ended=None) == replace(played, began=None, ended=None)


async def test_a_start_says_locale_and_the_import_of_a_parameter(
    desk: Desk, server: DemoServer, tmp_path: Path
) -> None:
    text = (
        'locale = "en_GB"\n[[step]]\nrun = "Nightly load"\n[step.parameters]\nVersion = "Actual"\n'
        '"Sales from sales.csv" = { Time = "Jan 27" }\n'
    )
    plan = await desk.planner.plan(Score("k", "k", parse(text, "k"), tmp_path))
    (step,) = plan.steps
    sales = await desk.find("Nightly load")
    (action,) = [a for a in await desk.finder.plan(sales) if a.name == "Sales from sales.csv"]
    assert step.parameters == (("Version", "Actual"),)
    assert step.of_imports == ((action.id, "Time", "Jan 27"),)
    assert step.locale == "en_GB"


async def test_a_corrected_source_is_sent_again_only_where_a_step_that_is_left_reads_it(
    desks: Desks, server: DemoServer, tmp_path: Path
) -> None:
    desk = await desks.ready()
    source = tmp_path / "in.csv"
    source.write_text(f"{HEAD}Nowhere,Jan 26,1\n")
    upload = Upload.model_validate({"upload": "targets.csv", "from": str(source)})
    wanted = score(tmp_path, upload, LOAD)
    stopped = await desk.player.play(await desk.planner.plan(wanted))
    assert (stopped.course, stopped.steps[1].verdict) == (Course.STOPPED, Verdict.FAILED)
    puts = server.log.count("PUT", "*")
    record = await desk.player.last(wanted.key)
    assert record is not None
    still = await desk.player.resume(await desk.planner.plan(wanted, earlier=record.play), record)
    assert (still.steps[1].verdict, server.log.count("PUT", "*")) == (Verdict.FAILED, puts)
    source.write_text(f"{HEAD}North,Jan 26,1\n")
    record = await desk.player.last(wanted.key)
    assert record is not None
    good = await desk.player.resume(await desk.planner.plan(wanted, earlier=record.play), record)
    assert (good.course, good.verdict) == (Course.ENDED, Verdict.COMPLETED)
    assert server.log.count("PUT", "*") > puts


async def test_a_step_that_was_played_must_not_become_another(desk: Desk, tmp_path: Path) -> None:
    fails = RunProcess(run="Nightly load")
    wanted = score(tmp_path, RunProcess(run="Nightly purge"), fails)
    await desk.player.play(await desk.planner.plan(wanted))
    record = await desk.player.last(wanted.key)
    assert record is not None
    other = score(tmp_path, RunProcess(run="Region order"), fails)
    with pytest.raises(StepsChanged, match="Step 1"):
        await desk.player.resume(await desk.planner.plan(other, earlier=record.play), record)


async def test_the_end_of_a_play_is_written_down_before_the_desk_is_closed(
    desks: Desks, server: DemoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.clock.speed = 0.1
    desk = await desks.ready()
    write, close = desk.journal.plays.put_course, desk.journal.close
    order: list[str] = []
    begun, goes_on = threading.Event(), threading.Event()

    def late(play: Play) -> None:
        begun.set()
        goes_on.wait()  # a slow disk
        write(play)
        order.append("play over")

    def closed() -> None:
        order.append("closed")
        close()

    monkeypatch.setattr(desk.journal.plays, "put_course", late)
    monkeypatch.setattr(desk.journal, "close", closed)
    wanted = score(tmp_path, LOAD)
    is_started = asyncio.Event()
    desk.store.subscribe(
        lambda shown: is_started.set() if isinstance(shown, RunSnapshot) and shown.task_id else None
    )
    playing = asyncio.create_task(desk.player.play(await desk.planner.plan(wanted)))
    await is_started.wait()
    playing.cancel()
    await asyncio.to_thread(begun.wait)
    playing.cancel()  # and now the waiter for its end
    await asyncio.wait({playing})
    assert playing.cancelled()
    closing = asyncio.create_task(desks.close(desk))
    await asyncio.wait({closing}, timeout=0.2)
    goes_on.set()
    await closing
    assert order == ["play over", "closed"]
    record = await (await desks.ready()).player.last(wanted.key)
    assert record is not None
    assert record.play.course is Course.STOPPED
