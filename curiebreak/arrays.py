"""Small array functions that numpy has only at the price of a slow import."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Scalar = TypeVar("Scalar", bound=np.generic)


def distinct(values: NDArray[Scalar]) -> NDArray[Scalar]:
    """Sorted different elements (m,) of an array, like ``np.unique`` without loading ``numpy.ma``."""
    return np.asarray(np.unique(values, return_index=True)[0])
