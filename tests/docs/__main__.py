"""Rewrites the references (``make reference``)."""

from tests.docs.references import FOLDER, references

for name, text in references().items():
    (FOLDER / name).write_text(text, encoding="utf-8")
