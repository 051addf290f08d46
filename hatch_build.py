"""What the packages get that the checkout has otherwise: a README without pictures, and the manual."""

import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

_PICTURE = re.compile(r"^!\[[^\]]*\]\((?!https?://)[^)]*\)\n\n?", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?://|mailto:)[^)]*\)")


def without_relative_links(text: str) -> str:
    """Markdown as it can stand anywhere: of a link into the checkout the words, of a picture nothing."""
    return _LINK.sub(r"\1", _PICTURE.sub("", text))


class Metadata(MetadataHookInterface):
    """The README of the package: nobody who reads it has the checkout beside it."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Put it into the metadata."""
        text = (Path(self.root) / "README.md").read_text("utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": without_relative_links(text)}


class Share(BuildHookInterface):  # type: ignore[type-arg]
    """What ``make man`` put into build/share, where an installation has its manual and completions."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Put it into the wheel, where it was made."""
        share = Path(self.root) / "build" / "share"
        if self.target_name == "wheel" and version == "standard" and share.is_dir():
            build_data["shared_data"][str(share)] = "share"
