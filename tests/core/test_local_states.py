"""Errors of local state are not answers of the service, whose 404s mean something else."""

from pathlib import Path

import pytest

from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.core.finding.chosen import NoModel
from anaplan_tui.core.runs.driver import NoTask
from anaplan_tui.core.store import UnknownRun
from anaplan_tui.trouble import Exit, Trouble
from tests.support.desks import Desks


async def test_nothing_of_it_is_taken_for_an_answer_of_the_service(desks: Desks, tmp_path: Path) -> None:
    desk = desks.open()
    found: list[Trouble] = []
    with pytest.raises(NoModel) as no_model:
        await desk.model_state()
    found.append(no_model.value)
    with pytest.raises(NoTask) as no_task:
        await desk.runs.cancel("none")
    found.append(no_task.value)
    with pytest.raises(UnknownRun) as unknown:
        await desk.runs.resume("none")
    found.append(unknown.value)
    with pytest.raises(UnknownRun) as unknown:
        await desk.hand_over("none", tmp_path / "bundle.zip")
    found.append(unknown.value)
    assert not any(isinstance(error, AnaplanError) for error in found)
    assert {error.code for error in found} == {Exit.NOT_FOUND}
    assert [str(error) for error in found] == [
        "No model is chosen.",
        "Cannot cancel the run: it has no task yet.",
        "Cannot resume the run: the journal does not know it.",
        "Cannot write the bundle: the run is not known.",
    ]
