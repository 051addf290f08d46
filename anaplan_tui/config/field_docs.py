"""Descriptions for JSON schemas: the docstrings under the fields of a model, read from its source.

pydantic's ``use_attribute_docstrings`` reads them whenever the class is made: that alone took a third of the
time that importing the models of runbooks took.
"""

import ast
import inspect
from typing import Any

from pydantic import BaseModel


def describe_fields(table: type[BaseModel], schema: dict[str, Any]) -> None:
    """Put the field docstrings into the model's JSON schema, those of its base classes included."""
    properties = schema["properties"]
    for model in reversed(table.__mro__):
        if issubclass(model, BaseModel) and model is not BaseModel:
            for field, text in _docs_of(model).items():
                key = table.model_fields[field].alias or field
                if key in properties:
                    properties[key]["description"] = text


def plain(text: str) -> str:
    """A docstring on one line, in Markdown."""
    return " ".join(inspect.cleandoc(text).replace("``", "`").split())


def _docs_of(model: type[BaseModel]) -> dict[str, str]:
    (body,) = ast.parse(inspect.getsource(model)).body
    assert isinstance(body, ast.ClassDef)  # noqa: S101  # the source of a class is one
    found: dict[str, str] = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        match below:
            case ast.Expr(value=ast.Constant(value=str(text))) if field.target.id in model.model_fields:
                found[field.target.id] = plain(text)
    return found
