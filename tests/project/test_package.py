# SPDX-License-Identifier: Apache-2.0
"""The package as others meet it: the wheel, the metadata, the modules, the documentation's claims."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import airflow
import jsonschema
import pytest
from airflow.sdk import BaseHook, BaseOperator, BaseSensorOperator
from airflow.triggers.base import BaseTrigger

import airflow_provider_allhours
from airflow_provider_allhours.client.routes import ROUTES
from airflow_provider_allhours.get_provider_info import get_provider_info

ROOT = Path(__file__).parents[2]
PACKAGE = airflow_provider_allhours.__name__


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_carries_what_airflow_and_type_checkers_look_for(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    assert f"{PACKAGE}/py.typed" in names
    examples = {path.name for path in (ROOT / "example_dags").glob("*.py")}
    assert examples
    assert {f"{PACKAGE}/example_dags/{name}" for name in examples} <= names
    assert not [name for name in names if name.startswith(("airflow/", "tests/", "docs/"))]
    entry_points = next(name for name in names if name.endswith("entry_points.txt"))
    assert "[apache_airflow_provider]" in wheel.read(entry_points).decode()
    assert any(name.endswith("licenses/LICENSE") for name in names)


AIRFLOW_HAS_PROVIDER_COMMANDS = (
    "cli" in json.loads((Path(airflow.__file__).parent / "provider.yaml.schema.json").read_text())["properties"]
)
"""Airflow 3.1 ignores the commands that a provider declares, so ``airflow allhours`` does not exist there."""


def test_the_metadata_fits_airflows_strict_schema() -> None:
    """The runtime schema lets any typo pass; the one for provider.yaml does not."""
    folder = Path(airflow.__file__).parent
    strict = json.loads((folder / "provider.yaml.schema.json").read_text())
    info = get_provider_info()
    if not AIRFLOW_HAS_PROVIDER_COMMANDS:
        del info["cli"]
    only_in_yaml = {"state": "ready", "source-date-epoch": 0, "versions": ["0.1.0"]}
    jsonschema.validate({**info, **only_in_yaml}, strict)
    jsonschema.validate(info, json.loads((folder / "provider_info.schema.json").read_text()))


def test_every_connection_field_may_be_left_empty() -> None:
    (connection,) = get_provider_info()["connection-types"]
    from airflow_provider_allhours.hooks.connection import EXTRA_FIELDS

    assert tuple(connection["conn-fields"]) == EXTRA_FIELDS
    for name, field in connection["conn-fields"].items():
        assert "null" in field["schema"]["type"], name
        assert not any(word in name for word in ("token", "secret", "password", "proxy")), f"{name} would be masked"


def modules_below(name: str) -> list[ModuleType]:
    package = importlib.import_module(f"{PACKAGE}.{name}")
    return [
        importlib.import_module(f"{package.__name__}.{module.name}")
        for module in pkgutil.iter_modules(package.__path__)
    ]


@pytest.mark.parametrize(
    ("room", "base"),
    [("hooks", BaseHook), ("operators", BaseOperator), ("sensors", BaseSensorOperator), ("triggers", BaseTrigger)],
)
def test_every_public_class_is_in_the_metadata(room: str, base: type) -> None:
    listed = {module for entry in get_provider_info().get(room, []) for module in entry["python-modules"]}
    public = {
        module.__name__
        for module in modules_below(room)
        for name, found in inspect.getmembers(module, inspect.isclass)
        if issubclass(found, base)
        and f"{found.__module__}.".startswith(f"{module.__name__}.")
        and name.startswith("AllHours")
        and module.__name__.rpartition(".")[2] not in ("export", "base")  # bases, not nouns
    }
    assert public == listed


def test_the_metadata_imports_nothing() -> None:
    code = (
        "import sys; before = set(sys.modules); "
        "from airflow_provider_allhours.get_provider_info import get_provider_info; get_provider_info(); "
        "print([m for m in set(sys.modules) - before if m.split('.')[0] in ('airflow', 'requests', 'msgspec')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_client_needs_no_airflow() -> None:
    code = (
        "import sys, airflow_provider_allhours.client, airflow_provider_allhours.flows.exports; "
        "print([m for m in sys.modules if m.split('.')[0] in ('airflow', 'pyarrow', 'pandas')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_route_says_what_it_rests_on() -> None:
    for route in ROUTES.values():
        assert route.grade in ("A", "B", "C", "OFF", "INF")
        assert route.source
        assert route.path.startswith("/api/v1/")


@pytest.mark.slow
@pytest.mark.skipif(not AIRFLOW_HAS_PROVIDER_COMMANDS, reason="Airflow 3.1 has no commands of providers")
def test_the_command_line_knows_the_provider() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "airflow", "allhours", "--help"], capture_output=True, text=True, check=True
    )
    assert "sandbox" in done.stdout
    assert "check" in done.stdout
