"""The training loop that torch models share: cross-entropy, mini-batches, a checkpoint every minute."""

from __future__ import annotations

import io
import math
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench import devices
from emobench.contracts import Epoch, FitContext, Samples, Schedule
from emobench.errors import EmobenchError
from emobench.plugins import warn
from emobench.storage import atomic

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import nn

CHECKPOINT = "checkpoint.pt"
WEIGHTS = "weights.pt"
CHECKPOINT_SECONDS = 60.0
"""A checkpoint is written after an epoch but the last when training took so long since the one before, or since it began."""
_PREDICTION_BATCH = 256


class TorchModel:
    """A ``torch.nn.Module`` under the contract of :class:`emobench.contracts.Model`.

    Args:
        module: maps one float32 batch of each stream to logits (n, k).
        device: where a model that is loaded computes; one that is fitted computes where it was fitted.
        precision: in which.
    """

    def __init__(self, module: nn.Module, device: str = "cpu", precision: str = "fp32") -> None:
        self.module = module
        self._device = device
        self._precision = precision

    def fit(self, train: Samples, validation: Samples | None, context: FitContext) -> None:
        """Train for the epochs of the schedule; go on after the last epoch that a checkpoint holds.

        The learning state (weights, optimiser, every generator, the order of the data) is the same after a resumed epoch as
        after one of an undisturbed run, so that both end with the same weights, bit for bit.
        """
        import torch

        self._device, self._precision = context.device, context.precision
        self._place()
        optimizer = make_optimizer(self.module, context.schedule, context.device)
        order = torch.Generator().manual_seed(context.seed)
        history = self._resume(optimizer, order, context)
        safe = time.monotonic()
        for number in range(len(history) + 1, context.schedule.epochs + 1):
            started = time.perf_counter()
            loss, accuracy = self._train_epoch(train, optimizer, order, context)
            scores = {} if validation is None else self._validate(validation)
            seconds = time.perf_counter() - started
            history.append(Epoch(number, context.schedule.epochs, loss, accuracy, scores, seconds))
            if number < context.schedule.epochs and time.monotonic() - safe >= CHECKPOINT_SECONDS:
                self._checkpoint(optimizer, order, history, context)
                safe = time.monotonic()
            context.epoch(history[-1])

    def _place(self) -> None:
        self.module.to(self._device)
        self.module.to(memory_format=devices.memory_format(self._device))

    def _train_epoch(
        self, train: Samples, optimizer: torch.optim.Optimizer, order: torch.Generator, context: FitContext
    ) -> tuple[float, float]:
        import torch

        self.module.train()
        loss_function = torch.nn.CrossEntropyLoss()
        labels = torch.from_numpy(train.y)
        # Sums stay on the device: asking for their value every step would make a GPU wait.
        loss_sum = torch.zeros((), device=self._device)
        correct = torch.zeros((), device=self._device)
        for positions in batches(torch.randperm(len(train), generator=order), context.schedule.batch_size):
            target = labels[positions].to(self._device)
            optimizer.zero_grad(set_to_none=True)
            with devices.autocast(self._device, self._precision):
                logits = self.module(*self._inputs(train, positions.numpy()))
                loss = loss_function(logits, target)
            penalty: Any = getattr(self.module, "penalty", None)
            penalised: Any = loss if penalty is None else loss + penalty()
            penalised.backward()
            optimizer.step()
            loss_sum += loss.detach() * len(target)
            correct += (logits.detach().argmax(dim=1) == target).sum()
            context.step(len(target))
        mean = float(loss_sum) / len(train)
        _refuse_divergence("mean loss of an epoch", mean)
        return mean, float(correct) / len(train)

    def _inputs(self, samples: Samples, positions: NDArray[np.int64]) -> list[torch.Tensor]:
        """Return one float32 batch a stream on the device; uint8 is divided by 255."""
        import torch

        batch = []
        for stream in samples.streams.values():
            x = torch.from_numpy(stream.take(positions)).to(self._device)
            x = x.float().div_(255) if x.dtype == torch.uint8 else x.float()
            batch.append(x.contiguous(memory_format=devices.memory_format(self._device)) if x.dim() == 4 else x)
        return batch

    def _logits(self, samples: Samples) -> torch.Tensor:
        import numpy as np
        import torch

        self.module.eval()
        parts = []
        with torch.inference_mode(), devices.autocast(self._device, self._precision):
            for start in range(0, len(samples), _PREDICTION_BATCH):
                positions = np.arange(start, min(start + _PREDICTION_BATCH, len(samples)))
                parts.append(self.module(*self._inputs(samples, positions)).float().cpu())
        return torch.cat(parts)

    def _validate(self, validation: Samples) -> dict[str, float]:
        import torch

        logits, target = self._logits(validation), torch.from_numpy(validation.y)
        loss = float(torch.nn.functional.cross_entropy(logits, target))
        _refuse_divergence("validation loss", loss)
        return {"loss": loss, "accuracy": float((logits.argmax(dim=1) == target).float().mean())}

    def predict_proba(self, samples: Samples) -> NDArray[np.float32]:
        """Return (n, k) float32 probabilities: the softmax of the logits."""
        probabilities: NDArray[np.float32] = self._logits(samples).softmax(dim=1).numpy()
        return probabilities

    def save(self, folder: Path) -> None:
        """Write the weights as a state dict of CPU tensors."""
        state = {name: value.cpu().contiguous() for name, value in self.module.state_dict().items()}
        _write(folder / WEIGHTS, state)

    def load(self, folder: Path) -> None:
        """Read the weights back."""
        import torch

        self.module.load_state_dict(torch.load(folder / WEIGHTS, map_location="cpu", weights_only=True))
        self._place()

    def parameter_count(self) -> int:
        """Return the number of trained parameters."""
        return sum(parameter.numel() for parameter in self.module.parameters() if parameter.requires_grad)

    def multiply_adds(self, samples: Samples) -> int:
        """Return those of convolutions, matrix products and attention for one sample; as torch counts them, twice two."""
        import numpy as np
        import torch
        from torch.utils.flop_counter import FlopCounterMode

        self.module.eval()
        with torch.no_grad(), FlopCounterMode(display=False) as counted:
            self.module(*self._inputs(samples, np.arange(1)))
        return int(counted.get_total_flops()) // 2

    def _checkpoint(
        self, optimizer: torch.optim.Optimizer, order: torch.Generator, history: list[Epoch], context: FitContext
    ) -> None:
        import torch

        state = {
            "module": self.module.state_dict(),
            "optimizer": optimizer.state_dict(),
            "order": order.get_state(),
            "generators": devices.generator_states(context.device),
            "history": [asdict(epoch) for epoch in history],
            "device": context.device,
            "threads": torch.get_num_threads(),
        }
        _write(context.work / CHECKPOINT, state)

    def _resume(self, optimizer: torch.optim.Optimizer, order: torch.Generator, context: FitContext) -> list[Epoch]:
        import torch

        path = context.work / CHECKPOINT
        if not path.is_file():
            return []
        try:
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:
            warn(f"{path} cannot be read ({type(error).__name__}); training starts again")
            return []
        if state.get("device") != context.device:
            warn(f"{path} was made on {state.get('device')}; training starts again on {context.device}")
            return []
        # Sums are rounded as they are divided among threads: the rest of the training takes as many as its beginning.
        torch.set_num_threads(state["threads"])
        self.module.load_state_dict(state["module"])
        self._place()
        optimizer.load_state_dict(state["optimizer"])
        order.set_state(state["order"])
        devices.restore_generators(state["generators"])
        history = [Epoch(**epoch) for epoch in state["history"]]
        for epoch in history:
            context.epoch(epoch)
        return history


