"""The line of every key of a TOML file, however it is spelled."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anaplan_tui.config.lines import lines_of
from tests.config.test_read_or_refused import CONFIGS, toml


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a = 1\n\n# b = 2\nb = 2", {("a",): 1, ("b",): 4}),
        ("[a]\nb = 1\n[c.d] # x\ne = 1\n", {("a",): 1, ("a", "b"): 2, ("c", "d"): 3, ("c", "d", "e"): 4}),
        ('x = [\n  "[no.table]",\n  "b = 1",\n]\ny = 1\n', {("x",): 1, ("y",): 5}),
        ('x = """\n[no.table]\ny = 2\n"""\ny = 1\n', {("x",): 1, ("y",): 5}),
        ("x = '''\n# no comment '''\ny = 1\n", {("x",): 1, ("y",): 3}),
        ('a."b.c" = 1\r\nd = 2\r\n', {("a",): 1, ("a", "b.c"): 1, ("d",): 2}),
        ("a = {b = {c = 1}, d = 2}\n", {("a",): 1, ("a", "b"): 1, ("a", "b", "c"): 1, ("a", "d"): 1}),
        ('[p."the other"]\nx = 1', {("p", "the other"): 1, ("p", "the other", "x"): 2}),
        ('a = "\u2028"\nb = "\x85"\nc = 1', {("a",): 1, ("b",): 2, ("c",): 3}),
        ("  [a]\n  b = 1\n[a.c]\n", {("a",): 1, ("a", "b"): 2, ("a", "c"): 3}),
        ("", {}),
    ],
)
def test_where_a_key_stands(text: str, lines: dict[tuple[str, ...], int]) -> None:
    tomllib.loads(text)
    found = lines_of(text)
    assert {key: line for key, line in found.items() if key in lines} == lines


@given(CONFIGS, st.integers(0, 3))
def test_every_key_of_any_file_is_found(config: dict[str, object], blank: int) -> None:
    text = ("\n" * blank).join(f"{toml(key)} = {toml(value)}\n" for key, value in config.items())
    found = lines_of(text)
    for number, key in enumerate(config):
        assert found[(key,)] == number * (blank + 1) + 1
