"""The journal's memory of a profile's runs, and what follows from it."""

from dataclasses import replace
from datetime import timedelta

from anaplan_tui.core.catalog import CatalogItem
from tests.support.desks import Desks
from tests.support.journals import NOON, TARGET, ended, intent, run_to_end


async def test_a_profile_is_new_until_something_was_run_or_opened_from_here(desks: Desks) -> None:
    desk = await desks.ready()
    assert await desk.remembered.is_new_here()
    desk.journal.intend(intent(profile=desk.profile.name))
    assert not await desk.remembered.is_new_here()


async def test_a_profile_that_only_opened_something_is_new_no_more(desks: Desks) -> None:
    desk = await desks.ready()
    await desk.chosen.remember_opened(CatalogItem(replace(TARGET, model=desk.chosen.model.ref), "Nightly"))
    assert not await desk.remembered.is_new_here()


async def test_what_ran_on_the_host_before_is_left_alone(desks: Desks) -> None:
    desk = desks.open()
    here = replace(intent("here", profile=desk.profile.name), host=desk.profile.api_url)
    desk.journal.intend(here)
    desk.journal.intend(replace(here, run_id="there", host="https://api.anaplan.com"))
    assert [run.run_id for run in await desk.remembered.unfinished()] == ["here"]


async def test_only_a_later_run_from_here_of_the_same_target_ran_since(desks: Desks) -> None:
    desk = desks.open()
    run_to_end(desk.journal, "r1")
    first = ended("r1")
    assert not await desk.remembered.was_run_since(first), "it is itself the last run"
    run_to_end(desk.journal, "r2", replace(TARGET, id="118000000002"), started_at=NOON + timedelta(hours=1))
    assert not await desk.remembered.was_run_since(first), "another target"
    run_to_end(desk.journal, "r3", started_at=NOON + timedelta(hours=1))
    assert await desk.remembered.was_run_since(first)
    assert not await desk.remembered.was_run_since(ended("r3", started_at=NOON + timedelta(hours=1)))


async def test_a_run_is_recalled_into_the_store_unless_that_has_a_newer_one(desks: Desks) -> None:
    desk = desks.open()
    run_to_end(desk.journal, "r1")
    recalled = await desk.remembered.recall("r1")
    assert recalled is not None
    assert desk.store.run("r1") == recalled
    newer = replace(recalled, reason="newer")
    desk.store.put_run(newer)
    assert await desk.remembered.recall("r1") == newer
    assert await desk.remembered.recall("nobody's") is None
