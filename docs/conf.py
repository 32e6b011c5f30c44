# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import sys
from pathlib import Path

from airflow_provider_allhours import __version__
from airflow_provider_allhours.client.routes import ROUTES
from airflow_provider_allhours.sandbox.faults import KINDS
from airflow_provider_allhours.sandbox.options import OPTIONS
from airflow_provider_allhours.sandbox.profiles import PROFILES
from airflow_provider_allhours.sandbox.switches import switch_docs

sys.path.insert(0, str(Path(__file__).parent.parent))

from docs._ext.column_tables import write_column_tables
from docs._ext.messages import write_messages
from docs._ext.parameters import write_class_table
from docs._ext.request_costs import write_costs
from docs._ext.tables import literals, write_table
from tests.flows.readings import LOUD, PASSING, RIGHT, STOPPING

project = "airflow-provider-allhours"
author = "The airflow-provider-allhours authors"
copyright = author
version = release = __version__
extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "docs._ext.parameters"]
exclude_patterns = ["_build", "_ext", "_generated"]
# References to what the pages describe have to resolve; types of other packages and of inner modules have no page.
nitpicky = True
DESCRIBED = (
    r"airflow_provider_allhours\.(hooks\.allhours|operators|sensors|triggers|client\.(client|config|errors)|sandbox)\."
)
nitpick_ignore_regex = [("py:.*", rf"(?!{DESCRIBED}).*")]
html_theme = "furo"
html_title = f"All Hours for Apache Airflow {release}"
autodoc_member_order = "bysource"
# Types stand in the list of parameters: a signature of ten parameters with their types is hard to read.
autodoc_typehints = "description"
autodoc_typehints_format = "short"
autodoc_class_signature = "mixed"
python_maximum_signature_line_length = 100
napoleon_google_docstring = True
# A sentence under "Returns:" that has a colon is not a type.
napoleon_use_rtype = False


def write_tables() -> None:
    """Write the tables of routes, switches and faults from the code that declares them."""
    write_table(
        "routes.rst",
        ("name", "path", "verbs", "returns", "grade", "evidence"),
        [
            (f"``{route.name}``", f"``{route.path}``", ", ".join(route.verbs), route.returns, route.grade, route.source)
            for route in ROUTES.values()
        ],
    )
    write_table(
        "sandbox_options.rst",
        ("option", "what it does"),
        [(f"``{option}``", settings["help"]) for option, settings in OPTIONS.items()],
    )
    write_table(
        "switches.rst",
        ("switch", "default", "what it does"),
        [(f"``{name}``", f"``{default!r}``", literals(doc)) for name, (default, doc) in switch_docs().items()],
    )
    write_table(
        "profiles.rst",
        ("profile", "what is different", "switches"),
        [(f"``{name}``", profile.doc, f"``{profile.switches}``") for name, profile in PROFILES.items()],
    )
    write_table(
        "faults.rst",
        ("kind", "what the sandbox does"),
        [(f"``{kind}``", literals(doc)) for kind, doc in KINDS.items()],
    )
    write_table(
        "wire_faults.rst",
        ("fault", "what happens"),
        [(literals(f"{doc} (``{kind}``)"), outcome_of(kind)) for kind, doc in KINDS.items()],
    )
    write_table(
        "readings_right.rst",
        ("reading of the API", "switches of the sandbox"),
        [(case, f"``{switches}``") for case, switches in RIGHT.items()],
    )
    write_table(
        "readings_loud.rst",
        ("reading of the API", "exports that fail", "the message has", "switches of the sandbox"),
        [
            (case, ", ".join(datasets), f"``{cause}``", f"``{switches}``")
            for case, (datasets, switches, cause) in LOUD.items()
        ],
    )


def outcome_of(kind: str) -> str:
    """What the fault matrix asserts of one such fault during a read."""
    if kind in PASSING:
        return "read again: the file is complete"
    if kind in STOPPING:
        return "an error, nothing is published"
    return "complete, or an error and nothing is published"


write_tables()
write_column_tables()
write_class_table()
write_messages()
write_costs()
