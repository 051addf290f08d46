"""Everything that code, tests and documents cite is in this repository."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SERVICE = ROOT / "docs" / "service.md"

SECTION = r"§\d+(?:\.\d+)*"
LIST = rf"{SECTION}(?:(?:,? (?:and|or|to) |, ){SECTION})*"
CITED = re.compile(rf"service\.md`{{0,2}} ({LIST})")
ELSEWHERE = re.compile(rf"RFC \d+,? {LIST}")
ABSENT = re.compile(
    r"anaplan-api\.md|seeds/|performance\.md|peers\.md|anchors\.md|anaplan-connect\.md|screens\.md|detail-codes\.tsv"
    r"|\b[Dd]esign(?:'s)?,? \(?§|\bdesign\.md|\b[Ii]ssue #?\d"
)


def _unwrapped(text: str) -> str:
    """Return the text as if no comment, docstring or paragraph were broken into lines."""
    return re.sub(r"\s*\n\s*(?:#(?!#)\s?)?", " ", text)


def _texts() -> Iterator[tuple[str, str]]:
    files = [ROOT / "Makefile", *ROOT.glob("*.md"), *ROOT.glob("*.toml"), *(ROOT / "docs").glob("*.md")]
    for folder in ("anaplan_tui", "tests"):
        files += [
            path for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".md", ".json", ".toml"}
        ]
    for path in sorted(files):
        if path != Path(__file__):
            yield str(path.relative_to(ROOT)), _unwrapped(path.read_text(encoding="utf-8"))


def _sections() -> set[str]:
    headings = re.findall(r"^#{2,3} (\d+(?:\.\d+)*)\.? ", SERVICE.read_text(encoding="utf-8"), re.M)
    assert len(headings) == len(set(headings))
    return {f"§{number}" for number in headings}


def _cited(text: str) -> set[str]:
    return {section for found in CITED.findall(text) for section in re.findall(SECTION, found)}


def _uncited(text: str) -> list[str]:
    """Return the section numbers without a document."""
    return re.findall(rf".{{0,40}}{SECTION}", ELSEWHERE.sub("", CITED.sub("", text)))


def test_every_section_of_the_service_that_is_cited_exists() -> None:
    known = _sections()
    cited = {name: _cited(text) for name, text in _texts()}
    assert {name: sorted(missing) for name, found in cited.items() if (missing := found - known)} == {}
    assert set().union(*cited.values())


def test_every_citation_says_of_which_document() -> None:
    texts = ((name, text) for name, text in _texts() if name != "docs/service.md")
    assert {name: found for name, text in texts if (found := _uncited(text))} == {}


def test_the_service_document_refers_to_sections_that_it_has() -> None:
    text = SERVICE.read_text(encoding="utf-8")
    assert set(re.findall(SECTION, text)) <= _sections()


def test_nothing_cites_a_document_that_is_not_here() -> None:
    texts = ((name, text) for name, text in _texts() if name != "CHANGELOG.md")
    assert {name: found for name, text in texts if (found := ABSENT.findall(text))} == {}


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("(service.md §7.2)", {"§7.2"}),
        ("# as printed (service.md\n    # §7.2, §8)", {"§7.2", "§8"}),
        ("``service.md`` §4 to\n§6, and\nmore", {"§4", "§6"}),
        ("RFC 6749 §5.2, RFC 8628 §3.5", set()),
    ],
)
def test_citations_are_found_over_line_ends(text: str, cited: set[str]) -> None:
    assert _cited(_unwrapped(text)) == cited
    assert _uncited(_unwrapped(text)) == []


@pytest.mark.parametrize(
    "text", ["(§7.2)", "service.md §4. More in §6", "the design, §1.3", "RFC 6749 and §5.2"]
)
def test_a_section_without_its_document_is_found(text: str) -> None:
    assert _uncited(text)
