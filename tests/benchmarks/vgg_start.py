"""How VGG-19 begins on FER2013: what its layers pass on, and what some steps of Adam make of 320 images.

``python -m tests.benchmarks.vgg_start ~/datasets/fer2013 [steps]``, on one thread; 100 steps take three to four minutes a
start. What it printed for the complete FER2013 (one channel, 48 by 48 pixels, batches of 32, Adam, no dropout, one seed):

======================================================= ========== ============ ============================= ===== =======
start, learning rate                                    gradient   logits       loss in passes 1, 4, 7, 10    right classes
======================================================= ========== ============ ============================= ===== =======
as in the rows of the suite, 0.0001                     0.012      19%          1.869, 1.791, 1.766, 1.754    23%   1
PyTorch's layers' own initialisation, 0.0001            0.00000001 0.00%        1.876, 1.794, 1.770, 1.766    23%   1
batch normalisation, torchvision's init., 0.0001        11         53%          3.733, 1.681, 0.527, 0.438    93%   6
as in the rows, 0.001                                   0.012      19%          64.7, 1.777 (40 steps)        --    --
======================================================= ========== ============ ============================= ===== =======

*gradient* is that of the first layer; *logits* says by how much they differ between images, of their size; *right* is
of the 320 images that were trained on; *classes* are those predicted of 320 others. An answer that knows nothing but
the shares of the classes has a loss of 1.761. As in the rows, signal and gradient reach both ends, but the loss goes to
that and stays there; with batch normalisation the same 100 steps learn the images. With the layers' own initialisation
(uniform, a variance of a third of 1 / fan-in) every layer shrinks what differs between images, until nothing of the
image is left in the logits: the literal reading of paper A's "PyTorch's default initialization method" would be worse,
not better. docs/replication.md says what follows.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from emobench_plugins.models.image_networks import set_channels
from emobench_plugins.models.vgg import build
from torch import nn
from torch.nn.functional import cross_entropy
from torchvision.models import vgg19_bn

SEED, BATCH, IMAGES = 42, 32, 320


def published() -> nn.Module:
    """Return the network of the rows: torchvision's initialisation (normal, fan-out; linear layers with deviation 0.01)."""
    return build(19, classes=7, input_shapes=((1, 48, 48),), dropout=0.0)


def pytorch_default() -> nn.Module:
    """Return it as PyTorch's layers initialise themselves (uniform, ``a = sqrt(5)``: variance 1 / (3 fan-in))."""
    network = published()
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.reset_parameters()
    return network


def batch_normalised() -> nn.Module:
    """Return torchvision's VGG-19 with batch normalisation, for gray images."""
    network: nn.Module = vgg19_bn(weights=None, num_classes=7, dropout=0.0)
    set_channels(network, "features.0", 1)
    return network


STARTS: dict[str, tuple[Callable[[], nn.Module], float]] = {
    "torchvision's initialisation": (published, 1e-4),
    "batch normalisation": (batch_normalised, 1e-4),
    "PyTorch's layers' own": (pytorch_default, 1e-4),
    "torchvision's, ten times the rate": (published, 1e-3),
}


def images(folder: Path, number: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield twice as many images in [0, 1], (n, 1, 48, 48), with their classes: to train on, and others."""
    files = sorted(folder.glob("train/*/*"))
    classes = sorted({file.parent.name for file in files})
    chosen = np.random.default_rng(SEED).permutation(len(files))[: 2 * number]
    for part in (chosen[:number], chosen[number:]):
        pixels = np.stack([np.asarray(cv2.imread(str(files[place]), cv2.IMREAD_GRAYSCALE)) for place in part])
        labels = [classes.index(files[place].parent.name) for place in part]
        yield torch.from_numpy(pixels).float().div(255).unsqueeze(1), torch.tensor(labels)


def passed_on(network: nn.Module, x: torch.Tensor, y: torch.Tensor) -> Iterator[str]:
    """Yield for each layer its outputs' size, how far they differ between images, and the norm of its gradient."""
    outputs: dict[str, torch.Tensor] = {}
    layers = {name: layer for name, layer in network.named_modules() if isinstance(layer, nn.Conv2d | nn.Linear)}

    def keep(name: str) -> Callable[[nn.Module, tuple[torch.Tensor, ...], torch.Tensor], None]:
        return lambda _module, _inputs, output: outputs.__setitem__(name, output.detach())

    hooks = [layer.register_forward_hook(keep(name)) for name, layer in layers.items()]
    cross_entropy(network(x), y).backward()  # type: ignore[no-untyped-call]
    for name, layer in layers.items():
        size, between = (
            float(outputs[name].square().mean().sqrt()),
            float(outputs[name].std(dim=0).square().mean().sqrt()),
        )
        gradient = float(layer.weight.grad.norm()) if isinstance(layer.weight.grad, torch.Tensor) else 0.0
        yield f"{name:14} size {size:9.2g}  between images {between / size:7.2%} of it  gradient {gradient:9.2g}"
    for hook in hooks:
        hook.remove()


def train(network: nn.Module, rate: float, x: torch.Tensor, y: torch.Tensor, steps: int) -> Iterator[float]:
    """Yield the mean training loss of each pass over the images."""
    optimizer = torch.optim.Adam(network.parameters(), lr=rate, fused=True)
    order = torch.Generator().manual_seed(SEED)
    for _ in range(steps // (len(x) // BATCH)):
        losses = []
        for place in torch.randperm(len(x), generator=order).split(BATCH):  # type: ignore[no-untyped-call]
            optimizer.zero_grad()
            loss = cross_entropy(network(x[place]), y[place])
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            losses.append(float(loss.detach()))
        yield float(np.mean(losses))


def main(folder: Path, steps: int) -> None:
    """Print everything."""
    torch.set_num_threads(1)
    (x, y), (others, _) = images(folder, IMAGES)
    share = torch.bincount(y, minlength=7) / len(y)
    entropy = -float(torch.special.xlogy(share, share).sum())
    print(
        f"{len(x)} images; commonest class {share.max():.3f}; loss of knowing the shares alone {entropy:.3f}",
        flush=True,
    )
    for name, (make, rate) in STARTS.items():
        torch.manual_seed(SEED)
        network, began = make(), time.process_time()
        print("", name, *passed_on(network, x[:64], y[:64]), sep="\n", flush=True)
        for number, loss in enumerate(train(network, rate, x, y, steps), 1):
            print(f"  pass {number} at learning rate {rate:g}: loss {loss:.3f}", flush=True)
        network.eval()
        with torch.inference_mode():
            seen, unseen = network(x), network(others)
        right, predicted = float((seen.argmax(1) == y).float().mean()), len(set(unseen.argmax(1).tolist()))
        seconds = time.process_time() - began
        print(
            f"  right of these {right:.3f}; classes predicted of others {predicted}; {seconds:.0f} CPU seconds",
            flush=True,
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]).expanduser(), int(sys.argv[2]) if len(sys.argv) > 2 else 100)