def _refuse_divergence(what: str, loss: float) -> None:
    if not math.isfinite(loss):
        raise EmobenchError(f"training diverged: the {what} is {loss}", remedy="lower the learning rate")


def _write(path: Path, state: dict[str, Any]) -> None:
    """Save a state whole; through memory, because torch hides a full disk behind an error of its own."""
    import torch

    buffer = io.BytesIO()
    torch.save(state, buffer)
    with atomic(path) as file:
        file.write(buffer.getbuffer())


def make_optimizer(module: nn.Module, schedule: Schedule, device: str) -> torch.optim.Optimizer:
    """Return the schedule's optimiser over all parameters of the module."""
    import torch

    options: dict[str, Any] = {
        "lr": schedule.learning_rate,
        "weight_decay": schedule.weight_decay,
        "fused": devices.has_fused_optimizers(device),
    }
    if schedule.optimizer == "sgd":
        return torch.optim.SGD(module.parameters(), momentum=0.9, **options)
    kind = torch.optim.Adam if schedule.optimizer == "adam" else torch.optim.AdamW
    return kind(module.parameters(), **options)


def batches(order: torch.Tensor, size: int) -> Iterator[torch.Tensor]:
    """Yield mini-batches of an order; a last batch of one joins the one before, since batch normalisation needs two."""
    parts = [order[start : start + size] for start in range(0, len(order), size)]
    if len(parts) > 1 and len(parts[-1]) == 1:
        import torch

        parts[-2:] = [torch.cat(parts[-2:])]
    yield from parts
