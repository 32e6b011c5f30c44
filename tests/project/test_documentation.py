# SPDX-License-Identifier: Apache-2.0
"""The documentation is true of the code: parameters and their types, names, files, links, code samples."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import os
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_type_hints
from xml.etree.ElementTree import Element, parse

import pytest

import airflow_provider_allhours
from airflow_provider_allhours.get_provider_info import get_provider_info
from airflow_provider_allhours.sandbox.server import Sandbox

ROOT = Path(__file__).parents[2]
PACKAGE = airflow_provider_allhours.__name__
MARKDOWN = sorted([*ROOT.glob("*.md"), *ROOT.glob(".github/**/*.md")])
PAGES = sorted(ROOT.glob("docs/*.rst"))
DOCUMENTS = [*MARKDOWN, *PAGES]
of_every_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda document: document.relative_to(ROOT).as_posix()
)


# The reference


@pytest.fixture(scope="session")
def reference(documentation: Path) -> dict[str, Element]:
    """Full name of each class on the reference page -> its description."""
    descriptions = {}
    for description in parse(documentation / "xml" / "reference.xml").iter("desc"):
        signature = description.find("desc_signature")
        if description.get("objtype") in ("class", "exception") and signature is not None:
            descriptions[f"{signature.get('module')}.{signature.get('fullname')}"] = description
    return descriptions


def public_classes() -> dict[str, type]:
    """Every class that the modules of the provider's metadata define, by its full name."""
    info = get_provider_info()
    names = [
        name
        for room in ("hooks", "operators", "sensors", "triggers")
        for entry in info[room]
        for name in entry["python-modules"]
    ]
    return {
        f"{name}.{kind.__name__}": kind
        for name in names
        for _, kind in inspect.getmembers(importlib.import_module(name), inspect.isclass)
        if f"{kind.__module__}.".startswith(f"{name}.")
    }


def class_of(full_name: str) -> type:
    module, _, name = full_name.rpartition(".")
    kind = getattr(importlib.import_module(module), name)
    assert isinstance(kind, type)
    return kind


def parameters_in_signature(description: Element) -> list[str]:
    parameters = description.findall("desc_signature/desc_parameterlist/desc_parameter")
    names = (parameter.find("desc_sig_name") for parameter in parameters)
    return ["".join(name.itertext()) for name in names if name is not None]


def types_of_parameters(description: Element) -> dict[str, str]:
    """Parameter -> its type, as the list of parameters of the class shows it."""
    types = {}
    for field in description.findall("desc_content/field_list/field"):
        if field.findtext("field_name") != "Parameters":
            continue
        for paragraph in field.iter("paragraph"):
            name = paragraph.find("literal_strong")
            if name is not None:
                shown = paragraph.findall("literal_emphasis") + paragraph.findall("reference")
                types["".join(name.itertext())] = "".join("".join(part.itertext()) for part in shown)
    return types


@pytest.mark.parametrize("name", public_classes())
def test_every_parameter_is_on_the_page_with_its_type(name: str, reference: dict[str, Element]) -> None:
    assert name in reference, f"{name} is not in docs/reference.rst"
    parameters = list(inspect.signature(public_classes()[name]).parameters)
    assert [shown for shown in parameters_in_signature(reference[name]) if shown != "*"] == parameters
    types = types_of_parameters(reference[name])
    assert {parameter for parameter in parameters if not types.get(parameter)} == set()


def sentences_of_parameters(description: Element) -> dict[str, str]:
    """Parameter -> what the list of parameters of the class says of it, behind its type."""
    sentences = {}
    for field in description.findall("desc_content/field_list/field"):
        if field.findtext("field_name") == "Parameters":
            for entry in field.iterfind(".//literal_strong/.."):
                name = "".join(entry.find("literal_strong").itertext())  # type: ignore[union-attr]  # the page has it
                _, _, said = "".join(entry.itertext()).partition(" \N{EN DASH} ")
                sentences[name] = said
    return sentences


