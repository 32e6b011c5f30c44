# SPDX-License-Identifier: Apache-2.0
"""An Airbyte low-code connector, run with ``read`` as Airbyte runs it; its messages go to a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer
from airbyte_cdk.sources.declarative.yaml_declarative_source import YamlDeclarativeSource

MANIFEST = Path(__file__).with_name("airbyte_manifest.yaml")


def run(connection: dict[str, Any], output: Path, route: str) -> None:
    """Write the connector's messages, of which each record is an employee-day, or a person with them for ``bulk``."""
    config = {
        "root": f"{connection['host']}:{connection['port']}",
        "auth_url": connection["extra"]["auth_url"],
        "client_id": connection["login"],
        "client_secret": connection["password"],
    }
    stream = {"name": route, "json_schema": {}, "supported_sync_modes": ["full_refresh"]}
    catalog = {"streams": [{"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "overwrite"}]}
    paths = {"config": output / "config.json", "catalog": output / "catalog.json"}
    paths["config"].write_text(json.dumps(config))
    paths["catalog"].write_text(json.dumps(catalog))
    source = YamlDeclarativeSource(
        str(MANIFEST), config=config, catalog=ConfiguredAirbyteCatalogSerializer.load(catalog), state=[]
    )
    arguments = ["read", "--config", str(paths["config"]), "--catalog", str(paths["catalog"])]
    with (output / "messages.jsonl").open("w") as file:
        for message in AirbyteEntrypoint(source).run(AirbyteEntrypoint.parse_args(arguments)):
            file.write(f"{message}\n")
