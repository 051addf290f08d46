"""Keys that come faster than screens open, and jobs that open something at the same time.

On Python 3.12 and newer a worker begins at once, before 3.12 a turn of the loop later; these tests must not
depend on it.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from textual import events
from textual.keys import _character_to_key
from textual.screen import Screen
from textual.widgets import Input

from anaplan_tui.api.refs import Kind
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.screens.catalog import CatalogScreen
from anaplan_tui.ui.screens.dialog import Answer, Question
from anaplan_tui.ui.screens.help import HelpScreen
from anaplan_tui.ui.screens.process import ProcessScreen
from anaplan_tui.ui.screens.run.confirm import ConfirmRun
from anaplan_tui.ui.screens.run.screen import RunScreen
from anaplan_tui.ui.screens.runs import RunsScreen
from anaplan_tui.ui.screens.save_as import PathDialog
from anaplan_tui.ui.terminal import key_queue
from anaplan_tui.ui.terminal.key_queue import KeyQueue
from tests.support.apps import Open, Opened, until

NAMES = {"\r": "enter", "\x1b": "escape"}


async def burst(opened: Opened, keys: str) -> None:
    """Post all keys at once, as one packet brings them."""
    for key in keys:
        opened.app.post_message(events.Key(NAMES.get(key) or _character_to_key(key), key))
    await opened.pause()


async def the_list_stands(opened: Opened) -> None:
    """Wait for the list: an Enter ahead of it is forgotten at the next key, which is not tested here."""
    await opened.shows("Employees refresh")
    await opened.shows("model idle")


def stack(opened: Opened) -> list[type[Screen[Any]]]:
    return [type(screen) for screen in opened.app.screen_stack]


async def opens(opened: Opened, *screens: type[Screen[Any]]) -> None:
    """Wait until these screens are stacked above home."""
    wanted = [CatalogScreen, *screens]
    await until(opened.pilot, lambda: stack(opened) == wanted, f"{wanted}, not {stack(opened)}")


@pytest.mark.parametrize(
    ("keys", "screens"),
    [
        ("/month end\rr", (ProcessScreen, ConfirmRun)),
        ("/month end\rr\x1b", (ProcessScreen,)),
        ("/month end\rr\x1b\x1b", ()),
        ("/month end\r?", (ProcessScreen, HelpScreen)),
        ("/month end\rt\x1br", (ProcessScreen, ConfirmRun)),
        ("t?\x1b\x1b?", (HelpScreen,)),
    ],
)
async def test_each_key_acts_on_the_screen_that_the_one_before_it_left(
    open_app: Open, keys: str, screens: tuple[type[Screen[Any]], ...]
) -> None:
    async with open_app() as opened:
        await the_list_stands(opened)
        await burst(opened, keys)
        await opens(opened, *screens)


async def test_no_question_is_left_under_another_screen(open_app: Open, tenant: DemoServer) -> None:
    async with open_app() as opened:
        await the_list_stands(opened)
        await burst(opened, "/month end\rr")
        await opened.shows("Don't run")
        await opened.press("escape", "escape")
        await opens(opened)
        await opened.press("y")
        assert tenant.log.count("POST", "*/tasks") == 0


async def test_a_key_behind_one_that_opens_a_remembered_run_is_for_that_run(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.run_process("month end")
        await opened.press("t")
        await opens(opened, ProcessScreen, RunScreen, RunsScreen)
        await opened.press("escape", "escape")
        await opened.press("t")
        await opens(opened, ProcessScreen, RunsScreen)
        await opened.shows("· 1 here")
        await burst(opened, "\r?")
        await opens(opened, ProcessScreen, RunsScreen, RunScreen, HelpScreen)


async def test_letters_behind_the_key_for_a_path_are_typed_into_it(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.run_process("month end")
        await burst(opened, "b for Ann")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, PathDialog), "the path")
        field = opened.app.screen.query_one(Input)
        await until(opened.pilot, lambda: field.value.endswith(".zip for Ann"), "the letters")


async def test_a_question_that_took_its_time_does_not_follow_to_another_screen(
    open_app: Open, tenant: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_queue, "HOLD_S", 0.5)  # the next key is not held for it
    async with open_app() as opened:
        await opened.open_process("month end")
        here = opened.app.screen
        let_go = asyncio.Event()

        async def slowly(request: Any) -> None:
            await let_go.wait()
            await request.ask(Question("Sure?", (), (Answer("No", "no", "n"),)))

        assert opened.app.jobs is not None
        opened.app.jobs.spawner.spawn_request(slowly, "slow")
        await opened.press("t")
        await opened.shows("Runs since")
        assert opened.app.screen is not here
        let_go.set()
        await opened.shows("You went on before it could be asked")
        assert stack(opened) == [CatalogScreen, ProcessScreen, RunsScreen]


async def test_a_run_that_begins_while_a_dialog_is_open_waits_for_its_end(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.open_process("month end")
        await opened.press("question_mark")
        item = (await opened.desk.catalog(Kind.PROCESS))[0]
        assert opened.app.jobs is not None
        opened.app.jobs.runs.run(item)
        await until(opened.pilot, lambda: bool(opened.desk.store.runs), "the run")
        await until(opened.pilot, lambda: not opened.desk.store.runs[0].live, "its end")
        assert isinstance(opened.app.screen, HelpScreen)
        await opened.press("escape")
        await opens(opened, ProcessScreen, RunScreen)


async def test_two_questions_by_themselves_come_one_after_the_other(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("model idle")
        said: list[str] = []

        async def ask(title: str) -> None:
            said.append(
                await (await opened.app.navigation.ask(Question(title, (), (Answer("No", title, "n"),))))
            )

        async with asyncio.TaskGroup() as asking:
            asking.create_task(ask("one"))
            asking.create_task(ask("two"))
            for title in ("one", "two"):
                await until(opened.pilot, lambda: len(opened.app.screen_stack) == 2, "a question")
                await opened.shows(title)
                await opened.press("n")
        assert said == ["one", "two"]


async def test_a_screen_that_is_closed_late_closes_none_but_itself(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.open_process("month end")
        dialog = Question[str]("Sure?", (), (Answer("No", "no", "n"),))
        await opened.app.push_screen(dialog)
        dialog.dismiss("no")
        dialog.dismiss("no")
        await opened.pause()
        assert stack(opened) == [CatalogScreen, ProcessScreen]


async def test_a_screen_whose_content_is_slow_gets_the_key_all_the_same(
    open_app: Open, tenant: DemoServer
) -> None:
    tenant.faults.add(Fault("GET */processes/*", "delay", seconds=0.3, count=None))
    async with open_app() as opened:
        await the_list_stands(opened)
        await burst(opened, "/month end\rr")
        await opens(opened, ProcessScreen, ConfirmRun)


class Given:
    """A queue of keys on the running loop, and a record of its output."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.queue = KeyQueue(self._later, self._give)
        self._tasks: set[asyncio.Task[None]] = set()
        self._grew = asyncio.Event()

    def put(self, *keys: str) -> None:
        for key in keys:
            self.queue.put(events.Key(key, key))

    def _later(self, callback: Callable[[], Any]) -> None:
        task = asyncio.get_running_loop().create_task(callback())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _give(self, event: events.Event) -> None:
        assert isinstance(event, events.Key)
        self._add(f"{event.key} begins")
        self._later(self._follow)

    async def _follow(self) -> None:
        """Do a key's work, which takes some turns of the loop after the key was handed out."""
        for _ in range(20):
            await asyncio.sleep(0)
        self._add("ends")

    def _add(self, what: str) -> None:
        self.keys.append(what)
        self._grew.set()

    async def came(self, number: int) -> None:
        async with asyncio.timeout(60):
            while len(self.keys) < number:
                self._grew.clear()
                await self._grew.wait()


async def test_a_key_waits_for_all_that_the_one_before_it_sets_off() -> None:
    given = Given()
    given.put("a", "b", "c")
    await given.came(6)
    assert given.keys == ["a begins", "ends", "b begins", "ends", "c begins", "ends"]


async def test_what_is_held_comes_when_it_is_released_and_never_much_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(key_queue, "HOLD_S", 0.5)
    given = Given()
    hold = given.queue.hold()
    given.put("a")
    for _ in range(300):
        await asyncio.sleep(0)
    assert given.keys == []
    hold.release()
    await given.came(2)

    given.queue.hold()
    given.put("b")
    await given.came(4)


async def test_a_loop_that_is_never_idle_still_hands_out_keys() -> None:
    given = Given()
    loop = asyncio.get_running_loop()
    busy = True

    def again() -> None:
        if busy:
            loop.call_soon(again)

    again()
    given.put("a", "b")
    await given.came(4)
    busy = False