@pytest.mark.parametrize("name", public_classes())
def test_every_parameter_has_a_sentence_and_is_marked_where_it_is_templated(
    name: str, reference: dict[str, Element]
) -> None:
    kind = public_classes()[name]
    sentences = sentences_of_parameters(reference[name])
    words = {parameter: said.removeprefix("(templated) ") for parameter, said in sentences.items()}
    parameters = set(inspect.signature(kind).parameters)
    assert {parameter for parameter in parameters if len(words.get(parameter, "").split()) < 2} == set()
    # Airflow's BaseOperator has a method of the name dry_run.
    rendered = {field.removeprefix("is_") for field in getattr(kind, "template_fields", ())}
    assert {parameter for parameter, said in sentences.items() if said.startswith("(templated)")} == rendered


@pytest.mark.parametrize("name", [name for name in public_classes() if ".operators." in name])
def test_every_operator_says_what_it_returns_with_its_keys(name: str, reference: dict[str, Element]) -> None:
    fields = {
        field.findtext("field_name"): "".join(field.find("field_body").itertext())  # type: ignore[union-attr]  # the page has it
        for field in reference[name].findall("desc_content/field_list/field")
    }
    assert fields.get("Returns")
    if name.endswith(".AllHoursApiOperator"):
        return
    keys = re.findall(r"(\w+) \(", fields["Keys of the return value"])
    module = importlib.import_module(public_classes()[name].__module__)
    source = inspect.getsource(module) + inspect.getsource(importlib.import_module(f"{PACKAGE}.operators.export"))
    result = inspect.get_annotations(public_classes()[name].execute)["return"]  # type: ignore[attr-defined]  # the classes are operators
    result = result.partition(" | ")[0]
    (home,) = set(re.findall(rf"from ([\w.]+) import [^\n]*\b{result}\b", source))
    assert keys == list(get_type_hints(getattr(importlib.import_module(home), result)))


def test_the_table_of_classes_has_every_operator_sensor_and_trigger(documentation: Path) -> None:
    page = parse(documentation / "xml" / "reference.xml")
    table = page.find(".//table")
    assert table is not None
    shown = [reference.get("reftitle") for reference in table.iter("reference")]
    assert sorted(shown) == sorted(name for name in public_classes() if ".hooks." not in name)


def test_every_other_class_on_the_page_shows_its_parameters(reference: dict[str, Element]) -> None:
    others = {name for name in reference if name not in public_classes()}
    assert f"{PACKAGE}.client.client.AllHoursClient" in others
    for name in others:
        own_init = "__init__" in class_of(name).__dict__
        expected = list(inspect.signature(class_of(name)).parameters) if own_init else []
        shown = parameters_in_signature(reference[name])
        assert not set(expected) - set(shown), name


# Code samples


def python_blocks(document: Path) -> Iterator[str]:
    """The Python code blocks of a Markdown or reStructuredText file."""
    text = document.read_text(encoding="utf-8")
    if document.suffix == ".md":
        yield from re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    else:
        for block in re.findall(r"^\.\. code-block:: python\n\n((?:(?:   .*)?\n)+)", text, re.M):
            yield inspect.cleandoc("\n" + block)


def blocks() -> list[Any]:
    return [
        pytest.param(code, id=f"{document.name}-{number}")
        for document in DOCUMENTS
        for number, code in enumerate(python_blocks(document), start=1)
    ]


def test_there_are_code_samples() -> None:
    names = {str(block.id) for block in blocks()}
    assert {"README.md-1", "payroll.rst-1", "sandbox.rst-1"} <= names


@pytest.mark.parametrize("code", blocks())
def test_a_code_sample_compiles_and_imports_what_exists(code: str) -> None:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                importlib.import_module(alias.name)
        elif isinstance(node, ast.ImportFrom):
            module = importlib.import_module(node.module or "")
            for alias in node.names:
                assert hasattr(module, alias.name), f"{node.module} has no {alias.name}"


