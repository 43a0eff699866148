"""Networks as transformers and timm save them, made from configurations: a few thousand weights that nothing was taught."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

SPEECH = ("Wav2Vec2", "Hubert", "WavLM")
_SPEECH: dict[str, Any] = {
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "conv_dim": (8,) * 4,
    "conv_kernel": (10, 3, 3, 2),
    "conv_stride": (8, 4, 4, 2),
    "num_feat_extract_layers": 4,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 2,
}
_PICTURES: dict[str, Any] = {
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "image_size": 32,
    "patch_size": 8,
}


def speech(folder: Path, kind: str = "Wav2Vec2", norm: str = "layer", seed: int = 0, **options: Any) -> str:
    """Save a network that hears, a frame every 16 ms, with the feature extractor of its kind; return its source."""
    import transformers

    config = getattr(transformers, f"{kind}Config")(
        feat_extract_norm=norm, do_stable_layer_norm=norm == "layer", **{**_SPEECH, **options}
    )
    extractor = transformers.Wav2Vec2FeatureExtractor(return_attention_mask=norm == "layer")
    extractor.save_pretrained(folder)
    return _saved(getattr(transformers, f"{kind}Model"), config, folder, seed)


def whisper(folder: Path) -> str:
    """Save a Whisper that hears 4 seconds."""
    import transformers

    config = transformers.WhisperConfig(
        d_model=16, encoder_layers=2, decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2,
        encoder_ffn_dim=24, decoder_ffn_dim=24, vocab_size=10, max_source_positions=200,
        pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=1,
    )  # fmt: skip
    transformers.WhisperFeatureExtractor(chunk_length=4).save_pretrained(folder)
    return _saved(transformers.WhisperModel, config, folder, 0)


def pictures(folder: Path, kind: str = "ViT") -> str:
    """Save a network that sees 32 by 32 pixels, with its image processor; return its source."""
    import transformers

    options = {"vision_config": _PICTURES, "text_config": {"hidden_size": 16, "num_hidden_layers": 1}}
    config = getattr(transformers, f"{kind}Config")(**(options if kind == "CLIP" else _PICTURES))
    names = {"ViT": "ViTImageProcessor", "Dinov2": "BitImageProcessor", "CLIP": "CLIPImageProcessor"}
    size: Any = {"height": 32, "width": 32}
    getattr(transformers, names[kind])(size=size, do_center_crop=False).save_pretrained(folder)
    return _saved(getattr(transformers, f"{kind}Model"), config, folder, 0)


def of_timm(folder: Path, name: str = "resnet10t", **options: Any) -> str:
    """Save a network of timm; return its source."""
    import timm
    from timm.models import save_for_hf

    torch.manual_seed(0)
    save_for_hf(timm.create_model(name, pretrained=False, **options), folder, model_args=options or None)
    return f"timm:{folder}"


def _saved(kind: Any, config: Any, folder: Path, seed: int) -> str:
    import transformers

    torch.manual_seed(seed)
    transformers.utils.logging.disable_progress_bar()
    kind(config).save_pretrained(folder)
    return f"hf:{folder}"
