"""The pictures fetch and run nothing, are small enough to look at, and match the names in the README."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "screenshots"
PICTURES = sorted(FOLDER.glob("*.svg"))
MOST_BYTES = 500_000
_LINK = re.compile(r"\{http://www\.w3\.org/[^}]*\}href|href|src")


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.stem)
def test_a_picture_shows_itself(picture: Path) -> None:
    text = picture.read_text("utf-8")
    assert len(text.encode()) < MOST_BYTES
    assert "url(" not in text
    assert "@import" not in text
    for element in ET.fromstring(text).iter():  # noqa: S314  # made here
        assert not element.tag.endswith("script")
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert not _LINK.fullmatch(name) or value.startswith("#")


def test_the_film_shows_each_frame_in_turn() -> None:
    text = (FOLDER / "main-job.svg").read_text("utf-8")
    moves = re.findall(r"([\d.]+)%\{transform:translateX\((-?[\d.]+)px\)\}", text)
    times, places = [float(at) for at, _ in moves], [float(x) for _, x in moves]
    assert len(moves) > 10
    assert times == sorted(times)
    assert times[0] == 0
    assert times[-1] < 100
    assert places == sorted(places, reverse=True)
    assert text.count("<use ") > len(moves)


def test_the_asciicast_is_one() -> None:
    head, *events = [json.loads(line) for line in (FOLDER / "main-job.cast").read_text("utf-8").splitlines()]
    assert (head["version"], head["width"], head["height"]) == (2, 80, 24)
    assert [at for at, _, _ in events] == sorted(at for at, _, _ in events)
    assert {kind for _, kind, _ in events} == {"m", "o"}
    assert "all 2 actions completed" in "".join(data for _, kind, data in events if kind == "o")


def test_the_readmes_pictures_are_there() -> None:
    named = re.findall(r"!\[[^\]]+\]\((screenshots/[^)]+)\)", (ROOT / "README.md").read_text("utf-8"))
    assert len(named) >= 2
    assert not [name for name in named if not (ROOT / name).is_file()]
