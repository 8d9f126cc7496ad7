"""A CUDA device imitated on the processor: tensors that were put there are marked, and may not meet others.

Every call of torch passes :class:`SecondDevice` while it is active. What asks for the device gives a marked tensor,
results of marked tensors are marked, and what a real device refuses is refused: tensors of two devices in one
operation (scalars without axes, and indices, may lie on the processor) and numpy arrays of the device without a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

THERE = torch.device("cuda", 0)
INDEXING = ("__getitem__", "__setitem__", "index_put_", "index_select")
COPYING = ("copy_",)


class TwoDevices(RuntimeError):
    """Tensors of both devices met."""


def _tensors(found: object) -> Iterator[torch.Tensor]:
    """Tensors in arguments or results, however nested."""
    if isinstance(found, torch.Tensor):
        yield found
    elif isinstance(found, dict):
        yield from _tensors(list(found.values()))
    elif isinstance(found, list | tuple):
        for part in found:
            yield from _tensors(part)


def _is_there(tensor: torch.Tensor) -> bool:
    return bool(tensor.__dict__.get("there", False))


def _names_device(word: object) -> bool:
    return isinstance(word, torch.device | str) and str(word).split(":")[0] == THERE.type


class SecondDevice(TorchFunctionMode):
    """While active, ``cuda`` is a device beside the processor.

    Attributes
    ----------
    used : int
        Operations that ran there.
    """

    used = 0

    def __enter__(self) -> SecondDevice:
        self.available = torch.cuda.is_available
        torch.cuda.is_available = lambda: True
        return super().__enter__()

    def __exit__(self, *ended: Any) -> None:
        torch.cuda.is_available = self.available
        super().__exit__(*ended)

    def __torch_function__(
        self, function: Callable[..., Any], types: Sequence[type], args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        name = getattr(function, "__name__", "")
        whose = getattr(getattr(function, "__self__", None), "__name__", "")
        first = args[0] if args else None
        if function is torch.device:
            return function(*args, **kwargs)
        if name == "__get__" and whose in ("device", "is_cuda", "is_cpu") and isinstance(first, torch.Tensor):
            return self._asked(whose, first)
        wanted = next((word for word in (*args, *kwargs.values()) if isinstance(word, torch.device)), None)
        moved = name in ("to", "cpu", "cuda") or "device" in kwargs
        goes = any(map(_names_device, (*args, *kwargs.values())))
        stays = name == "cpu" or (moved and not goes and (wanted is not None or "cpu" in (*args, *kwargs.values())))
        if goes:
            args = [torch.device("cpu") if _names_device(word) else word for word in args]
            kwargs = {key: torch.device("cpu") if _names_device(word) else word for key, word in kwargs.items()}
        given = list(_tensors(args)) + list(_tensors(kwargs))
        there = any(_is_there(tensor) for tensor in given)
        if name == "numpy" and there and not (kwargs.get("force") or any(args[1:])):
            raise TwoDevices("numpy of a tensor that lies on the device")
        if there and not moved and name not in COPYING:
            self._check(name, args if name not in INDEXING else [first, *args[2:]], kwargs)
        result = function(*args, **kwargs)
        if goes or (there and not stays):
            self.used += 1
            for tensor in _tensors(result):
                if any(tensor is one for one in given) and not there:
                    # a copy is made where torch would make one
                    return self._marked(tensor.clone())
                self._marked(tensor)
        elif stays and there:
            return result.clone() if isinstance(result, torch.Tensor) else result
        return result

    def _asked(self, what: str, tensor: torch.Tensor) -> object:
        if what == "device":
            return THERE if _is_there(tensor) else torch.device("cpu")
        return _is_there(tensor) == (what == "is_cuda")

    def _check(self, name: str, args: object, kwargs: object) -> None:
        for tensor in (*_tensors(args), *_tensors(kwargs)):
            if tensor.dim() and not _is_there(tensor):
                raise TwoDevices(f"{name} of a tensor on the device and one on the processor")

    def _marked(self, tensor: torch.Tensor) -> torch.Tensor:
        tensor.there = True  # type: ignore[attr-defined]
        return tensor
