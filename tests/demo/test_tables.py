"""Tables of a scenario file: an error also says what is allowed."""

from typing import Any, Literal

import pytest
from pydantic.dataclasses import dataclass

from anaplan_tui.demo.tables import AS_WRITTEN, BadTable, read


@dataclass(slots=True, config=AS_WRITTEN)
class Lamp:
    colour: Literal["red", "green"] = "red"
    seconds: float = 1.0
    count: int | None = 1

    def __post_init__(self) -> None:
        if self.seconds < 0:
            raise ValueError("seconds never go back")


def test_a_table_fills_what_it_names() -> None:
    assert read(Lamp, {}, "a lamp") == Lamp()
    assert read(Lamp, {"colour": "green", "seconds": 2, "count": None}, "a lamp") == Lamp("green", 2.0, None)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"shape": "round"}, "unknown key 'shape' of a lamp; there are colour, count, seconds"),
        ({"colour": "blue"}, "colour of a lamp: Input should be 'red' or 'green', not 'blue'"),
        ({"seconds": "1"}, "seconds of a lamp: Input should be a valid number, not '1'"),
        ({"count": True}, "count of a lamp: Input should be a valid integer, not True"),
        ({"seconds": -1.0}, "seconds never go back"),
        (3, "a lamp must be a table, not 3"),
    ],
)
def test_what_is_wrong_with_it_is_said(table: Any, said: str) -> None:
    with pytest.raises(BadTable) as refused:
        read(Lamp, table, "a lamp")
    assert str(refused.value) == said
