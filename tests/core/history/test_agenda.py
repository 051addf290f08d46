"""The order of requests: what somebody looks at first, and nothing starves."""

from datetime import UTC, datetime, timedelta

from anaplan_tui.api.client import TaskList
from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.api.schemas import ListedTask
from anaplan_tui.core.history.agenda import Agenda, Errand, Rank, errands_to_judge, first_targets

NOW = datetime(2026, 11, 22, 0, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = 24 * HOUR


def a_target(number: int) -> TargetRef:
    return TargetRef(ModelRef("w", "m"), Kind.PROCESS, str(number))


def an_errand(number: int, rank: Rank) -> Errand:
    return Errand(a_target(number), rank)


def a_task(task_id: str, age: timedelta | None, state: str = "COMPLETE") -> ListedTask:
    return ListedTask(task_id, state, None if age is None else NOW - age)


def test_what_somebody_looks_at_comes_first_and_nothing_starves() -> None:
    agenda = Agenda()
    agenda.add(an_errand(number, Rank.LIST) for number in range(100))
    agenda.add(an_errand(number, Rank.AGAIN) for number in range(100, 200))
    agenda.add([an_errand(5, Rank.LIST)])
    assert len(agenda) == 200
    agenda.prefer([an_errand(77, Rank.LIST).target])
    assert agenda.next().target.id == "77"
    ranks = [agenda.next().rank for _ in range(20)]
    assert ranks.count(Rank.LIST) == ranks.count(Rank.AGAIN) == 10


def test_opened_targets_go_first_then_those_of_this_hour_then_those_that_ran() -> None:
    opened, at_this_hour, an_hour_before, ran, never = map(a_target, range(5))
    starts = {
        ran: [NOW - 9 * DAY - 5 * HOUR],
        at_this_hour: [NOW - 3 * DAY],
        an_hour_before: [NOW - DAY - HOUR],
    }
    places = first_targets([opened], starts, NOW.hour)
    assert sorted(places, key=places.__getitem__) == [opened, at_this_hour, an_hour_before, ran]
    assert never not in places


def test_what_a_list_gives_to_judge() -> None:
    went_on = {"long": a_task("long", 30 * HOUR, "IN_PROGRESS"), "vanished": a_task("vanished", HOUR)}
    listed = TaskList(
        (
            a_task("live", timedelta(), "IN_PROGRESS"),
            a_task("newest", HOUR),
            a_task("judged", 2 * HOUR),
            a_task("second", 3 * HOUR),
            a_task("too old", 25 * HOUR),
            a_task("long", 30 * HOUR),
            a_task("undated", None),
        ),
        NOW,
    )
    errands = errands_to_judge(a_target(1), listed, {"judged": ""}, went_on, DAY, is_preferred=False)
    assert {errand.task_id: errand.rank for errand in errands} == {
        "newest": Rank.OTHER_NEWEST,
        "second": Rank.RUN,
        "long": Rank.RUN,
        "undated": Rank.UNDATED,
        "vanished": Rank.RUN,
    }
    (first, *_) = errands_to_judge(a_target(1), listed, {"judged": ""}, went_on, DAY, is_preferred=True)
    assert (first.task_id, first.rank) == ("newest", Rank.NEWEST)
