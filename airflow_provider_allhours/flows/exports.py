# SPDX-License-Identifier: Apache-2.0
"""Export a dataset of an account to one file with a manifest."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NotRequired, TypedDict, cast

from airflow_provider_allhours import __version__
from airflow_provider_allhours.attendance.coverage import MAX_LISTED, PROOFS, Coverage, CoverageJson, Proof
from airflow_provider_allhours.attendance.roster import Shard
from airflow_provider_allhours.attendance.selection import EmployeeSelection
from airflow_provider_allhours.client import AllHoursClient
from airflow_provider_allhours.client.errors import AllHoursParameterError
from airflow_provider_allhours.columns import Row, Selection, select_columns
from airflow_provider_allhours.files.csv_options import CsvOptions, read_csv_options
from airflow_provider_allhours.files.external_sort import sort_externally
from airflow_provider_allhours.files.publication import MANIFEST_SUFFIX, Written, publish_rows
from airflow_provider_allhours.files.staging import AnyPath, sibling
from airflow_provider_allhours.files.writers import format_of
from airflow_provider_allhours.flows.clock import company_today, utc_now
from airflow_provider_allhours.flows.datasets.catalogue import find_dataset
from airflow_provider_allhours.flows.datasets.dataset import DatasetReader, ProgressCallback, ignore_progress
from airflow_provider_allhours.flows.shards import ShardJson
from airflow_provider_allhours.parameters import FAIL_OR_WARN, one_of
from airflow_provider_allhours.periods import Period, PeriodJson

log = logging.getLogger(__name__)

MANIFEST_ONLY = (
    *(
        "schema",
        "contract_sha256",
        "shard",
        "csv",
        "selection",
        "proof",
        "invalid_days",
        "open_days",
        "left_out",
        "cause",
        "pseudonyms",
    ),
)
"""Keys of the manifest that are not in the return value."""


@dataclass(frozen=True)
class ExportRequest:
    """What a DAG author wants exported.

    Attributes:
        dataset: one of :data:`~airflow_provider_allhours.flows.datasets.catalogue.DATASETS`.
        path: where the file goes; its suffix decides the format.
        period: company-local days; None for users.
        timezone: IANA name, noted in the manifest.
        file_format: wins over the suffix.
        columns: which columns, under which names.
        privacy: column -> ``keep``, ``drop`` or ``hash``.
        on_incomplete: ``fail`` publishes nothing when a day is missing; ``warn`` publishes and lists it.
        csv_options: form of a CSV file, see :func:`~airflow_provider_allhours.files.csv_options.read_csv_options`.
        pseudonym_key: key of the hashes; the connection's Client Secret by default.
        shard: only a part of the employees.
        on_invalid: ``fail`` publishes nothing when the calculation of a day is not valid; ``warn`` publishes and counts
            such days in the manifest.
        employees: only these: a list of employee ids, or a custom field with its values.
        proof: ``days`` holds absences or clockings against the employee-days, at one request per employee.
    """

    dataset: str
    path: AnyPath
    period: Period | None
    timezone: str
    file_format: str | None = None
    columns: Sequence[str] | Mapping[str, str] | None = None
    privacy: Mapping[str, str] | None = None
    on_incomplete: str = "fail"
    csv_options: Mapping[str, object] | None = None
    pseudonym_key: bytes | None = field(default=None, repr=False)
    shard: Shard | None = None
    on_invalid: str = "warn"
    employees: Sequence[object] | Mapping[str, object] | None = None
    proof: str = "none"


class ExportSource(TypedDict):
    """The account that was read, and the path templates of the routes."""

    host: str
    routes: list[str]


class SchemaColumn(TypedDict):
    """A published column."""

    name: str
    type: str


class CsvForm(TypedDict):
    """How a CSV file was written, and is read back."""

    separator: str
    decimal_sign: str
    encoding: str
    formula_safe: bool


class ExportResult(TypedDict):
    """The manifest without its schema: plain JSON, no rows, no names."""

    dataset: str
    period: PeriodJson | None
    timezone: str
    path: str
    manifest_path: str
    format: str
    rows: int
    employees: int
    bytes: int
    sha256: str
    coverage: CoverageJson
    totals: dict[str, int]
    source: ExportSource
    provider_version: str
    requests: int
    created_at: str


class ExportManifest(ExportResult):
    """What ``<path>.manifest.json`` holds."""

    schema: list[SchemaColumn]
    contract_sha256: str
    proof: Proof
    invalid_days: int
    open_days: int
    left_out: int
    cause: str | None
    shard: NotRequired[ShardJson]
    csv: NotRequired[CsvForm]
    pseudonyms: dict[str, str]
    selection: list[str] | dict[str, list[str]] | None


def export_dataset(
    client: AllHoursClient, request: ExportRequest, *, on_progress: ProgressCallback = ignore_progress
) -> ExportResult:
    """Read a dataset, check that it is complete, publish it; see :func:`publish_dataset`.

    Returns:
        The manifest without ``schema``: plain JSON, no rows, no names.
    """
    return result_of(publish_dataset(client, request, on_progress=on_progress))


def result_of(manifest: ExportManifest) -> ExportResult:
    """What an export returns of its manifest."""
    # The type checker cannot follow a comprehension over the keys of a TypedDict.
    return cast("ExportResult", {name: value for name, value in manifest.items() if name not in MANIFEST_ONLY})


def publish_dataset(
    client: AllHoursClient, request: ExportRequest, *, on_progress: ProgressCallback = ignore_progress
) -> ExportManifest:
    """Read a dataset, check that it is complete, publish it.

    Args:
        client: the account.
        request: what to export.
        on_progress: called after each employee.

    Returns:
        The manifest.

    Raises:
        AllHoursIncompleteError: employee-days are missing or contradictory and ``on_incomplete`` is ``fail``, or not
            valid and ``on_invalid`` is ``fail``.
        AllHoursContractError: no record has a field that fills a published column or decides who is in.
        AllHoursParameterError: a parameter that cannot work.
    """
    one_of("on_incomplete", request.on_incomplete, FAIL_OR_WARN)
    one_of("on_invalid", request.on_invalid, FAIL_OR_WARN)
    file_format, _ = format_of(str(request.path), request.file_format)
    requests_before = client.requests
    reader = DatasetReader(
        find_dataset(request.dataset),
        client,
        request.period,
        request.shard,
        on_progress,
        selection=None if request.employees is None else EmployeeSelection.of(request.employees),
        proof=one_of("proof", request.proof, PROOFS),
    )
    selection = select_columns(
        reader.dataset.columns,
        columns=request.columns,
        privacy=request.privacy,
        key=client.pseudonym_key if request.pseudonym_key is None else request.pseudonym_key,
    )
    csv_options = read_csv_options(request.csv_options, file_format)
    _refuse_missing_characters(csv_options, selection, [column.name for column in selection.columns], "the header")

    fields = reader.dataset.fields(selection.positions)
    client.need_fields(fields)

    def manifest(written: Written) -> ExportManifest:
        requests = client.requests - requests_before
        return _manifest(request, reader, selection, written, file_format, csv_options, requests)

    return publish_rows(
        request.path,
        _published_rows(reader, selection, csv_options, request, fields),
        selection.columns,
        file_format=request.file_format,
        csv_options=csv_options,
        manifest=manifest,
    )


def _published_rows(
    reader: DatasetReader,
    selection: Selection,
    csv_options: CsvOptions,
    request: ExportRequest,
    fields: Sequence[str],
) -> Iterator[Row]:
    """The published rows; raises after the last one, before anything is visible, when they may not be published."""
    rows = _selected_rows(reader, selection, csv_options)
    # The order of the dataset is that of the employee ids: it would tell whose a pseudonym is.
    yield from rows if selection.is_ordered else sort_externally(rows, selection.order_of)
    subject = f"{request.dataset} of {request.period or 'the account'}"
    reader.client.require_fields(fields)
    if request.on_incomplete == "fail":
        reader.coverage.require_complete(subject)
    elif reader.coverage.cause is not None:
        log.warning("Published although %s", reader.coverage.cause)
    if request.on_invalid == "fail":
        reader.coverage.require_valid(subject)
    elif reader.coverage.invalid:
        log.warning("Published although the calculation of %d days is not valid", len(reader.coverage.invalid))
    if reader.dataset.by_employee and _open_days(request):
        log.warning(
            "The period %s is not over in %s: its last %d days have plans, the work on them is still to come",
            request.period,
            request.timezone,
            _open_days(request),
        )


def _open_days(request: ExportRequest) -> int:
    """Days of the period that are not past in the company."""
    if request.period is None:
        return 0
    first_open = max(request.period.date_from, company_today(request.timezone))
    return max(0, (request.period.date_to - first_open).days + 1)


def _selected_rows(reader: DatasetReader, selection: Selection, csv_options: CsvOptions) -> Iterator[Row]:
    user_id = reader.dataset.user_id_position
    for row in reader.rows:
        published = selection(row)
        if not csv_options.is_unicode:
            _refuse_missing_characters(csv_options, selection, published, f"the row of user {row[user_id]}")
        yield published


def _refuse_missing_characters(
    csv_options: CsvOptions, selection: Selection, values: Sequence[object], place: str
) -> None:
    missing = csv_options.missing_character(values)
    if missing is not None:
        position, character = missing
        raise AllHoursParameterError(
            f"parameter 'csv_options' has the encoding {csv_options.encoding!r}, which lacks the character {character} "
            f"of the column {selection.columns[position].name!r} in {place}; utf-8 and utf-8-sig have every character"
        )


def _published_cause(coverage: Coverage, selection: Selection) -> str | None:
    """Why the file is incomplete where no missing day says so; a user id in it would tell whose a pseudonym is."""
    if coverage.cause is None:
        return None
    return "stands in the log of the task" if selection.hides_people else str(coverage.cause)


def _published_coverage(coverage: Coverage, selection: Selection) -> CoverageJson:
    """The coverage; where people are hidden, its days have the names and the order of the file."""
    listed = coverage.to_json()
    if selection.hides_people:
        days = [(selection.published_user_id(user_id), day.isoformat()) for user_id, day in coverage.missing]
        days.sort(key=lambda entry: (entry[0] or "", entry[1]))
        listed["missing"] = [{"user_id": user_id, "date": day} for user_id, day in days[:MAX_LISTED]]
    return listed


def _manifest(
    request: ExportRequest,
    reader: DatasetReader,
    selection: Selection,
    written: Written,
    file_format: str,
    csv_options: CsvOptions,
    requests: int,
) -> ExportManifest:
    manifest: ExportManifest = {
        "dataset": request.dataset,
        "period": request.period.to_json() if request.period else None,
        "timezone": request.timezone,
        "path": str(request.path),
        "manifest_path": str(sibling(request.path, MANIFEST_SUFFIX)),
        "format": file_format,
        "rows": written.rows,
        "employees": len(reader.employees),
        "bytes": written.bytes,
        "sha256": written.sha256,
        "coverage": _published_coverage(reader.coverage, selection),
        "totals": written.totals,
        "source": {"host": reader.client.host, "routes": reader.client.route_paths(*reader.dataset.routes)},
        "provider_version": __version__,
        "requests": requests,
        "created_at": utc_now(),
        "schema": [{"name": column.name, "type": column.kind.value} for column in selection.columns],
        "contract_sha256": reader.client.contract_sha256,
        "proof": reader.coverage.proof,
        "invalid_days": len(reader.coverage.invalid),
        "open_days": _open_days(request),
        "left_out": reader.left_out,
        "cause": _published_cause(reader.coverage, selection),
        "selection": None if reader.selection is None else reader.selection.to_json(),
        "pseudonyms": selection.pseudonyms,
    }
    if file_format == "csv":
        manifest["csv"] = {
            "separator": csv_options.separator,
            "decimal_sign": csv_options.decimal_sign,
            "encoding": csv_options.encoding,
            "formula_safe": csv_options.formula_safe,
        }
    if reader.shard_evidence is not None:
        manifest["shard"] = reader.shard_evidence
    return manifest
