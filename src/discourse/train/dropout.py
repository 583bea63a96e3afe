"""Dropout whose masks are cut out of one long row of random bits: on CPUs, drawing them costs a tenth of a step."""

from __future__ import annotations

from typing import Any

BITS = 1 << 24


def quick(encoder: Any, share: float, *, seed: int = 5) -> None:
    """Put quick dropout of ``share`` in the place of every ``nn.Dropout`` of an encoder but those of attention weights.

    A mask begins at a place drawn at random among ``BITS`` places; neither values nor their expectation differ from
    Srivastava et al. 2014. Where ``share`` is 0, nothing is dropped.
    """
    import torch
    from torch import nn

    chance = torch.Generator().manual_seed(seed)
    kept = (torch.rand(BITS, generator=chance) >= share).to(torch.float32) / max(1e-6, 1 - share)

    class Quick(nn.Module):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            if not self.training or not share:
                return x
            size = x.numel()
            start = int(torch.randint(max(1, BITS - size), ()))
            return x * kept[start : start + size].to(x.dtype).view(x.shape)

    for module in list(encoder.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Dropout) and not hasattr(module, "query"):
                setattr(module, name, Quick())
