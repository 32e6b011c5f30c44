# SPDX-License-Identifier: Apache-2.0
"""Read the frozen versions of a period, and the records of their releases to payroll."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict, cast

from airflow_provider_allhours.attendance.coverage import CoverageJson
from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursParameterError
from airflow_provider_allhours.files.publication import sha256_of
from airflow_provider_allhours.files.staging import AnyPath, as_upath
from airflow_provider_allhours.payroll.amounts import Amounts, count_amounts
from airflow_provider_allhours.payroll.releases import Release
from airflow_provider_allhours.periods import Period, PeriodJson

MANIFEST, RELEASE, DELTA = "manifest.json", "release.json", "delta.csv"
PARTS = ("timesheets", "absences", "counters")

_FOLDER = re.compile(r"v(\d{4,})")


class VersionFile(TypedDict):
    """Name, rows, bytes and SHA-256 of a frozen file."""

    name: str
    rows: int
    bytes: int
    sha256: str


class DeltaEvidence(TypedDict):
    """The delta file of a version: its lines, and their number by reason."""

    name: str
    lines: int
    sha256: str
    reasons: dict[str, int]


class VersionSource(TypedDict):
    """API root of the account that was read, and path templates of the routes."""

    host: str
    routes: list[str]


class VersionManifest(TypedDict):
    """What ``manifest.json`` of a version holds.

    ``totals`` are minutes by timesheet column; ``window`` is the time during which the account was read;
    ``absence_fractions`` maps the id of an absence definition to the part of a day that a whole-day record stands for.
    """

    version: int
    period: PeriodJson
    timezone: str
    employees: int
    open_approvals: int
    totals: dict[str, int]
    baseline: int | None
    delta: DeltaEvidence | None
    files: dict[str, VersionFile]
    coverage: CoverageJson
    absence_fractions: dict[str, float]
    window: dict[str, str]
    requests: int
    source: VersionSource
    provider_version: str
    created_at: str


@dataclass(frozen=True)
class FrozenVersion:
    """A version and its manifest; the methods read its other files.

    Attributes:
        versions: all versions of its period.
        number: number of the version, from 1.
        period: the frozen days.
        manifest: content of its manifest.
        manifest_sha256: SHA-256 of the manifest, hex.
    """

    versions: PeriodVersions
    number: int
    period: Period
    manifest: VersionManifest
    manifest_sha256: str

    def read_amounts(self) -> Amounts:
        """Read the frozen files, verify their checksums and count them.

        Raises:
            AllHoursConflictError: the checksum of a file differs from the manifest's.
        """
        timesheets, absences, counters = (self._read_rows(self.manifest["files"][part]) for part in PARTS)
        return count_amounts(timesheets, absences, counters, self.manifest["absence_fractions"])

    def read_release(self) -> Release | None:
        """Read the record of its release; None when it was not released."""
        return self.versions.read_release(self.number)

    def _read_rows(self, file: VersionFile) -> Iterator[dict[str, Any]]:
        path = self.versions.path(self.number, file["name"])
        content = bytes(path.fs.cat_file(path.path))
        if sha256_of(content) != file["sha256"]:
            raise AllHoursConflictError(f"{path} was changed after it was frozen; its checksum differs")
        return (json.loads(line) for line in content.splitlines())


class PeriodVersions:
    """The versions of one period below a folder; a version exists when its manifest does.

    Args:
        folder: ``<path>/<first day>_<last day>``.
    """

    def __init__(self, folder: AnyPath) -> None:
        self.folder = as_upath(folder)

    @classmethod
    def of(cls, path: AnyPath, period: Period) -> PeriodVersions:
        """The versions of a period below the folder of all periods."""
        return cls(as_upath(path) / f"{period.date_from}_{period.date_to}")

    def path(self, number: int, name: str) -> Any:
        """Path of a file of a version."""
        return self.folder / f"v{number:04}" / name

    def numbers(self) -> list[int]:
        """Numbers of the versions that have a manifest, in order."""
        fs = self.folder.fs
        fs.invalidate_cache()
        if not fs.exists(self.folder.path):
            return []
        names = (str(name).rstrip("/").rpartition("/")[2] for name in fs.ls(self.folder.path, detail=False))
        numbers = [int(match[1]) for name in names if (match := _FOLDER.fullmatch(name))]
        return sorted(number for number in numbers if self._exists(number, MANIFEST))

    def released(self) -> list[int]:
        """Numbers of the versions from which a payroll file was published, in order."""
        return [number for number in self.numbers() if self._exists(number, RELEASE)]

    def open(self, number: int) -> FrozenVersion:
        """Read the manifest of a version."""
        path = self.path(number, MANIFEST)
        return _frozen_version(self, path.fs.cat_file(path.path))

    def read_release(self, number: int) -> Release | None:
        """Read the record of a version's release; None when it was not released."""
        if not self._exists(number, RELEASE):
            return None
        path = self.path(number, RELEASE)
        return cast("Release", json.loads(path.fs.cat_file(path.path)))

    def _exists(self, number: int, name: str) -> bool:
        path = self.path(number, name)
        return bool(path.fs.exists(path.path))


def open_close(manifest_path: AnyPath) -> FrozenVersion:
    """Open the version of a manifest.

    Raises:
        AllHoursParameterError: the path is not that of a manifest, or it is in the folder of another version.
    """
    path = as_upath(manifest_path)
    versions = PeriodVersions(path.parent.parent)
    try:
        version = _frozen_version(versions, path.fs.cat_file(path.path))
        if path.parent.name != versions.path(version.number, MANIFEST).parent.name:
            raise ValueError("a manifest in the folder of another version")
    except (OSError, ValueError, KeyError, TypeError):
        raise AllHoursParameterError(
            f"parameter 'close': {manifest_path} is not a manifest of AllHoursClosePeriodOperator"
        ) from None
    return version


def manifest_path_of(close: object) -> str:
    """Path of the manifest of a close, given the close's return value or the path itself.

    Raises:
        AllHoursParameterError: the value is neither of the two.
    """
    path = close.get("manifest_path") if isinstance(close, Mapping) else close
    if not path or not isinstance(path, str):
        raise AllHoursParameterError(
            "parameter 'close' takes the return value of AllHoursClosePeriodOperator or the path of its manifest"
        )
    return path


def _frozen_version(versions: PeriodVersions, content: bytes) -> FrozenVersion:
    manifest = cast("VersionManifest", json.loads(content))
    period = Period.from_json(manifest["period"])
    return FrozenVersion(versions, int(manifest["version"]), period, manifest, sha256_of(content))
