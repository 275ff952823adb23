"""The low-rank part of a product, and its file in PEFT's format.

W x becomes W x + scale B A x, with W frozen. B lies beside W in one matrix and A x beside x, so
that both terms are one product, forward and backward; the gradients of A and B are a few thin
products more. Masters of A and B are float32. Not responsible for the network around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import torch
from safetensors.torch import save_file

Tensor = torch.Tensor


@dataclass(frozen=True, slots=True)
class Form:
    """The size of an adapter."""

    rank: int = 16
    alpha: int = 32

    @property
    def scale(self) -> float:
        """What B A is multiplied with."""
        return self.alpha / self.rank


@dataclass(frozen=True, slots=True)
class Adapted:
    """Matrices stacked along the output, each with a low-rank part of its own."""

    names: tuple[str, ...]
    """Of the weights in the checkpoint."""
    form: Form
    weight: Tensor
    """Frozen weights, and scale x B on the block diagonal beside them: [out, in + parts rank]."""
    bias: Tensor | None
    down: Tensor
    """A of all parts in the number format of the weights: [parts rank, in]."""
    a: tuple[Tensor, ...]
    """Masters, float32 [rank, in]; their `grad` is added to by every backward."""
    b: tuple[Tensor, ...]
    """Masters, float32 [out, rank]."""

    @classmethod
    def fresh(
        cls,
        names: Sequence[str],
        weights: Sequence[Tensor],
        bias: Tensor | None,
        form: Form,
        generator: torch.Generator,
    ) -> Adapted:
        """B is zero, so that training begins at the base; A is drawn as PEFT draws it."""
        width, rank, parts = weights[0].shape[1], form.rank, len(weights)
        out = sum(len(weight) for weight in weights)
        weight = weights[0].new_zeros(out, width + parts * rank)
        weight[:, :width] = torch.cat(list(weights))
        bound = width**-0.5
        a = tuple(
            torch.empty(rank, width).uniform_(-bound, bound, generator=generator) for _ in weights
        )
        b = tuple(torch.zeros(len(weight), rank) for weight in weights)
        down = weights[0].new_zeros(parts * rank, width)
        product = cls(tuple(names), form, weight, bias, down, a, b)
        product.refresh()
        return product

    def refresh(self) -> None:
        """Take over the masters. To be called after they were changed."""
        width, rank = self.down.shape[1], self.form.rank
        top = 0
        for part, (a, b) in enumerate(zip(self.a, self.b, strict=True)):
            columns = slice(part * rank, (part + 1) * rank)
            self.down[columns] = a
            beside = slice(width + columns.start, width + columns.stop)
            self.weight[top : top + len(b), beside] = self.form.scale * b
            top += len(b)

    def masters(self) -> tuple[Tensor, ...]:
        """What is trained."""
        return (*self.a, *self.b)

    def __call__(self, x: Tensor) -> Tensor:
        """x [rows, in] to [rows, out]."""
        y: Tensor = _Product.apply(x, self)  # type: ignore[no-untyped-call]
        return y

    def learn(self, joined: Tensor, gradient: Tensor, of_low: Tensor) -> None:
        """Add to the masters' gradients. `joined`: x beside A x; `of_low`: gradient of A x."""
        width, rank, top = self.down.shape[1], self.form.rank, 0
        of_a = of_low.t() @ joined[:, :width]
        for part, (a, b) in enumerate(zip(self.a, self.b, strict=True)):
            low = joined[:, width + part * rank : width + (part + 1) * rank]
            of_b = gradient[:, top : top + len(b)].t() @ low
            _add(a, of_a[part * rank : (part + 1) * rank], 1.0)
            _add(b, of_b, self.form.scale)
            top += len(b)


class _Product(torch.autograd.Function):
    """Both terms in one product. Gradients of the frozen weights are never computed."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, product: Adapted) -> Tensor:
        joined = torch.cat((x, x @ product.down.t()), -1)
        ctx.save_for_backward(joined)
        ctx.product = product
        return torch.nn.functional.linear(joined, product.weight, product.bias)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        product: Adapted = ctx.product
        (joined,) = ctx.saved_tensors
        (gradient,) = gradients
        gradient = gradient.contiguous()
        of_joined = gradient @ product.weight
        width = product.down.shape[1]
        of_low = of_joined[:, width:].contiguous()
        product.learn(joined, gradient, of_low)
        return torch.addmm(of_joined[:, :width], of_low, product.down), None


def _add(master: Tensor, gradient: Tensor, factor: float) -> None:
    if master.grad is None:
        master.grad = torch.zeros_like(master)
    master.grad.add_(gradient, alpha=factor)


def named(products: Iterable[Adapted]) -> dict[str, Tensor]:
    """Every master by its name in a PEFT file."""
    found: dict[str, Tensor] = {}
    for product in products:
        for name, a, b in zip(product.names, product.a, product.b, strict=True):
            module = f"base_model.model.{name.removesuffix('.weight')}"
            found[f"{module}.lora_A.weight"] = a
            found[f"{module}.lora_B.weight"] = b
    return found


def save_adapter(products: Sequence[Adapted], form: Form, base: str, out: Path) -> None:
    """adapter_config.json and adapter_model.safetensors (bfloat16), as PEFT and vLLM read them."""
    modules = {name.split(".")[-2] for product in products for name in product.names}
    tensors = {name: t.to(torch.bfloat16) for name, t in named(products).items()}
    configuration = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base,
        "r": form.rank,
        "lora_alpha": form.alpha,
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
        "use_rslora": False,
        "use_dora": False,
        "modules_to_save": None,
        "target_modules": sorted(modules),
    }
    out.mkdir(parents=True, exist_ok=True)
    partial = out / "adapter_model.part"
    save_file(tensors, partial, metadata={"format": "pt"})
    partial.chmod(0o644)
    partial.replace(out / "adapter_model.safetensors")
    text = msgspec.json.format(msgspec.json.encode(configuration), indent=2)
    (out / "adapter_config.json").write_bytes(text + b"\n")
