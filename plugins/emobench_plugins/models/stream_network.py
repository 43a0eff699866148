"""The network of paper B: a stream of convolutional blocks for each input, and one classifier on all their features.

Paper B is Shahzad et al., *A Multi-Modal Deep Learning Approach for Emotion Recognition*, sections 4 and 5. It imports torch
and is imported by factories only.
"""

from __future__ import annotations

import torch
from torch import nn

FILTERS = (64, 128, 256, 512)
HIDDEN = (4096, 2048, 1024)


class StreamNetwork(nn.Module):
    """Maps one batch of each stream to logits (n, classes).

    Open in the paper, and decided here:

    - *Combined* is concatenated. A sum or a mean would say that feature i of a face and feature i of a spectrogram mean the
      same, and would want images of one size; a concatenation loses nothing, and the first fully connected layer can learn
      any sum. Each stream is flattened first, which orders the features otherwise than to flatten what was combined, and
      allows streams of different sizes.
    - *Batch normalisation* stands between each convolution and its ReLU, where its authors put it. The convolutions then have
      no bias, since the normalisation would subtract it.
    - *Dropout in each layer* is after each hidden fully connected layer: the paper names their sizes in the sentence before.
      After the last layer it would drop classes. After the blocks of a stream it is a parameter of its own, off by default:
      the next normalisation then divides by the standard deviation that dropout has raised, in prediction too, where there
      is none (the variance shift of Li et al., CVPR 2019). With 0.3 after each block this was measured on training samples
      after twelve epochs on CREMA-D: at the last convolution the variance in prediction was 0.09 of that in training, and a
      network that got 72% of them right in training mode got 33% right in prediction, nearly all by one class.
    - *Initialisation*: He's for all layers before a ReLU, for which it was derived; PyTorch's default for the last layer.

    Args:
        shapes: (channels, height, width) of each stream, 16 pixels a side at least.
        classes: number of outputs.
        dropout: probability of dropping a unit of a hidden fully connected layer; 0 switches it off.
        block_dropout: probability of dropping a value that a block of convolutions gives.
        l2: coefficient of :meth:`penalty`; 0 switches it off.
        batch_norm: whether the convolutions are normalised.
    """

    def __init__(
        self,
        shapes: tuple[tuple[int, int, int], ...],
        classes: int,
        *,
        dropout: float,
        block_dropout: float,
        l2: float,
        batch_norm: bool,
    ) -> None:
        super().__init__()
        self.l2 = l2
        self.streams = nn.ModuleList(_stream(channels, block_dropout, batch_norm) for channels, _, _ in shapes)
        shrinks = 2 ** len(FILTERS)
        width = sum(FILTERS[-1] * (height // shrinks) * (width // shrinks) for _, height, width in shapes)
        layers: list[nn.Module] = []
        for units in HIDDEN:
            layers += [nn.Linear(width, units), nn.ReLU(inplace=True), nn.Dropout(dropout)]
            width = units
        self.classifier = nn.Sequential(*layers)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Linear):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                nn.init.zeros_(module.bias)
        self.classifier.append(nn.Linear(width, classes))

    def forward(self, *batches: torch.Tensor) -> torch.Tensor:
        """Return logits for one batch (n, channels, height, width) of each stream."""
        features = [stream(batch).flatten(1) for stream, batch in zip(self.streams, batches, strict=True)]
        logits: torch.Tensor = self.classifier(torch.cat(features, dim=1))
        return logits

    def penalty(self) -> torch.Tensor:
        """Return what is added to the mean cross-entropy of a batch: l2 times the sum of the convolutions' squared weights.

        The paper's words ("ridge regularization", "l2 = 0.0001 in the convolution") are those of Keras, whose ``l2`` has no
        factor of a half: the gradient is twice l2 times the weight. Fully connected layers and batch normalisation have none.
        A schedule's ``weight_decay`` cannot say this, for it is on all parameters.
        """
        kernels = [module.weight for module in self.modules() if isinstance(module, nn.Conv2d)]
        if not self.l2:
            return kernels[0].new_zeros(())
        return self.l2 * torch.stack([kernel.square().sum() for kernel in kernels]).sum()


def _stream(channels: int, dropout: float, batch_norm: bool) -> nn.Sequential:
    """Return four blocks: two 3x3 convolutions, each with batch normalisation and ReLU, max pooling, dropout."""
    layers: list[nn.Module] = []
    for filters in FILTERS:
        for _ in range(2):
            layers.append(nn.Conv2d(channels, filters, kernel_size=3, padding=1, bias=not batch_norm))
            layers += [nn.BatchNorm2d(filters)] if batch_norm else []
            layers.append(nn.ReLU(inplace=True))
            channels = filters
        layers += [nn.MaxPool2d(2), nn.Dropout(dropout)]
    return nn.Sequential(*layers)
