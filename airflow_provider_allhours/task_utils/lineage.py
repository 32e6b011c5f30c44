# SPDX-License-Identifier: Apache-2.0
"""What a task read and wrote, for Airflow's OpenLineage provider. Nothing here needs that provider, or asks All Hours.

A task notes its datasets while it runs, from the values that it works with. OpenLineage asks for them when the task is
over, and gets what was noted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow_provider_allhours.task_utils.file_address import file_address

if TYPE_CHECKING:
    from airflow_provider_allhours.flows.exports import ExportManifest, SchemaColumn
    from airflow_provider_allhours.flows.payroll_contributions import PaidPeriod

_VERSION = re.compile(r"[vV]\d+")

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class TaskDataset:
    """A dataset that a task read or wrote, with what is known of it; what is None or empty is not known.

    Attributes:
        namespace: the account or store.
        name: name in it.
        rows: number of rows written.
        size: bytes written.
        sha256: checksum of its content, hex.
        columns: published columns.
        is_removed: whether the task removed it.
        facts: what else consumers should know, such as the period: JSON without personal data.
    """

    namespace: str
    name: str
    rows: int | None = None
    size: int | None = None
    sha256: str | None = None
    columns: Sequence[SchemaColumn] = ()
    is_removed: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """What tells datasets apart."""
        return self.namespace, self.name


def account_dataset(api_root: str, name: str) -> TaskDataset:
    """A dataset of an All Hours account: ``allhours://<host>`` and its name.

    Args:
        api_root: the client's ``host``.
        name: the noun, such as ``timesheets``.
    """
    parts = urlsplit(api_root)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = parts.port
    has_own_port = port is not None and port != DEFAULT_PORTS.get(parts.scheme)
    return TaskDataset(f"allhours://{host}:{port}" if has_own_port else f"allhours://{host}", name)


def endpoint_dataset(api_root: str, endpoint: str) -> TaskDataset:
    """What an endpoint of the API gives access to: its resource, without the ids and names that may follow.

    Args:
        api_root: the client's ``host``.
        endpoint: path such as ``/api/v1/Users/17``, which is of ``Users``.
    """
    segments = [part for part in urlsplit(str(endpoint).strip()).path.split("/") if part]
    resource = next((part for part in segments if part.lower() != "api" and not _VERSION.fullmatch(part)), "")
    return account_dataset(api_root, resource if resource.isalpha() else "api")


def file_dataset(path: Any, **known: Any) -> TaskDataset:
    """A file or folder as a dataset.

    Args:
        path: an ``ObjectStoragePath``.
        known: fields of :class:`TaskDataset`.
    """
    address = file_address(path)
    return TaskDataset(address.namespace, address.name, **known)


def export_file(path: Any, manifest: ExportManifest) -> TaskDataset:
    """The file of an export, as its manifest describes it.

    Args:
        path: the file.
        manifest: its manifest.
    """
    coverage = manifest["coverage"]
    return file_dataset(
        path,
        rows=manifest["rows"],
        size=manifest["bytes"],
        sha256=manifest["sha256"],
        columns=manifest["schema"],
        facts={
            "period": manifest["period"],
            "timezone": manifest["timezone"],
            "complete": is_complete(manifest),
            "expected": coverage["expected"],
            "received": coverage["received"],
        },
    )


def is_complete(manifest: ExportManifest) -> bool:
    """Whether nothing is missing in an export; one with ``on_incomplete="warn"`` is published incomplete, too."""
    coverage = manifest["coverage"]
    return manifest["cause"] is None and not coverage["missing"] and coverage["received"] >= (coverage["expected"] or 0)


def described_file(given: Any, path_of: Callable[[str], Any]) -> TaskDataset:
    """The file that a return value or the path of a manifest describes.

    Args:
        given: rendered parameter: a return value with ``path``, or the path of a manifest.
        path_of: makes an ``ObjectStoragePath`` from a path.
    """
    from airflow_provider_allhours.files.publication import MANIFEST_SUFFIX

    path = given.get("path") if isinstance(given, Mapping) else given
    return file_dataset(path_of(str(path).removesuffix(MANIFEST_SUFFIX)))


def closed_version(close: Any, path_of: Callable[[str], Any]) -> TaskDataset:
    """The folder of the version that a close made.

    Args:
        close: rendered parameter: return value of a close, or the path of its manifest.
        path_of: makes an ``ObjectStoragePath`` from a path.

    Raises:
        AllHoursParameterError: neither of the two.
    """
    from airflow_provider_allhours.flows.versions import manifest_path_of

    return file_dataset(path_of(manifest_path_of(close)).parent)


def earlier_versions(close: Any, paid: Sequence[PaidPeriod], path_of: Callable[[str], Any]) -> list[TaskDataset]:
    """The folders of the versions that a payroll file pays the differences to.

    Args:
        close: rendered parameter: return value of a close, or the path of its manifest.
        paid: ``periods`` of the payroll file.
        path_of: makes an ``ObjectStoragePath`` from a path.
    """
    from airflow_provider_allhours.flows.versions import MANIFEST, PeriodVersions, manifest_path_of
    from airflow_provider_allhours.periods import Period

    periods = path_of(manifest_path_of(close)).parent.parent.parent
    return [
        file_dataset(
            PeriodVersions.of(periods, Period.from_json(part["period"])).path(part["baseline"], MANIFEST).parent
        )
        for part in paid
        if part["baseline"] is not None
    ]


class TaskLineage:
    """The datasets of one run of a task, each once."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, str], TaskDataset] = {}
        self._intended: dict[tuple[str, str], TaskDataset] = {}
        self._written: dict[tuple[str, str], TaskDataset] = {}

    def reads(self, *datasets: TaskDataset) -> None:
        """Note datasets that the task is about to read."""
        self._read.update((dataset.key, dataset) for dataset in datasets)

    def intends(self, *datasets: TaskDataset) -> None:
        """Note datasets that the task is about to write: a run that fails names them, one that succeeds does not."""
        self._intended.update((dataset.key, dataset) for dataset in datasets)

    def wrote(self, *datasets: TaskDataset) -> None:
        """Note datasets that the task has written or removed."""
        self._written.update((dataset.key, dataset) for dataset in datasets)

    @property
    def inputs(self) -> list[TaskDataset]:
        """What was read."""
        return list(self._read.values())

    def outputs(self, *, is_failed: bool) -> list[TaskDataset]:
        """What was written; of a run that failed also what it was about to write, without anything known of it."""
        return list(({**self._intended, **self._written} if is_failed else self._written).values())


class ReportsLineage:
    """Mixin of operators and sensors that tell OpenLineage what they read and wrote.

    Airflow's OpenLineage provider calls the two methods in the task's process when the task is over; they answer from
    what ``execute`` noted in :attr:`lineage`. A skipped task counts as completed there.
    """

    @property
    def lineage(self) -> TaskLineage:
        """The datasets of this run. Airflow runs a copy of the task each time, so nothing is left of another run."""
        noted: TaskLineage = self.__dict__.setdefault("_lineage", TaskLineage())
        return noted

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """The datasets of a run that succeeded or was skipped; None where the OpenLineage provider is missing."""
        return self._openlineage(is_failed=False)

    def get_openlineage_facets_on_failure(self, task_instance: Any) -> Any:
        """The datasets of a run that failed: what it read, and the files that it was about."""
        return self._openlineage(is_failed=True)

    def _openlineage(self, *, is_failed: bool) -> Any:
        try:
            from airflow_provider_allhours.task_utils.openlineage_facets import operator_lineage
        except ImportError:
            return None
        return operator_lineage(self.lineage.inputs, self.lineage.outputs(is_failed=is_failed))
