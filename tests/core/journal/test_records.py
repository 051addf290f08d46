"""Actions as the journal stores them: complete when read back, and no crash whatever is stored."""

from datetime import UTC
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from anaplan_tui.core.journal.records import dump_actions, load_actions
from anaplan_tui.core.snapshots import (
    Action,
    Counts,
    Dump,
    Message,
    Step,
    Unit,
    Verdict,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SECONDS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
TIMES = st.none() | st.datetimes(timezones=st.just(UTC))
ACTIONS = st.builds(
    Action,
    id=TEXT,
    name=TEXT,
    kind=TEXT,
    step=st.sampled_from(Step),
    verdict=st.none() | st.sampled_from(Verdict),
    reason=TEXT,
    counts=st.builds(Counts, ok=st.none() | st.integers(), failed=st.none() | st.integers()),
    messages=st.lists(
        st.builds(
            Message,
            type=TEXT,
            text=TEXT,
            occurrences=st.integers(),
            values=st.lists(st.tuples(TEXT, st.none() | TEXT), max_size=3).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
    dump=st.builds(Dump, available=st.booleans(), path=st.none() | TEXT.map(Path), error=st.none() | TEXT),
    started_at=TIMES,
    duration_s=SECONDS,
    data_source_id=st.none() | TEXT,
)


@given(st.lists(ACTIONS, max_size=3).map(tuple))
def test_actions_survive_their_way_through_json(actions: tuple[Action, ...]) -> None:
    assert load_actions(dump_actions(actions)) == actions


def test_actions_that_were_written_down_before_there_were_units_counted_rows() -> None:
    """As version 0.1 wrote them."""
    text = (
        '[{"id":"112","name":"Sales","kind":"import","step":"ended","verdict":"completed","reason":"",'
        '"counts":{"ok":90,"warnings":0,"failed":0,"ignored":5,"total":95},"messages":[],"dump":{}}]'
    )
    (action,) = load_actions(text)
    assert action.tallies == (Counts(90, 0, 0, 5, 95, unit=Unit.ROWS),)


@given(st.text(max_size=50) | st.none())
def test_any_text_in_place_of_actions_is_no_crash(text: str | None) -> None:
    assert isinstance(load_actions(text), tuple)
