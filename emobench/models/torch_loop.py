"""The training loop that torch models share: mini-batches, an objective by the kind of target, a checkpoint every minute."""

from __future__ import annotations

import io
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench import devices
from emobench.contracts import Epoch, FitContext, Ragged, Recipe, Samples, Schedule
from emobench.errors import EmobenchError
from emobench.models.augmentation import augmented
from emobench.models.batches import number_of_steps, padded, prediction_batches, training_batches
from emobench.plugins import warn
from emobench.storage import atomic

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import nn

    from emobench.models.objective import Objective

CHECKPOINT = "checkpoint.pt"
WEIGHTS = "weights.pt"
CHECKPOINT_SECONDS = 60.0
"""A checkpoint is written after an epoch but the last when training took so long since the one before, or since it began."""


class TorchModel:
    """A ``torch.nn.Module`` under the contract of :class:`emobench.contracts.Model`.

    Args:
        module: maps one float32 batch of each stream, of sequences with a mask, to logits (n, k), or values (n, d).
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

        from emobench.models.objective import Objective, ValuesModule

        self._device, self._precision = context.device, context.precision
        if isinstance(self.module, ValuesModule):
            self.module.standardise(train)
        self._place()
        state = _State(
            optimizer=make_optimizer(self.module, context.schedule, context.device),
            order=torch.Generator().manual_seed(context.seed),
            changes=torch.Generator().manual_seed(context.seed),
            objective=Objective(self.module, train, context.recipe, context.device),
            pace=LearningRate(
                context.schedule,
                context.recipe,
                number_of_steps(len(train), context.schedule.batch_size, context.recipe.accumulate),
            ),
        )
        self._resume(state, context)
        safe = time.monotonic()
        epochs = context.schedule.epochs
        while len(state.history) < epochs and not state.best.is_over(len(state.history), context.recipe.patience):
            started, number = time.perf_counter(), len(state.history) + 1
            loss, accuracy = self._train_epoch(train, state, context)
            scores = {} if validation is None else self._validate(validation, number, state, context)
            seconds = time.perf_counter() - started
            state.history.append(Epoch(number, epochs, loss, accuracy, scores, seconds))
            if number < epochs and time.monotonic() - safe >= CHECKPOINT_SECONDS:
                self._checkpoint(state, context)
                safe = time.monotonic()
            context.epoch(state.history[-1])
        self._select(state, context)

    def _place(self) -> None:
        self.module.to(self._device)
        self.module.to(memory_format=devices.memory_format(self._device))

    def _select(self, state: _State, context: FitContext) -> None:
        """Become the epoch that is asked for, and tell which that is."""
        if context.judge is None:
            return
        number, value = state.best.epoch, state.best.value
        if context.recipe.keep == "best":
            self.module.load_state_dict(state.best.module)
        else:
            number, value = len(state.history), state.history[-1].validation[context.judge.metric]
        context.selected(number, value)

    def _train_epoch(self, train: Samples, state: _State, context: FitContext) -> tuple[float, float | None]:
        import torch

        self.module.train()
        objective, told = state.objective, state.objective.target(train)
        # Sums stay on the device: asking for their value every step would make a GPU wait.
        loss_sum = torch.zeros((), device=self._device)
        correct = torch.zeros((), device=self._device)
        parts = training_batches(train, context.schedule.batch_size, state.order)
        for step, first in enumerate(range(0, len(parts), context.recipe.accumulate)):
            group = parts[first : first + context.recipe.accumulate]
            state.pace.set(state.optimizer, len(state.history), step)
            state.optimizer.zero_grad(set_to_none=True)
            weights = [objective.weight(told[positions]) for positions in group]
            for positions, weight in zip(group, weights, strict=True):
                target = told[positions].to(self._device)
                # A share of the mean over the group; exactly 1 of a group of one batch.
                outputs, loss = self._backward(train, positions, target, weight / sum(weights), state, context)
                loss_sum += loss * len(target)
                correct += objective.right(outputs, target)
                context.step(len(target))
            state.optimizer.step()
        mean = float(loss_sum) / len(train)
        _refuse_divergence("mean loss of an epoch", mean)
        return mean, None if train.kind == "values" else float(correct) / len(train)

    def _backward(
        self,
        train: Samples,
        positions: torch.Tensor,
        target: torch.Tensor,
        share: float,
        state: _State,
        context: FitContext,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Add the gradients of a batch's share of a step; return the outputs and the mean loss of the batch."""
        inputs, masks = self._inputs(train, positions.numpy())
        if context.recipe.augment:
            inputs = augmented(inputs, list(train.streams), context.recipe.augment, state.changes, masks)
        with devices.autocast(self._device, self._precision):
            outputs = self.module(*_arguments(inputs, masks))
            loss = state.objective.loss(outputs, target)
        penalty: Any = getattr(self.module, "penalty", None)
        penalised: Any = loss if penalty is None else loss + penalty()
        (penalised * share).backward()
        return outputs.detach(), loss.detach()

    def _inputs(
        self, samples: Samples, positions: NDArray[np.int64]
    ) -> tuple[list[torch.Tensor], list[torch.Tensor | None]]:
        """Return one float32 batch a stream on the device, uint8 divided by 255, and of sequences where they have steps."""
        import torch

        inputs: list[torch.Tensor] = []
        masks: list[torch.Tensor | None] = []
        for name, stream in samples.streams.items():
            if stream.array.dtype.kind == "U":
                remedy = "give it an encoder of texts, or use an estimator of texts"
                raise EmobenchError(f"a torch module takes numbers, and {name!r} holds texts", remedy=remedy)
            mask = None
            if isinstance(stream.array, Ragged):
                array, there = padded(stream.sequences(positions))
                mask = torch.from_numpy(there).to(self._device)
            else:
                array = stream.take(positions)
            x = torch.from_numpy(array).to(self._device)
            x = x.float().div_(255) if x.dtype == torch.uint8 else x.float()
            pictures = mask is None and x.dim() == 4
            inputs.append(x.contiguous(memory_format=devices.memory_format(self._device)) if pictures else x)
            masks.append(mask)
        return inputs, masks

    def _outputs(self, samples: Samples, of: Callable[..., torch.Tensor] | None = None) -> torch.Tensor:
        """Return what the module, or a function of the same arguments, makes of each sample, in their order."""
        import numpy as np
        import torch

        self.module.eval()
        compute, parts, order = of or self.module, [], prediction_batches(samples)
        with torch.inference_mode(), devices.autocast(self._device, self._precision):
            for positions in order:
                parts.append(compute(*_arguments(*self._inputs(samples, positions))).float().cpu())
        return torch.cat(parts)[torch.from_numpy(np.argsort(np.concatenate(order)))]

    def features(self, samples: Samples) -> NDArray[np.float32]:
        """Return (n, d) float32: what the last linear layer gets.

        Raises:
            EmobenchError: there is no such layer.
        """
        import torch

        linear = [each for each in self.module.modules() if isinstance(each, torch.nn.Linear)]
        if not linear:
            what = "the model has no linear layer whose input could be taken"
            raise EmobenchError(what, remedy="set output = 'probabilities'")
        seen: list[torch.Tensor] = []

        def of(*inputs: torch.Tensor) -> torch.Tensor:
            seen.clear()
            self.module(*inputs)
            return seen[-1].flatten(1)

        hooks = [each.register_forward_pre_hook(lambda _, given: seen.append(given[0])) for each in linear]
        try:
            found: NDArray[np.float32] = self._outputs(samples, of).numpy()
        finally:
            for hook in hooks:
                hook.remove()
        return found

    def _validate(self, validation: Samples, number: int, state: _State, context: FitContext) -> dict[str, float]:
        """Return the scores of an epoch, and remember the epoch if it is the best so far."""
        best, objective = state.best, state.objective
        outputs, target = self._outputs(validation), objective.target(validation)
        loss = float(objective.unweighted(outputs, target))
        _refuse_divergence("validation loss", loss)
        scores = {"loss": loss}
        if validation.kind != "values":
            scores["accuracy"] = float(objective.right(outputs, target)) / len(validation)
        if context.judge is not None:
            value = context.judge.value((outputs if validation.kind == "values" else outputs.softmax(dim=1)).numpy())
            scores[context.judge.metric] = value
            if not best.epoch or context.judge.better(value, best.value):
                best.epoch, best.value = number, value
                if context.recipe.keep == "best":
                    best.module = {name: tensor.cpu().clone() for name, tensor in self.module.state_dict().items()}
        return scores

    def predict_proba(self, samples: Samples) -> NDArray[np.float32]:
        """Return (n, k) float32 probabilities: the softmax of the logits."""
        probabilities: NDArray[np.float32] = self._outputs(samples).softmax(dim=1).numpy()
        return probabilities

    def predict_values(self, samples: Samples) -> NDArray[np.float32]:
        """Return (n, d) float32 values."""
        values: NDArray[np.float32] = self._outputs(samples).numpy()
        return values

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
            self.module(*_arguments(*self._inputs(samples, np.arange(1))))
        return int(counted.get_total_flops()) // 2

    def _checkpoint(self, state: _State, context: FitContext) -> None:
        import torch

        known = {
            "module": self.module.state_dict(),
            "optimizer": state.optimizer.state_dict(),
            "order": state.order.get_state(),
            "changes": state.changes.get_state(),
            "generators": devices.generator_states(context.device),
            "history": [asdict(epoch) for epoch in state.history],
            "best": vars(state.best),
            "device": context.device,
            "threads": torch.get_num_threads(),
        }
        _write(context.work / CHECKPOINT, known)

    def _resume(self, state: _State, context: FitContext) -> None:
        """Go on where a checkpoint was written, if there is one."""
        import torch

        path = context.work / CHECKPOINT
        if not path.is_file():
            return
        try:
            known: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:
            warn(f"{path} cannot be read ({type(error).__name__}); training starts again")
            return
        if not {"changes", "best"} <= known.keys():
            warn(f"{path} is of an earlier version of emobench; training starts again")
            return
        if known.get("device") != context.device:
            warn(f"{path} was made on {known.get('device')}; training starts again on {context.device}")
            return
        # Sums are rounded as they are divided among threads: the rest of the training takes as many as its beginning.
        torch.set_num_threads(known["threads"])
        self.module.load_state_dict(known["module"])
        self._place()
        state.optimizer.load_state_dict(known["optimizer"])
        state.order.set_state(known["order"])
        state.changes.set_state(known["changes"])
        devices.restore_generators(known["generators"])
        state.history = [Epoch(**epoch) for epoch in known["history"]]
        state.best = _Best(**known["best"])
        for epoch in state.history:
            context.epoch(epoch)