def test_the_dag_of_the_readme_runs_with_and_without_a_logical_date(
    allhours_connection: Sandbox, run_dag: Callable[..., Any], tmp_path: Path
) -> None:
    (code,) = python_blocks(ROOT / "README.md")
    assert "s3://aws_default@payroll" in code
    namespace: dict[str, Any] = {}
    exec(compile(code.replace("s3://aws_default@payroll", tmp_path.as_uri()), "README.md", "exec"), namespace)
    dag = namespace["dag"]
    moment = datetime(2026, 11, 2, 6, tzinfo=UTC)
    for options in ({"logical_date": moment}, {"logical_date": None, "run_after": moment}):
        assert run_dag(dag, **options).state == "success"
        manifest = tmp_path / "timesheets" / "2026-10.csv.manifest.json"
        assert json.loads(manifest.read_text())["period"] == {"from": "2026-10-01", "to": "2026-10-31"}
        manifest.unlink()


@pytest.mark.slow
def test_the_test_of_a_dag_in_the_sandbox_page_passes_as_copied(tmp_path: Path) -> None:
    """In an empty folder, by a process that knows nothing of this one's Airflow."""
    conftest, test, *_ = python_blocks(ROOT / "docs" / "sandbox.rst")
    (tmp_path / "conftest.py").write_text(conftest)
    (tmp_path / "test_my_dag.py").write_text(test)
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTEST"))}
    (tmp_path / "tmp").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"],
        cwd=tmp_path,
        env={**bare, "HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "1 passed" in done.stdout
    # The home of Airflow is gone, and the user's own was left alone.
    assert not list((tmp_path / "tmp").glob("allhours-pytest-*"))
    assert not (tmp_path / "home").exists()


# Names, files, commands and links


def names_in_package() -> set[str]:
    """Every name that a module of the package defines or imports."""
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(airflow_provider_allhours.__path__, f"{PACKAGE}.")
        if not module.name.endswith("__main__")
    ]
    return {name for module in modules for name in vars(module)}


def code_spans(document: Path) -> list[str]:
    """Texts between backticks, code blocks left out."""
    text = document.read_text(encoding="utf-8")
    if document.suffix == ".md":
        text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    return re.findall(r"(?<!`)(?:`|``)(?!`)([^`\n]+)`+", text)


@of_every_document
def test_every_class_that_is_named_exists(document: Path) -> None:
    named = set(re.findall(r"\bAllHours\w+", document.read_text(encoding="utf-8")))
    assert named - names_in_package() == set()


@of_every_document
def test_every_file_that_is_named_exists(document: Path) -> None:
    """Paths of the repository, or below the package, where the documentation describes its rooms."""
    tops = "|".join(("airflow_provider_allhours", "benchmarks", "docs", "example_dags", "scripts", "tests"))
    form = rf"(?:{tops})/[\w./-]*|[\w./-]+\.(?:py|rst|md|toml)|[a-z_]+/(?:[a-z_]+/)*"
    paths = {span for span in code_spans(document) if re.fullmatch(form, span) and "_build" not in span}
    assert {path for path in paths if not (ROOT / path).exists() and not (ROOT / PACKAGE / path).exists()} == set()


def test_every_name_in_contributing_exists() -> None:
    names = {span for span in code_spans(ROOT / "CONTRIBUTING.md") if re.fullmatch(r"_?[A-Za-z]+(_[A-Za-z]+)+", span)}
    assert "prepare_decoders" in names
    assert names - names_in_package() == set()


@of_every_document
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9.-]+):", (ROOT / "Makefile").read_text(), re.M))
    text = document.read_text(encoding="utf-8")
    commands = [*code_spans(document), *re.findall(r"^ *(make .*)$", text, re.M)]
    named = {match[1] for command in commands if (match := re.match(r"make ([a-z0-9.-]+)", command))}
    assert named - targets == set()


def heading_anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", MARKDOWN, ids=lambda document: document.name)
def test_every_link_within_the_repository_resolves(document: Path) -> None:
    """Links of the documentation pages are checked by the build, in which warnings are errors."""
    links = re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8"))
    for link in links:
        path, _, anchor = link.partition("#")
        if "://" in path:
            continue
        target = document.parent / path if path else document
        assert target.exists(), link
        assert not anchor or anchor in heading_anchors(target), link


def test_links_of_the_readme_work_on_a_package_index() -> None:
    """There the README stands alone; a link into the repository starts with one of the project's addresses."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", readme)
    assert links
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
    elsewhere = ("https://airflow.apache.org/",)
    assert [link for link in links if not link.startswith((*urls.values(), *elsewhere, "#"))] == []
