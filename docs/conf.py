# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

from airflow_provider_allhours import __version__
from airflow_provider_allhours.client.routes import ROUTES
from airflow_provider_allhours.sandbox.faults import KINDS
from airflow_provider_allhours.sandbox.switches import switch_docs

HERE = Path(__file__).parent

project = "airflow-provider-allhours"
author = "the airflow-provider-allhours contributors"
copyright = author
version = release = __version__
extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "_generated"]
html_theme = "furo"
html_title = f"All Hours for Apache Airflow {release}"
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_mock_imports: list[str] = []
napoleon_google_docstring = True
nitpicky = False


def table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in (columns, *rows):
        lines += [f"   {'*' if index == 0 else ' '} - {cell}" for index, cell in enumerate(row)]
    return "\n".join(lines) + "\n"


def write_tables() -> None:
    """Tables read off the code, so that they cannot say something else."""
    generated = HERE / "_generated"
    generated.mkdir(exist_ok=True)
    routes = [
        (f"``{route.name}``", f"``{route.path}``", ", ".join(route.verbs), route.returns, route.grade, route.source)
        for route in ROUTES.values()
    ]
    heads = ("name", "path", "verbs", "returns", "grade", "evidence")
    (generated / "routes.rst").write_text(table(heads, routes), encoding="utf-8")
    faults = [(f"``{kind}``", meaning.replace("`", "``")) for kind, meaning in KINDS.items()]
    switches = [
        (f"``{name}``", f"``{default!r}``", meaning.replace("`", "``"))
        for name, (default, meaning) in switch_docs().items()
    ]
    heads = ("switch", "default", "what it does")
    (generated / "switches.rst").write_text(table(heads, switches), encoding="utf-8")
    (generated / "faults.rst").write_text(table(("kind", "what the sandbox does"), faults), encoding="utf-8")


write_tables()
