# SPDX-License-Identifier: Apache-2.0
"""Datasets of a task in the classes of OpenLineage; the only module that needs the OpenLineage provider."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
from airflow.providers.openlineage.extractors import OperatorLineage
from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import (
    DatasetFacet,
    dataset_version_dataset,
    lifecycle_state_change_dataset,
    output_statistics_output_dataset,
    schema_dataset,
)

from airflow_provider_allhours.task_utils.lineage import TaskDataset


@attrs.define
class AllHoursDatasetFacet(DatasetFacet):
    """What a file of All Hours holds, and whether all of it; what does not apply is left out.

    Attributes:
        period: first and last day, ``{"from", "to"}``.
        timezone: IANA name of the company's time zone.
        complete: whether no employee-day is missing in an export.
        expected: employee-days due.
        received: employee-days received.
        version: number of a closed version.
        provisional: whether it was closed before its period was over.
        released: whether a payroll file was released, or is a preview.
    """

    period: dict[str, str] | None = None
    timezone: str | None = None
    complete: bool | None = None
    expected: int | None = None
    received: int | None = None
    version: int | None = None
    provisional: bool | None = None
    released: bool | None = None


def operator_lineage(inputs: Sequence[TaskDataset], outputs: Sequence[TaskDataset]) -> Any:
    """What the extractors of Airflow's OpenLineage provider take."""
    return OperatorLineage(
        inputs=[InputDataset(dataset.namespace, dataset.name, facets=_facets(dataset)) for dataset in inputs],
        outputs=[
            OutputDataset(
                dataset.namespace, dataset.name, facets=_facets(dataset), outputFacets=_output_facets(dataset)
            )
            for dataset in outputs
        ],
    )


def _facets(dataset: TaskDataset) -> dict[str, Any]:
    facets: dict[str, Any] = {}
    if dataset.columns:
        fields = [
            schema_dataset.SchemaDatasetFacetFields(name=column["name"], type=column["type"])
            for column in dataset.columns
        ]
        facets["schema"] = schema_dataset.SchemaDatasetFacet(fields=fields)
    if dataset.sha256 is not None:
        facets["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion=dataset.sha256)
    if dataset.is_removed:
        change = lifecycle_state_change_dataset.LifecycleStateChange.DROP
        facets["lifecycleStateChange"] = lifecycle_state_change_dataset.LifecycleStateChangeDatasetFacet(change)
    if dataset.facts:
        facets["allHours"] = AllHoursDatasetFacet(**dataset.facts)
    return facets


def _output_facets(dataset: TaskDataset) -> dict[str, Any]:
    if dataset.rows is None and dataset.size is None:
        return {}
    statistics = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
        rowCount=dataset.rows, size=dataset.size
    )
    return {"outputStatistics": statistics}
