# SPDX-License-Identifier: Apache-2.0
"""Stage a file on this machine and put it whole into a store."""

from __future__ import annotations

import logging
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from airflow_provider_allhours.client.errors import AllHoursPublicationError
from airflow_provider_allhours.files.part_files import BEFORE, PRIVATE_MODE, PartFile, remove_leftovers
from airflow_provider_allhours.files.stores import ConditionFailedError, Digests, store_of

log = logging.getLogger(__name__)

_UNTOUCHED, _BEGUN, _PLACED = "untouched", "begun", "placed"


class RemoteStagedFile:
    """A file of a store; see :class:`~airflow_provider_allhours.files.staging.StagedFile`.

    What stands there is kept on this machine until everything is published, so that nothing has to be copied or removed
    in the store: a store may forbid both.

    Args:
        fs: the fsspec file system.
        key: the path on it.
        shown: the path as messages name it.
        is_private: whether a new file can be read by its user only, in stores that have permissions.
    """

    folder: Path | None = None

    def __init__(self, fs: Any, key: str, shown: str, *, is_private: bool) -> None:
        self._store = store_of(fs)
        self._key = key
        self._shown = shown
        self._mode = PRIVATE_MODE if is_private else None
        self._temporary = Path(tempfile.gettempdir())
        for kind in ("part", BEFORE):
            remove_leftovers(self._temporary, shown, kind)
        self._part = PartFile(self._temporary, shown)
        self.stream: IO[bytes] = self._part.stream
        self._digests: Digests | None = None
        self._info: dict[str, Any] | None = None
        self._is_visible = True
        self._before: PartFile | None = None
        self._is_alone = False
        self._step = _UNTOUCHED
        self._is_restored = True

    def __str__(self) -> str:
        return self._shown

    def prepare(self, *, is_alone: bool) -> None:
        """Look at what stands there and keep it."""
        self._is_alone = is_alone
        self._digests = Digests(str(self._part.path))
        try:
            self._info = self._store.look(self._key)
            if self._info is not None and not is_alone:
                self._keep_before()
        except PermissionError:
            log.warning("%s may not be read; it is published without a look at what stands there", self)
            self._is_visible = False

    def put_in_place(self) -> None:
        """Upload it."""
        # After the first time, what another run put there is replaced.
        is_conditional = self._is_visible and self._step == _UNTOUCHED
        self._step = _BEGUN
        try:
            self._store.put(str(self._part.path), self._key, self._info, is_conditional=is_conditional, mode=self._mode)
        except ConditionFailedError as error:
            # A request that was repeated after a lost answer fails on what it wrote itself.
            if not self._is_ours():
                self._step = _UNTOUCHED
                raise AllHoursPublicationError(
                    f"another run published {self} at the same time; what it wrote stays, and nothing of this run does"
                ) from error
        self._step = _PLACED

    def is_in_place(self) -> bool:
        """Whether this content is at its place, as far as it may be read."""
        is_ours = self._is_ours()
        if is_ours is None:
            log.warning("%s cannot be read back; whether another run published it too is not known", self)
        return is_ours is not False

    def settle(self) -> None:
        """Forget that there was something before."""
        self._step = _UNTOUCHED

    def take_back(self) -> None:
        """Upload what stood there again, or remove this file, unless another run's is there."""
        # A single file is whole, be it the earlier one or this one.
        if self._step == _UNTOUCHED or self._is_alone:
            return
        self._is_restored = False
        # What is there has to be known before it is known to be of this run: it is replaced on that condition.
        current = self._store.look(self._key) if self._is_visible else None
        if self._is_to_be_restored(current):
            self._restore(current)
        self._is_restored = True

    def _is_to_be_restored(self, current: dict[str, Any] | None) -> bool:
        if self._step == _BEGUN and self._is_visible:
            if current == self._info:
                return False
            if self._store.can_show_parts:
                return True
        return self._is_ours() is not False

    @property
    def kept_before(self) -> str | None:
        """The local file with the earlier content, where it could not be uploaded again."""
        return None if self._is_restored or self._before is None else str(self._before.path)

    def clean_up(self) -> None:
        """Remove what is left of the staging on this machine."""
        self._part.remove()
        if self._before is not None:
            # Where the earlier file could not be restored, this is its only copy.
            if self._is_restored:
                self._before.remove()
            else:
                self._before.release()

    def _is_ours(self) -> bool | None:
        return None if self._digests is None else self._store.holds(self._key, self._digests)

    def _keep_before(self) -> None:
        self._before = PartFile(self._temporary, self._shown, BEFORE)
        self._before.stream.close()
        self._store.get(self._key, str(self._before.path))

    def _restore(self, current: dict[str, Any] | None) -> None:
        # Another run may replace it at this very moment; then there is nothing of this run to be taken back.
        with suppress(ConditionFailedError):
            if self._before is not None:
                self._store.put(str(self._before.path), self._key, current, is_conditional=True, mode=self._mode)
            elif self._info is None and self._is_visible:
                if current is not None:
                    self._store.remove(self._key, current)
            else:
                raise PermissionError(f"{self} was replaced, and what stood there before may not be read")
