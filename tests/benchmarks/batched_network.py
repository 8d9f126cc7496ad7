"""The joint network with its first question alone (order parameter in, secondaries out), many trainings in one batch.

The same function as `curiebreak.family.evaluate.final`, of torch alone, so that it runs where only torch is installed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.func import vmap

LAYERS, HIDDEN, CHANNELS = 2, 32, 8
INPUT_UNIT, OUTPUT_UNIT, LOSS_UNIT, LARGEST_GRADIENT = 0.2, 0.2, 0.05, 5.0


class Batched:
    """`count` networks for `features` numbers a composition; `data` and `facts` as `learning_curve` wrote them."""

    def __init__(
        self, data: dict[str, np.ndarray], facts: dict[str, Any], count: int, features: int, device: str
    ) -> None:
        self.data, self.facts, self.device = data, facts, device
        self.classes = {int(i): self._operators(int(i), *sizes) for i, sizes in facts["classes"].items()}
        torch.manual_seed(0)
        types, kinds = facts["types"], facts["kinds"]
        inner = torch.nn.Linear(features, HIDDEN)
        outer = torch.nn.Linear(HIDDEN, types * CHANNELS + 2 * LAYERS * types * kinds * CHANNELS)
        one = {"inner.weight": inner.weight, "inner.bias": inner.bias, "outer.weight": 0.5 * outer.weight}
        one["outer.bias"] = torch.zeros_like(outer.bias)
        flat = torch.as_tensor(data["weights"]).float()
        for name, (start, stop, shape) in facts["layout"].items():
            block = flat[start:stop].reshape(shape)
            one[name] = block if name in ("embed", "readout") else block.flatten(0, 1)
        self.weights = {
            n: w.detach().expand(count, *w.shape).clone().to(device).requires_grad_() for n, w in one.items()
        }

    def _tensor(self, values: Any) -> torch.Tensor:
        return torch.as_tensor(np.ascontiguousarray(values)).float().to(self.device)

    def _operators(self, i: int, width: int, orbits: int) -> dict[str, Any]:
        get = {
            n: self.data[f"{i}.{n}"]
            for n in ("group", "types", "gain", "edge_weights", "product", "into", "out", "basis")
        }
        size = width * orbits
        dense = np.zeros((size * size, len(get["edge_weights"])), np.float32)
        np.add.at(dense, (self.data[f"{i}.row"], self.data[f"{i}.weight"]), self.data[f"{i}.value"])
        whole = {
            n: torch.as_tensor(get[n].astype(np.int64)).to(self.device) for n in ("group", "types", "edge_weights")
        }
        numbers = {n: self._tensor(get[n]) for n in ("gain", "product", "out", "basis")}
        into = self._tensor(get["into"] @ get["basis"])
        return (
            {"width": width, "orbits": orbits, "size": size, "dense": self._tensor(dense), "into": into}
            | whole
            | numbers
        )

    def _secondaries(
        self, c: dict[str, Any], w: dict[str, torch.Tensor], features: torch.Tensor, eta: torch.Tensor
    ) -> torch.Tensor:
        ch, count, types, kinds = CHANNELS, len(features), self.facts["types"], self.facts["kinds"]
        width, orbits, size = c["width"], c["orbits"], c["size"]
        numbers = torch.tanh(features @ w["inner.weight"].T + w["inner.bias"]) @ w["outer.weight"].T + w["outer.bias"]
        start = numbers[:, : types * ch].reshape(count, types, ch) + w["embed"]
        scales = 1 + numbers[:, types * ch :].reshape(count, 2 * LAYERS, types * kinds, ch)
        scalar = start[:, c["types"][::width]].permute(2, 1, 0)
        padded = torch.nn.functional.pad(scalar[:, :, None], (0, 0, 0, width - 1)).reshape(ch, size, count)
        x = c["gain"][:, :, None] * ((eta / INPUT_UNIT) @ c["into"].T).T[None] + padded
        for layer in range(LAYERS):
            scaled = x.permute(1, 0, 2) * scales[:, 2 * layer][:, c["group"]].permute(1, 2, 0)
            mixed = w[f"{layer}.before"][c["group"]] @ scaled
            operator = (c["dense"] @ w[f"{layer}.edge"][c["edge_weights"]]).reshape(size, size, ch).permute(2, 0, 1)
            moved = mixed[:, ch:].permute(1, 0, 2) + operator @ mixed[:, :ch].permute(1, 0, 2)
            sites = moved.reshape(ch, orbits, width, count)
            first = sites[:, :, :1]
            opened = (sites * (0.5 * (1 + first / torch.sqrt(1 + first * first)))).reshape(ch, size, count)
            scaled = opened.permute(1, 0, 2) * scales[:, 2 * layer + 1][:, c["group"]].permute(1, 2, 0)
            pair = w[f"{layer}.after"][c["group"]] @ scaled
            p, q = (part.reshape(orbits, width, ch * count) for part in (pair[:, :ch], pair[:, ch:]))
            right = (c["product"].reshape(orbits, width * width, width) @ q).reshape(orbits, width, width, ch * count)
            x = opened + (right * p[:, None]).sum(2).reshape(size, ch, count).permute(1, 0, 2)
        found = torch.einsum("nc,cnb->bn", w["readout"][:, c["types"]][0], x) @ c["out"].T * OUTPUT_UNIT
        found = (found - (found @ c["basis"]) @ c["basis"].T).reshape(count, -1, 3)
        return (found - found.mean(1)[:, None]).reshape(count, -1)

    def train(
        self, scaled: np.ndarray, own: dict[int, np.ndarray], epochs: int, rate: float, decay: float, noise: float
    ) -> None:
        """Train all: features (count, m, f), and of each class which members (count, r) a network learns from."""
        x, parameters = self._tensor(scaled), list(self.weights.values())
        use = {i: self._tensor(rows) for i, rows in own.items()}
        total = sum(rows.sum(1) for rows in use.values())
        optimiser = torch.optim.AdamW(parameters, lr=rate, weight_decay=decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=epochs)
        for _ in range(epochs):
            optimiser.zero_grad()
            for i, c in self.classes.items():
                eta, target = (self._tensor(self.data[f"{i}.{n}"]) for n in ("eta", "secondaries"))

                def loss(w: Any, seen: Any, rows: Any, c: Any = c, eta: Any = eta, target: Any = target) -> Any:
                    wrong = self._secondaries(c, w, seen, eta + 0 * seen[:, :1]) - target
                    return ((torch.sqrt(1 + wrong.square().sum(1) / 40 / LOSS_UNIT**2) - 1) * rows).sum()

                seen = x[:, torch.as_tensor(self.data[f"{i}.members"]).to(self.device)]
                seen = seen + noise * torch.randn_like(seen)
                (vmap(loss)(self.weights, seen, use[i]) / total).sum().backward()
            norm = torch.stack([p.grad.flatten(1).square().sum(1) for p in parameters]).sum(0).sqrt()
            factor = (LARGEST_GRADIENT / (norm + 1e-6)).clamp(max=1)
            for p in parameters:
                p.grad.mul_(factor.reshape(-1, *[1] * (p.dim() - 1)))
            optimiser.step()
            schedule.step()

    def ask(self, scaled: np.ndarray) -> dict[int, np.ndarray]:
        """Secondaries (count, r, 120) of all members of each class."""
        x, found = self._tensor(scaled), {}
        with torch.no_grad():
            for i, c in self.classes.items():
                eta = self._tensor(self.data[f"{i}.eta"])
                seen = x[:, torch.as_tensor(self.data[f"{i}.members"]).to(self.device)]
                answer = vmap(lambda w, s, c=c, eta=eta: self._secondaries(c, w, s, eta + 0 * s[:, :1]))(
                    self.weights, seen
                )
                found[i] = answer.cpu().numpy()
        return found
