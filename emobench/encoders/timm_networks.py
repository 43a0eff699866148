"""Image networks of timm; this file imports it when it is used. Frames are places of the last feature map, or tokens."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench import devices
from emobench.contracts import Encode
from emobench.encoders.located import FolderEncoder, read_json, told

if TYPE_CHECKING:
    import torch
    from torch import nn


class TimmNetwork(FolderEncoder):
    """A network of a folder that timm wrote for the hub, or of a name (``resnet50.a1_in1k``) that was fetched from it.

    It has one layer: what its features are before they are pooled.
    """

    packages = ("timm", "safetensors", "huggingface-hub")
    extra = "timm"
    written_by = "timm.models.save_for_hf"
    modality = "image"

    def __init__(self, where: str, beside: Path = Path()) -> None:
        super().__init__("timm", where, beside, where if "/" in where else f"timm/{where}")
        self.license = self.license or str(self._pretrained.get("license") or "")

    @cached_property
    def _pretrained(self) -> dict[str, Any]:
        known = read_json(self.folder / "config.json").get("pretrained_cfg")
        if not (isinstance(known, dict) and known):
            what = "its config.json does not say how pictures are prepared (pretrained_cfg)"
            raise self.refused(what, f"write it with {self.written_by}")
        return known

    def files(self) -> tuple[Path, ...]:
        """Return configuration and weights; the weights as safetensors, where they are there."""
        for name in ("model.safetensors", "pytorch_model.bin"):
            if (self.folder / name).is_file():
                return self.folder / "config.json", self.folder / name
        if self.path is None:
            raise self.not_fetched()
        raise self.refused("the folder has no model.safetensors", f"write it with {self.written_by}")

    @cached_property
    def _transform(self) -> Any:
        from timm.data import create_transform, resolve_data_config

        return create_transform(**resolve_data_config(pretrained_cfg=self._pretrained))

    def prepare(self, decoded: Any) -> Any:
        """Return float32 (3, height, width) as the network was trained on."""
        from PIL import Image

        return self._transform(Image.fromarray(super().prepare(decoded)))

    def network(self) -> nn.Module:
        """Return the network without its classes, on the CPU.

        Raises:
            EmobenchError: timm cannot load it.
        """
        import timm

        _ = self.files()
        try:
            # weights that are no safetensors are read by timm with weights_only
            network: nn.Module = timm.create_model(f"local-dir:{self.folder}", pretrained=True, num_classes=0)
        except Exception as error:
            raise self.refused(f"timm cannot load it: {told(error)}", f"write it with {self.written_by}") from error
        return network.eval()

    def load(self, device: str, precision: str, **parameters: Any) -> Encode:
        """Return what encodes a batch."""
        network = self.network().to(device)

        def encoded(batch: list[Any]) -> list[torch.Tensor]:
            import torch

            with torch.inference_mode(), devices.autocast(device, precision):
                return list(as_tokens(network, torch.stack(batch).to(device))[:, None])

        return encoded


def as_tokens(network: Any, pictures: torch.Tensor) -> torch.Tensor:
    """Return (n, places, d) features of pictures, whatever the order of axes of the network's feature map."""
    features: torch.Tensor = network.forward_features(pictures)
    if features.dim() == 4 and str(getattr(network, "output_fmt", "NCHW")).endswith("NCHW"):
        features = features.permute(0, 2, 3, 1)
    return features.flatten(1, -2) if features.dim() == 4 else features
