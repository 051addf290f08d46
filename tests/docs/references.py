"""The pages made from declarations, by name."""

from pathlib import Path

from tests.docs import configuration, files, keys

FOLDER = Path(__file__).parents[2] / "docs"


def references() -> dict[str, str]:
    """Map each file name under ``docs/`` to its required content."""
    return {"configuration.md": configuration.page(), "files.md": files.page(), "keys.md": keys.page()}
