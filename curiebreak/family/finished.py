"""Networks that a training has finished, kept beside the model until it is whole, so that a training can go on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curiebreak.family.container import packed, under, unpacked, write
from curiebreak.versions import library_versions

Weights = Mapping[str, NDArray[Any]]


class FinishedNetworks:
    """Weights of finished networks by what they were trained on.

    Parameters
    ----------
    path : Path, optional
        File that holds them; without one nothing is kept.
    resume : bool
        Read what an earlier training left there; otherwise begin anew.

    Raises
    ------
    InputError
        Where the file is damaged or of another version.
    """

    def __init__(self, path: Path | None, resume: bool = False) -> None:
        self._path = path
        self._arrays: dict[str, NDArray[Any]] = {}
        self._losses: dict[str, list[float]] = {}
        if path is not None and resume and path.exists():
            header, self._arrays, _ = unpacked(path, "networks")
            self._losses = {str(key): list(map(float, course)) for key, course in header["losses"].items()}

    def __len__(self) -> int:
        return len(self._losses)

    def get(self, key: str) -> tuple[dict[str, NDArray[Any]], list[float]] | None:
        """Weights and losses of the network with this key."""
        return (under(self._arrays, f"{key}."), self._losses[key]) if key in self._losses else None

    def keep(self, key: str, weights: Weights, losses: Sequence[float]) -> None:
        """Note a finished network, and write the file."""
        self._losses[key] = list(losses)
        self._arrays.update({f"{key}.{name}": np.asarray(one) for name, one in weights.items()})
        if self._path is not None:
            write(self._path, packed("networks", {"losses": self._losses}, self._arrays))

    def remove(self) -> None:
        """Delete the file: the model is whole."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def training_key(*parts: Any) -> str:
    """Digest of all that a network depends on: arrays, numbers, and the versions of the libraries."""
    digest = hashlib.sha256(repr(sorted(library_versions().items())).encode())
    for part in parts:
        digest.update(np.ascontiguousarray(part).tobytes() if isinstance(part, np.ndarray) else repr(part).encode())
    return digest.hexdigest()[:32]
