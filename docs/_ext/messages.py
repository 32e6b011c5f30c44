# SPDX-License-Identifier: Apache-2.0
"""The list of every message of the provider's errors, read from the places that make them."""

from __future__ import annotations

import ast
import inspect
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import airflow_provider_allhours
from airflow_provider_allhours.client import errors
from airflow_provider_allhours.client.responses import ERROR_OF_STATUS

from .remedies import REMEDIES
from .tables import table, write

PACKAGE = Path(airflow_provider_allhours.__file__).parent
ERRORS: Mapping[str, type[errors.AllHoursError]] = {
    name: kind
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, errors.AllHoursError) and kind is not errors.AllHoursError
}
ANSWERED = "<request> answered <status>: <reason>"
"""The message of an error response; its class is that of the status."""

PROBLEMS = "AllHoursPreflightError"
MIN_WORDS = 3
"""Literal words of a problem; what has fewer is a part of another sentence."""

UNSPEAKING = frozenset(
    {"self", "str", "repr", "sorted", "list", "set", "tuple", "len", "sum", "float", "int", "max", "min"}
)
"""Names in an expression that do not say what it is."""

AREAS: Mapping[str, tuple[str, ...]] = {
    "Connection and requests": ("client/contract/", "client/", "hooks/", "discovery/", "cli/", "flows/tenant"),
    "Absences and users": (
        "absences/",
        "flows/absence",
        "flows/user",
        "flows/lost",
        "operators/absences",
        "operators/users",
    ),
    "Payroll": (
        *("payroll/", "flows/payroll", "flows/period", "flows/release", "flows/report", "flows/registry"),
        *("flows/version", "flows/reconciliation", "operators/payroll", "task_utils/payroll", "task_utils/approval"),
    ),
    "Exports, files and waiting": ("",),
}
"""Heading -> where its messages are made; the first that fits."""


@cache
def messages() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Error class -> area -> its messages, each once, with ``<name>`` for what is filled in."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    seen = set()
    for kind in (*ERROR_OF_STATUS.values(), errors.AllHoursServerError, errors.AllHoursResponseError):
        found[kind.__name__]["Connection and requests"].add(ANSWERED)
    for path in sorted(PACKAGE.rglob("*.py")):
        where = path.relative_to(PACKAGE).as_posix()
        if where.startswith(("sandbox/", "example_dags/")):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for kind, text in (*_raised(tree), *(_problems(tree) if where.startswith("payroll/") else ())):
            if (kind, text) not in seen:
                seen.add((kind, text))
                found[kind][_area(where)].add(text)
    return {
        kind: {area: tuple(sorted(found[kind][area], key=str.casefold)) for area in AREAS if found[kind][area]}
        for kind in ERRORS
    }


def _area(where: str) -> str:
    return next(area for area, starts in AREAS.items() if where.startswith(starts))


def _raised(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Class and message of every error that is made of a literal template."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        assigned = _templates_of_variables(function)
        for call in ast.walk(function):
            if (
                isinstance(call, ast.Call)
                and (kind := getattr(call.func, "id", getattr(call.func, "attr", ""))) in ERRORS
            ):
                message = call.args[0] if call.args else None
                text = template(message) or assigned.get(getattr(message, "id", ""))
                if text:
                    yield kind, text


def _templates_of_variables(function: ast.AST) -> dict[str, str]:
    return {
        node.targets[0].id: text
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and (text := template(node.value))
    }


def _problems(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The sentences that a payroll file's error lists: what is yielded, or stands in a list of sentences."""
    for node in ast.walk(tree):
        values: list[ast.expr | None] = []
        if isinstance(node, ast.Yield):
            values = [node.value]
        elif isinstance(node, ast.List):
            values = list(node.elts)
        elif isinstance(node, ast.ListComp):
            values = [node.elt]
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "append":
            values = list(node.args)
        for value in values:
            text = template(value)
            if text and len(re.sub("<[^>]*>", "", text).split()) >= MIN_WORDS:
                yield PROBLEMS, text


def template(node: ast.expr | None) -> str | None:
    """A text as it is read, with ``<name>`` for what is filled in; None where there is no literal text in it."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else _filled(part) for part in node.values]
        return " ".join("".join(map(str, parts)).split())
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = template(node.left), template(node.right)
        if left is None and right is None:
            return None
        return (_filled(node.left) if left is None else left) + (_filled(node.right) if right is None else right)
    return None


def _filled(node: ast.AST) -> str:
    """What stands for a value: the name that the code gives it."""
    expression = node.value if isinstance(node, ast.FormattedValue) else node
    if isinstance(expression, ast.IfExp):
        texts = [text for branch in (expression.body, expression.orelse) if (text := template(branch))]
        return f"<{'|'.join(text.strip() for text in texts)}>" if texts else _filled(expression.body)
    if isinstance(expression, ast.Call) and getattr(expression.func, "attr", "") == "join":
        return _filled(expression.args[0])
    if isinstance(expression, ast.Call) and getattr(expression.func, "id", "") == "len":
        return "<number>"
    names = [name for part in ast.walk(expression) if (name := getattr(part, "id", "") or getattr(part, "attr", ""))]
    useful = [name for name in names if name not in UNSPEAKING]
    return f"<{(useful or ['value'])[0].strip('_').lower().replace('_', ' ')}>"


def write_messages() -> None:
    """Write ``messages.rst``: a section per class with cause, remedy and messages."""
    lines = [
        table(
            ("error", "is it retried?", "what to do"),
            [(f":ref:`{name} <error-{name}>`", _retried(kind), REMEDIES[name]) for name, kind in ERRORS.items()],
            widths="28 12 60",
        )
    ]
    for name, kind in ERRORS.items():
        cause, *_ = (inspect.getdoc(kind) or "").split("\n\nAttributes:")
        lines += [
            f".. _error-{name}:",
            "",
            name,
            "-" * len(name),
            "",
            cause,
            "",
            f"**What to do:** {REMEDIES[name]}",
            "",
        ]
        for area, texts in messages()[name].items():
            lines += [f"*{area}*", "", *(f"* ``{text}``" for text in texts), ""]
    write("messages.rst", "\n".join(lines))


def _retried(kind: type[errors.AllHoursError]) -> str:
    return "no, fails at once" if kind.is_permanent else "yes"
