"""The table of a run's actions: numbers are complete, names get the remaining width."""

from dataclasses import replace

import pytest

from anaplan_tui.core.snapshots import Action, Counts, RunSnapshot, Unit, Verdict
from anaplan_tui.core.text import short_count
from anaplan_tui.ui.screens.run.columns import widths_for
from tests.support.apps import Open, Opened, until
from tests.support.values import FAILED, LIVE


def with_counts(*counts: Counts) -> tuple[Action, ...]:
    return tuple(
        replace(FAILED.actions[at], verdict=Verdict.WARNINGS, counts=found) for at, found in enumerate(counts)
    )


HUGE = with_counts(Counts(2_400_000, 0, 1_566_977, 12, 3_966_989), Counts(480, 7, 13, 0, 500))
LARGEST = with_counts(Counts(12_400_000, 3_456_789, 11_566_977, 1_234_567))


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
@pytest.mark.parametrize(
    ("actions", "numbers"),
    [(HUGE, ("2,400,000", "1,566,977", "480", "13")), (FAILED.actions, ("4,000", "1,234", "77"))],
    ids=["huge", "plain"],
)
async def test_no_number_is_cut(
    open_app: Open, size: tuple[int, int], actions: tuple[Action, ...], numbers: tuple[str, ...]
) -> None:
    async with open_app(size=size) as opened:
        await show(opened, replace(FAILED, actions=actions))
        head, *rows = opened.text[opened.text.index("ACTION") :].splitlines()[: len(actions) + 1]
        table = "\n".join(row[: head.index("TIME") + 4 if "TIME" in head else None] for row in rows)
        for number in numbers:
            assert f" {number} " in table
        assert ("WARN" in head) is (actions is HUGE)


async def test_the_warnings_have_a_column_where_there_are_any(open_app: Open) -> None:
    async with open_app(size=(80, 24)) as opened:
        await show(opened, replace(FAILED, actions=HUGE))
        row = next(line for line in opened.text.splitlines() if " 480 " in line)
        assert row.split("480")[1].split()[:3] == ["7", "13", "0"]


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_what_the_numbers_count_has_a_column_where_it_is_not_only_rows(
    open_app: Open, size: tuple[int, int]
) -> None:
    rows, cells, people = with_counts(
        Counts(ok=90, failed=5, total=95),
        Counts(ok=3866, failed=134, ignored=20, unit=Unit.CELLS),
        Counts(ok=17, invalid=3, unit=Unit.USERS),
    )
    cells = replace(cells, more_counts=(Counts(ok=4, unit=Unit.ITEMS),))
    async with open_app(size=size) as opened:
        await show(opened, replace(FAILED, actions=(rows, cells, people)))
        head, *lines = (line.split() for line in opened.text[opened.text.index("ACTION") :].splitlines()[:4])
        assert head[head.index("OK") :][:5] == ["OK", "REJ.", "INV.", "IGN.", "OF"]
        units = [next(word for word in line if word in ("rows", "cells+", "users")) for line in lines]
        assert units == ["rows", "cells+", "users"]
        await show(opened, replace(FAILED, run_id="rows", actions=(rows,)))
        assert not {"OF", "INV."} & set(opened.text.split())


async def test_numbers_without_room_are_rounded_not_cut(open_app: Open) -> None:
    async with open_app(size=(80, 24)) as opened:
        await show(opened, replace(FAILED, actions=LARGEST))
        row = next(line for line in opened.text.splitlines() if "12.4 M" in line)
        assert "3.46 M" in row
        assert "11.6 M" in row
        assert "1.23 M" in row


async def test_a_name_is_not_cut_where_the_panel_beside_it_has_room(open_app: Open) -> None:
    name = "Products from products.csv"
    items, cells = with_counts(
        Counts(ok=90, failed=5, unit=Unit.ITEMS), Counts(ok=4000, failed=1234, unit=Unit.CELLS)
    )
    async with open_app(size=(120, 40)) as opened:
        await show(opened, replace(FAILED, actions=(replace(items, name=name), cells)))
        table = opened.text[opened.text.index("ACTION") :].splitlines()
        assert table[1].split("  ")[1].strip() == name
        assert "items" in table[1]


@pytest.mark.parametrize(("width", "kind"), [(120 - 36, 6), (80, 0), (200, 6)])
def test_kinds_have_a_column_where_the_names_keep_their_room(width: int, kind: int) -> None:
    assert widths_for(FAILED.actions, width).kind == kind


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (None, "–"),
        (0, "0"),
        (9_999, "9,999"),
        (12_345, "12.3 k"),
        (234_567, "235 k"),
        (999_600, "1.00 M"),
        (2_400_000, "2.40 M"),
        (1_566_977, "1.57 M"),
        (123_456_789, "123 M"),
        (10**15, "1000 T"),
    ],
)
def test_short_counts_have_three_digits_and_a_letter(number: int | None, said: str) -> None:
    assert short_count(number) == said


async def test_the_way_back_is_in_the_footer_of_a_small_screen(open_app: Open) -> None:
    async with open_app(size=(80, 24)) as opened:
        for run in (FAILED, LIVE):
            await show(opened, run)
            footer = opened.text.splitlines()[-1]
            assert "esc back" in footer
            assert "? help" in footer
            assert "q quit" in footer


async def show(opened: Opened, run: RunSnapshot) -> None:
    await until(opened.pilot, lambda: opened.app.desk is not None, "the desk")
    opened.desk.store.put_run(run)
    await opened.app.open_run(run.run_id)
    await opened.shows("ACTION")


async def test_names_go_before_times_and_units_on_a_narrow_screen(open_app: Open) -> None:
    mixed = with_counts(
        Counts(90, 0, 0, ignored=5), Counts(4000, 0, 1234, unit=Unit.CELLS), Counts(10, 0, 77, ignored=3)
    )
    async with open_app(size=(60, 15)) as opened:
        await show(opened, replace(FAILED, actions=mixed))
        head, *rows = opened.text[opened.text.index("ACTION") :].splitlines()[:4]
        assert not {"TIME", "OF"} & set(head.split())
        assert all(len(row.split()[1]) >= 8 for row in rows[:1])
        assert "4,000" in "".join(rows)