class LearningRate:
    """The learning rate of each step: a rise in a line, then the schedule's value, or a fall to 0 as the recipe says."""

    def __init__(self, schedule: Schedule, recipe: Recipe, steps: int) -> None:
        """Take how many steps of the optimiser an epoch has."""
        self._full, self._decay, self._steps = schedule.learning_rate, recipe.decay, steps
        self._rising = round(recipe.warm_up * steps)
        self._falling = max(1, schedule.epochs * steps - self._rising)

    def at(self, step: int) -> float:
        """Return that of a step, counted from 0 over all epochs."""
        if step < self._rising:
            return self._full * (step + 1) / self._rising
        done = (step - self._rising) / self._falling
        falls = {"": 1.0, "linear": 1 - done, "cosine": (1 + math.cos(math.pi * done)) / 2}
        return self._full * falls[self._decay]

    def set(self, optimizer: torch.optim.Optimizer, epochs: int, step: int) -> None:
        """Give the optimiser that of a step after so many whole epochs."""
        if self._rising or self._decay:
            for group in optimizer.param_groups:
                group["lr"] = self.at(epochs * self._steps + step)


@dataclass
class _Best:
    """The best epoch so far on validation; 0 before there is one."""

    epoch: int = 0
    value: float = 0.0
    module: dict[str, Any] = field(default_factory=dict)

    def is_over(self, epochs: int, patience: int) -> bool:
        """Whether so many epochs in a row were no better."""
        return 0 < patience <= epochs - self.epoch


@dataclass
class _State:
    """What a training has learnt, and what it goes on from."""

    optimizer: torch.optim.Optimizer
    order: torch.Generator
    changes: torch.Generator
    objective: Objective
    pace: LearningRate
    history: list[Epoch] = field(default_factory=list)
    best: _Best = field(default_factory=_Best)


def _arguments(inputs: list[torch.Tensor], masks: list[torch.Tensor | None]) -> list[torch.Tensor]:
    """Return what a module is called with: each stream's batch, and behind that of sequences its mask."""
    return [each for x, mask in zip(inputs, masks, strict=True) for each in ((x,) if mask is None else (x, mask))]


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
