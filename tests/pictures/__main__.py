"""Regenerates all pictures, or those of some stories: ``python -m tests.pictures [STORY…]``."""

import sys

from tests.pictures import stories
from tests.pictures.stage import FOLDER, NARROW, OTHERS, WIDE

STORIES = {
    story.__name__: story
    for story in (
        stories.job,
        stories.night,
        stories.commands,
        stories.correction,
        stories.plays,
        stories.downloads,
        stories.sign_in,
    )
}


def main(wanted: list[str]) -> None:
    """Play every story at both sizes, and the main screens in every other look."""
    FOLDER.mkdir(exist_ok=True)
    if not wanted:
        for old in FOLDER.glob("*.svg"):
            if not old.with_suffix(".cast").exists():  # a film is made by ``recording``
                old.unlink()
    for name, story in STORIES.items():
        for look in (WIDE, NARROW):
            if not wanted or name in wanted:
                sys.stderr.write(f"{name}{look.suffix}\n")
                story(look)
    for look in OTHERS:
        if not wanted or "glance" in wanted:
            sys.stderr.write(f"glance{look.suffix}\n")
            stories.glance(look)


if __name__ == "__main__":
    main(sys.argv[1:])
