# SPDX-License-Identifier: Apache-2.0
"""The files of a run that its links in Airflow's user interface lead to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from airflow_provider_allhours.task_utils.file_address import browser_address


def manifest_beside(path: Any) -> Any:
    """The path of the manifest of a file."""
    from airflow_provider_allhours.files.publication import MANIFEST_SUFFIX
    from airflow_provider_allhours.files.staging import sibling

    return sibling(path, MANIFEST_SUFFIX)


class LinksFiles:
    """Mixin of operators and sensors that have links of :mod:`airflow_provider_allhours.links`."""

    @property
    def linked_files(self) -> dict[str, str]:
        """Name of each link -> address of its file. Airflow runs a copy of the task each time: they are this run's."""
        linked: dict[str, str] = self.__dict__.setdefault("_linked_files", {})
        return linked

    def link(self, *, file: Any = None, manifest: Any = None, report: Any = None) -> None:
        """Note files that are written.

        Args:
            file: ``ObjectStoragePath`` of the file; None for none.
            manifest: that of its manifest.
            report: that of a report.
        """
        given = {"File": file, "Manifest": manifest, "Report": report}
        self.linked_files.update({name: browser_address(path) for name, path in given.items() if path is not None})

    @contextmanager
    def linking(self, *written_before: type[Exception], **files: Any) -> Iterator[None]:
        """Note files at the end of the block.

        Args:
            written_before: errors before which the files are written, too: whoever meets them wants to read the files.
            files: parameters of :meth:`link`.
        """
        try:
            yield
        except written_before:
            self.link(**files)
            raise
        self.link(**files)
