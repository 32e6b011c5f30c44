# SPDX-License-Identifier: Apache-2.0
"""Marks of templated parameters and the keys of return values, on the descriptions that autodoc makes of classes."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from functools import cache
from types import UnionType
from typing import Any, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from airflow.sdk import BaseOperator

from airflow_provider_allhours import flows
from airflow_provider_allhours.get_provider_info import get_provider_info

from .tables import write_table

ROOMS = ("operators", "sensors", "triggers")


def public_classes() -> dict[str, type]:
    """Full name -> class, of every class that the modules of the provider's metadata define."""
    modules = [name for room in ROOMS for entry in get_provider_info()[room] for name in entry["python-modules"]]
    return {
        f"{name}.{kind.__name__}": kind
        for name in modules
        for _, kind in inspect.getmembers(importlib.import_module(name), inspect.isclass)
        if f"{kind.__module__}.".startswith(f"{name}.")
    }


def first_sentence(kind: type) -> str:
    """The first line of a class's docstring; Markdown and reStructuredText agree on it."""
    return (inspect.getdoc(kind) or "").partition("\n")[0]


def write_class_table() -> None:
    """Write the table of all operators, sensors and triggers."""
    write_table(
        "classes.rst",
        ("class", "what it does"),
        [(f":class:`~{name}`", first_sentence(kind)) for name, kind in sorted(public_classes().items(), key=_order)],
        widths="40 60",
    )


def _order(entry: tuple[str, type]) -> tuple[int, str]:
    room = entry[0].split(".")[1]
    return ROOMS.index(room), entry[0]


def templated_parameters(kind: type) -> set[str]:
    """Parameters whose values Airflow renders; ``dry_run`` is kept as ``is_dry_run``."""
    return {name.removeprefix("is_") for name in getattr(kind, "template_fields", ())}


@cache
def _result_types() -> dict[str, Any]:
    """Name -> every dictionary type of the package."""
    found = pkgutil.walk_packages(flows.__path__, f"{flows.__name__}.")
    modules = [importlib.import_module(module.name) for module in found]
    return {name: value for module in modules for name, value in vars(module).items() if is_typeddict(value)}


def return_type(kind: type) -> Any:
    """The dictionary type that ``execute`` returns, the first of several; None where it returns another type."""
    annotation = inspect.get_annotations(kind.execute).get("return") if issubclass(kind, BaseOperator) else None
    return _result_types().get(str(annotation).partition(" | ")[0])


def keys_of(type_: Any) -> str:
    """The keys of a dictionary type with the types of their values."""
    return ", ".join(f"``{name}`` ({described(hint)})" for name, hint in get_type_hints(type_).items())


def described(hint: Any) -> str:
    """A type in words: ``text``, ``list of {date, id}``, ``whole number or null``."""
    plain = {str: "text", int: "whole number", float: "number", bool: "true or false", type(None): "null", Any: "any"}
    if hint in plain:
        return plain[hint]
    if is_typeddict(hint):
        return "{" + ", ".join(get_type_hints(hint)) + "}"
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return " or ".join(described(one) for one in arguments)
    if origin is NotRequired:
        return described(arguments[0])
    if origin is list:
        return f"list of {described(arguments[0])}"
    if origin is dict:
        return f"object of {described(arguments[0])} to {described(arguments[1])}"
    return " or ".join(f"``{one}``" for one in arguments) or str(hint)


def describe_class(app: Any, what: str, name: str, kind: Any, options: Any, lines: list[str]) -> None:
    """Mark templated parameters and append the keys of the return value; called after napoleon."""
    if what != "class":
        return
    templated = templated_parameters(kind)
    for index, line in enumerate(lines):
        if (match := re.match(r":param (\w+): ", line)) and match[1] in templated:
            lines[index] = f"{match[0]}*(templated)* {line[match.end() :]}"
    result = return_type(kind)
    if result is not None:
        lines += [f":Keys of the return value: {keys_of(result)}", ""]


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("autodoc-process-docstring", describe_class, priority=900)
    return {"parallel_read_safe": True}
