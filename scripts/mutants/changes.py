# SPDX-License-Identifier: Apache-2.0
"""Small wrong changes to a module, and a sample of them."""

from __future__ import annotations

import ast
import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from scripts.mutants.chosen_tests import PACKAGE, ROOT, TESTS

COMPARISONS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult}
NOT_MUTATED = ("log.", "self.log.", "warnings.")
SIZES = ("BATCH", "CHUNK", "PART")
"""Ends of the names of constants that say how much is handled at once: a matter of memory."""


@dataclass(frozen=True)
class Mutant:
    """One change: the lines from ``line`` that were ``before`` become ``after``.

    ``lines`` are those that only a call runs; it is empty for what runs at import.
    """

    file: str
    line: int
    before: str
    after: str
    source: str
    lines: range

    @property
    def room(self) -> str:
        """Folder or module of the package."""
        return self.file.split("/")[0]

    def diff(self) -> str:
        """The change as lines of a diff."""
        before = "\n".join(f"  - {line}" for line in self.before.splitlines())
        return before + "\n" + "\n".join(f"  + {line}" for line in self.after.splitlines())


def mutants_of(file: str) -> Iterator[Mutant]:
    """Every mutant of a module."""
    source = (ROOT / PACKAGE / file).read_text()
    content = source.encode()
    starts = list(accumulate(map(len, content.splitlines(keepends=True)), initial=0))
    for node, is_in_function in _mutable_nodes(ast.parse(source)):
        for part, replacement in _replacements(node):
            begin = starts[part.lineno - 1] + part.col_offset
            end = starts[part.end_lineno - 1] + part.end_col_offset
            mutated = (content[:begin] + replacement.encode() + content[end:]).decode()
            before = source.splitlines()[part.lineno - 1 : part.end_lineno]
            removed = content[begin:end].count(b"\n") - replacement.count("\n")
            after = mutated.splitlines()[part.lineno - 1 : part.end_lineno - removed]
            lines = range(part.lineno, part.end_lineno + 1) if is_in_function else range(0)
            yield Mutant(file, part.lineno, "\n".join(before), "\n".join(after), mutated, lines)


def _mutable_nodes(node: ast.AST, is_in_function: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    """Nodes that decide behaviour, and whether a call runs them; neither annotations, texts, logging nor imports."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(NOT_MUTATED):
        return
    if isinstance(node, ast.JoinedStr):
        return
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith(SIZES):
        return
    yield node, is_in_function
    for name, value in ast.iter_fields(node):
        # How a class is made (frozen, slots) is a matter of the type checker.
        if name in ("annotation", "returns", "decorator_list", "bases") or (
            name == "keywords" and isinstance(node, ast.ClassDef)
        ):
            continue
        is_body = name == "body" and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _mutable_nodes(child, is_in_function or is_body)


def _replacements(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """The part of a node that changes, and what becomes of it."""
    changed = copy.deepcopy(node)
    match changed:
        case ast.Compare(ops=[operator]) if type(operator) in COMPARISONS:
            changed.ops = [COMPARISONS[type(operator)]()]
            yield node, f"({ast.unparse(changed)})"
        case ast.BoolOp():
            changed.op = ast.Or() if isinstance(changed.op, ast.And) else ast.And()
            yield node, f"({ast.unparse(changed)})"
            yield node, f"({ast.unparse(changed.values[0])})"
        case ast.UnaryOp(op=ast.Not()):
            yield node, f"({ast.unparse(changed.operand)})"
        case ast.BinOp() if type(changed.op) in ARITHMETIC:
            if not any(isinstance(side, ast.Constant | ast.JoinedStr) for side in (changed.left, changed.right)):
                changed.op = ARITHMETIC[type(changed.op)]()
                yield node, f"({ast.unparse(changed)})"
        case ast.Constant(value=bool()):
            yield node, str(not changed.value)
        case ast.Constant(value=int() | float()):
            yield node, repr(changed.value + 1)
        case ast.If() | ast.IfExp() | ast.While() if isinstance(changed.test, ast.Name | ast.Call | ast.Attribute):
            if not ast.unparse(changed.test).endswith("TYPE_CHECKING"):
                yield node.test, f"(not {ast.unparse(changed.test)})"
        case ast.Raise(exc=ast.AST()):
            yield node, "pass"
        case ast.Expr(value=ast.Call() | ast.Await()):
            if not ast.unparse(changed).startswith(NOT_MUTATED):
                yield node, "pass"
        case ast.Return(value=ast.Call() | ast.Name() | ast.Attribute()):
            yield node, "return None"


def sample(seed: int, count: int, only: str) -> list[Mutant]:
    """A random choice; every mutant has the same chance.

    The choice of a seed hardly changes when the code does: each mutant has a random place of its own, which its file
    and its lines decide. So a survivor that was answered is not followed by another sample of everything.
    """
    modules = sorted((ROOT / PACKAGE).rglob("*.py"))
    files = [path.relative_to(ROOT / PACKAGE).as_posix() for path in modules]
    files = [file for file in files if file.startswith(tuple(TESTS)) and file.startswith(tuple(only.split(",")))]
    every = [mutant for file in files for mutant in mutants_of(file)]
    return sorted(every, key=lambda mutant: _place(seed, mutant))[:count]


def _place(seed: int, mutant: Mutant) -> bytes:
    text = f"{seed}\n{mutant.file}\n{mutant.before.strip()}\n{mutant.after.strip()}"
    return hashlib.sha256(text.encode()).digest()
