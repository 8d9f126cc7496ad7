"""Linear maps between features that are mostly zero: sums of couplings, and the convolution operators they fill."""

from __future__ import annotations

import warnings

import numpy as np
import torch

from curiebreak.arrays import FloatArray, IntArray

DENSE = 256
"""Coordinates up to which an operator is multiplied as a full matrix; a larger one is stored by its entries."""


def sparse_matrix(
    rows: IntArray, columns: IntArray, values: FloatArray, shape: tuple[int, int], device: torch.device
) -> torch.Tensor:
    """Compressed sparse rows, entries at the same place added."""
    # equal places added, then rows counted: the compressed-row format
    flat = rows * shape[1] + columns
    unique, inverse = np.unique(flat, return_inverse=True)
    summed = np.bincount(inverse.reshape(-1), weights=values, minlength=len(unique))
    pointer, index = _row_pointers(unique // shape[1], shape[0]), torch.as_tensor(unique % shape[1])
    return _compressed(pointer, index, torch.as_tensor(summed), shape).to(device)


def _row_pointers(rows: IntArray, count: int) -> torch.Tensor:
    """Where each row (of ascending `rows`) begins, and the end: (count + 1,)."""
    return torch.as_tensor(np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=count))]))


def _compressed(
    pointer: torch.Tensor, index: torch.Tensor, values: torch.Tensor, shape: tuple[int, int]
) -> torch.Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.sparse_csr_tensor(pointer, index, values, size=shape, check_invariants=False)


class Places:
    """Where matrices (m, n) of one shape can differ from zero, and products with them.

    Parameters
    ----------
    places : (k,) int
        Ascending, row times n plus column.
    shape : (m, n)
    device : torch.device
    """

    def __init__(self, places: IntArray, shape: tuple[int, int], device: torch.device) -> None:
        self.shape, self.dense = shape, shape[1] <= DENSE
        self.places = torch.as_tensor(places, device=device)
        rows, columns = np.divmod(places, shape[1])
        turned = np.argsort(columns * shape[0] + rows)
        self._order = torch.as_tensor(turned, device=device)
        self._rows = _row_pointers(rows, shape[0]).to(device), torch.as_tensor(columns, device=device)
        self._columns = (
            _row_pointers(columns[turned], shape[1]).to(device),
            torch.as_tensor(rows[turned], device=device),
        )

    def filled(self, values: torch.Tensor) -> torch.Tensor:
        """Matrices with these values (b, k): full ones (b, m, n) where they are small, else the values."""
        if not self.dense:
            return values.contiguous()
        full = values.new_zeros(len(values), self.shape[0] * self.shape[1])
        return full.index_copy_(1, self.places, values).view(-1, *self.shape)

    def product(self, matrices: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
        """``M x`` (c, m, r) for columns (c, n, r), with one matrix each or one for all."""
        if self.dense:
            return torch.matmul(matrices, columns)
        made = [_compressed(*self._rows, values, self.shape) for values in matrices]
        return torch.stack([made[i % len(made)] @ x for i, x in enumerate(columns)])

    def turned_product(self, matrices: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
        """``M^T x`` (c, n, r) for columns (c, m, r)."""
        if self.dense:
            return torch.bmm(matrices.transpose(1, 2), columns)
        turned, shape = matrices.index_select(1, self._order), self.shape[::-1]
        pairs = zip(turned, columns, strict=True)
        return torch.stack([_compressed(*self._columns, values, shape) @ x for values, x in pairs])
