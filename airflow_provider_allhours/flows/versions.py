# SPDX-License-Identifier: Apache-2.0
"""The frozen versions of a period, and which of them were released to payroll."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from airflow_provider_allhours.client.errors import AllHoursConflictError, AllHoursParameterError
from airflow_provider_allhours.files.publication import sha256_of
from airflow_provider_allhours.files.staging import AnyPath, as_upath
from airflow_provider_allhours.payroll.amounts import Amounts, count_amounts
from airflow_provider_allhours.periods import Period

MANIFEST, RELEASE, DELTA = "manifest.json", "release.json", "delta.csv"
PARTS = ("timesheets", "absences", "counters")

_FOLDER = re.compile(r"v(\d{4,})")


class PeriodVersions:
    """The versions of one period below a folder; a version is there when its manifest is.

    Args:
        folder: ``<path>/<first day>_<last day>``.
    """

    def __init__(self, folder: Any) -> None:
        self.folder = as_upath(folder)

    @classmethod
    def of(cls, path: AnyPath, period: Period) -> PeriodVersions:
        """The versions of a period below a path."""
        return cls(as_upath(path) / f"{period.date_from}_{period.date_to}")

    def place(self, version: int, name: str) -> Any:
        """Where a file of a version is."""
        return self.folder / f"v{version:04}" / name

    def numbers(self) -> list[int]:
        """Versions that are whole, in order."""
        fs = self.folder.fs
        fs.invalidate_cache()
        if not fs.exists(self.folder.path):
            return []
        names = (str(name).rstrip("/").rpartition("/")[2] for name in fs.ls(self.folder.path, detail=False))
        found = [int(match[1]) for name in names if (match := _FOLDER.fullmatch(name))]
        return sorted(number for number in found if self._exists(number, MANIFEST))

    def released(self) -> list[int]:
        """Versions from which a payroll file was published, in order."""
        return [number for number in self.numbers() if self._exists(number, RELEASE)]

    def manifest(self, version: int) -> dict[str, Any]:
        """What a version says of itself."""
        return self._json(version, MANIFEST)

    def manifest_sha256(self, version: int) -> str:
        """Checksum of what it says."""
        return sha256_of(self._read(version, MANIFEST))

    def release(self, version: int) -> dict[str, Any] | None:
        """How it was released, if it was."""
        return self._json(version, RELEASE) if self._exists(version, RELEASE) else None

    def amounts(self, version: int) -> Amounts:
        """A version, counted again from its files.

        Raises:
            AllHoursConflictError: a file is not what its checksum says.
        """
        manifest = self.manifest(version)
        timesheets, absences, counters = (self._rows(version, name, manifest["files"][name]) for name in PARTS)
        return count_amounts(timesheets, absences, counters, manifest["absence_fractions"])

    def _rows(self, version: int, name: str, described: dict[str, Any]) -> Iterator[dict[str, Any]]:
        content = self._read(version, described["name"])
        if sha256_of(content) != described["sha256"]:
            raise AllHoursConflictError(
                f"{self.place(version, described['name'])} was changed after it was frozen; its checksum differs"
            )
        return (json.loads(line) for line in content.splitlines())

    def _exists(self, version: int, name: str) -> bool:
        place = self.place(version, name)
        return bool(place.fs.exists(place.path))

    def _read(self, version: int, name: str) -> bytes:
        place = self.place(version, name)
        return bytes(place.fs.cat_file(place.path))

    def _json(self, version: int, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._read(version, name))
        return found


def versions_of_manifest(manifest_path: AnyPath) -> tuple[PeriodVersions, int, Period]:
    """The version that a manifest belongs to.

    Raises:
        AllHoursParameterError: there is no such manifest.
    """
    place = as_upath(manifest_path)
    try:
        manifest = json.loads(place.fs.cat_file(place.path))
        version = int(manifest["version"])
        period = Period(date.fromisoformat(manifest["period"]["from"]), date.fromisoformat(manifest["period"]["to"]))
    except (OSError, ValueError, KeyError, TypeError):
        raise AllHoursParameterError(
            f"parameter 'close': {manifest_path} is no manifest of AllHoursClosePeriodOperator"
        ) from None
    return PeriodVersions(place.parent.parent), version, period
