"""Encoders of every source, small, with random weights, made from configurations: nothing is downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

WORDS = "kids are talking by the door dogs sitting"


def sounds(lengths: tuple[int, ...] = (8000, 5000, 8000, 12345, 900), rate: int = 16_000) -> list[NDArray[np.float32]]:
    """Return noise around a tone, each sound of its own."""
    made = []
    for number, length in enumerate(lengths):
        tone = np.sin(2 * np.pi * (200 + 50 * number) * np.arange(length) / rate)
        made.append((0.2 * tone + 0.02 * np.random.default_rng(number).normal(size=length)).astype(np.float32))
    return made


def pictures(number: int = 3, size: int = 40) -> list[NDArray[np.uint8]]:
    """Return colour noise of different sizes."""
    random = np.random.default_rng(0)
    return [random.integers(0, 255, (size + n, size, 3), dtype=np.uint8) for n in range(number)]


def speech_model(folder: Path, kind: str = "Wav2Vec2", norm: str = "group") -> Path:
    """Write a tiny Wav2Vec2, WavLM or Hubert as ``save_pretrained`` does."""
    import torch
    import transformers

    torch.manual_seed(0)
    config = getattr(transformers, f"{kind}Config")(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=(8, 8, 8),
        conv_kernel=(10, 3, 3),
        conv_stride=(5, 4, 4),
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        feat_extract_norm=norm,
        do_stable_layer_norm=norm == "layer",
    )
    _save(getattr(transformers, f"{kind}Model")(config), folder)
    transformers.Wav2Vec2FeatureExtractor(do_normalize=True, return_attention_mask=norm == "layer").save_pretrained(
        folder
    )
    return folder


_CONVOLVED: dict[str, Any] = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "conv_dim": (8, 8, 8),
    "conv_kernel": (10, 3, 3),
    "conv_stride": (5, 4, 4),
    "feat_extract_norm": "layer",
}


def padded_through(folder: Path, kind: str) -> Path:
    """Write a tiny Data2VecAudio, SEW or Wav2Vec2Conformer: their frames hear the padding behind a sound."""
    import torch
    import transformers

    torch.manual_seed(0)
    few = {"num_conv_pos_embeddings": 3} if kind == "Data2VecAudio" else {"num_conv_pos_embeddings": 16}
    config = getattr(transformers, f"{kind}Config")(**_CONVOLVED, **few, num_conv_pos_embedding_groups=2)
    _save(getattr(transformers, f"{kind}Model")(config), folder)
    transformers.Wav2Vec2FeatureExtractor(do_normalize=True, return_attention_mask=True).save_pretrained(folder)
    return folder


def audio_spectrogram_transformer(folder: Path) -> Path:
    """Write a tiny AST, which hears 1.28 s."""
    import torch
    import transformers

    torch.manual_seed(0)
    _save(transformers.ASTModel(transformers.ASTConfig(**_SIZES, max_length=128)), folder)
    transformers.ASTFeatureExtractor(max_length=128).save_pretrained(folder)
    return folder


def clap(folder: Path) -> Path:
    """Write a CLAP, small, whose extractor takes pieces of longer sounds at random."""
    import torch
    import transformers

    torch.manual_seed(0)
    sound = {
        "depths": [1, 1, 1, 1],
        "patch_embeds_hidden_size": 16,
        "hidden_size": 128,
        "num_attention_heads": [1, 1, 1, 1],
    }
    config = transformers.ClapConfig(text_config={**_SIZES, "vocab_size": 60}, audio_config=sound, projection_dim=8)
    _save(transformers.ClapModel(config), folder)
    transformers.ClapFeatureExtractor(truncation="rand_trunc").save_pretrained(folder)
    return folder


def whisper(folder: Path) -> Path:
    """Write a tiny Whisper."""
    import torch
    import transformers

    torch.manual_seed(0)
    sides = {f"{side}_{what}": n for side in ("encoder", "decoder") for what, n in _WHISPER.items()}
    config = transformers.WhisperConfig(d_model=16, vocab_size=60, pad_token_id=0, decoder_start_token_id=1, **sides)
    config.bos_token_id, config.eos_token_id = 1, 2
    _save(transformers.WhisperModel(config), folder)
    transformers.WhisperFeatureExtractor().save_pretrained(folder)
    return folder


_WHISPER = {"layers": 2, "attention_heads": 2, "ffn_dim": 32}
_SIZES: dict[str, Any] = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}


def vision_transformer(folder: Path) -> Path:
    """Write a tiny ViT."""
    import torch
    import transformers

    torch.manual_seed(0)
    _save(transformers.ViTModel(transformers.ViTConfig(**_SIZES, image_size=32, patch_size=8)), folder)
    transformers.ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder


def masked_autoencoder(folder: Path) -> Path:
    """Write a tiny ViT-MAE, as it is pretrained."""
    import torch
    import transformers

    torch.manual_seed(0)
    _save(transformers.ViTMAEModel(transformers.ViTMAEConfig(**_SIZES, image_size=32, patch_size=8)), folder)
    transformers.ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder


def swin(folder: Path) -> Path:
    """Write a tiny Swin, whose layers have fewer and fewer places."""
    import torch
    import transformers

    torch.manual_seed(0)
    sizes: dict[str, Any] = {"embed_dim": 8, "depths": [1, 1], "num_heads": [1, 2], "window_size": 4}
    _save(transformers.SwinModel(transformers.SwinConfig(**sizes, image_size=32, patch_size=2)), folder)
    transformers.ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder


def dinov2(folder: Path) -> Path:
    """Write a tiny DINOv2."""
    import torch
    import transformers

    torch.manual_seed(0)
    sizes = {name: n for name, n in _SIZES.items() if name != "intermediate_size"}
    _save(transformers.Dinov2Model(transformers.Dinov2Config(**sizes, image_size=28, patch_size=14)), folder)
    _processor(transformers.BitImageProcessor, 28).save_pretrained(folder)
    return folder


def clip(folder: Path) -> Path:
    """Write a tiny CLIP, with what prepares its pictures and its texts."""
    import torch
    import transformers

    torch.manual_seed(0)
    text = {**_SIZES, "vocab_size": 60, "eos_token_id": 3, "bos_token_id": 2, "pad_token_id": 0}
    config = transformers.CLIPConfig(
        text_config=text, vision_config={**_SIZES, "image_size": 32, "patch_size": 8}, projection_dim=8
    )
    _save(transformers.CLIPModel(config), folder)
    _processor(transformers.CLIPImageProcessor, 32).save_pretrained(folder)
    _tokenizer().save_pretrained(folder)
    return folder


def bert(folder: Path) -> Path:
    """Write a tiny BERT."""
    import torch
    import transformers

    torch.manual_seed(0)
    _save(transformers.BertModel(transformers.BertConfig(**_SIZES, vocab_size=60)), folder)
    _tokenizer().save_pretrained(folder)
    return folder


def gpt2(folder: Path, longest: int = 32) -> Path:
    """Write a tiny GPT-2, whose tokenizer has no token for padding, none before and behind a text, and no longest text."""
    import torch
    import transformers

    torch.manual_seed(0)
    config = transformers.GPT2Config(n_embd=16, n_layer=2, n_head=2, vocab_size=60, n_positions=longest)
    _save(transformers.GPT2Model(config), folder)
    _tokenizer(bare=True).save_pretrained(folder)
    return folder


def timm_network(folder: Path, name: str = "resnet10t") -> Path:
    """Write a small network of timm, as for the hub."""
    import timm
    import torch
    from timm.models import save_for_hf

    torch.manual_seed(0)
    network = timm.create_model(name, num_classes=5)
    save_for_hf(network, folder, model_config={"num_classes": 5}, safe_serialization=True)
    return folder


def onnx_sound(path: Path, rate: int = 16_000) -> Path:
    """Write a network that gives (n, frames, 4) of (n, t): means of products of windows."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    kernel = np.random.default_rng(0).normal(size=(4, 1, 160)).astype(np.float32)
    nodes = [
        helper.make_node("Unsqueeze", ["sound", "axis"], ["channel"]),
        helper.make_node("Conv", ["channel", "kernel"], ["windows"], strides=[80]),
        helper.make_node("Relu", ["windows"], ["positive"]),
        helper.make_node("Transpose", ["positive"], ["frames"], perm=[0, 2, 1]),
    ]
    inputs = [helper.make_tensor_value_info("sound", TensorProto.FLOAT, ["n", "t"])]
    outputs = [helper.make_tensor_value_info("frames", TensorProto.FLOAT, ["n", "f", 4])]
    weights = [numpy_helper.from_array(kernel, "kernel"), numpy_helper.from_array(np.array([1]), "axis")]
    graph = helper.make_graph(nodes, "sound", inputs, outputs, weights)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(made, {"sample_rate": str(rate)})
    onnx.save(made, path)
    return path


def onnx_picture(path: Path) -> Path:
    """Write a network that gives (n, 6) of (n, 3, 16, 16)."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    matrix = np.random.default_rng(0).normal(size=(3 * 16 * 16, 6)).astype(np.float32)
    nodes = [helper.make_node("Flatten", ["x"], ["flat"]), helper.make_node("MatMul", ["flat", "matrix"], ["y"])]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 16, 16])]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 6])]
    graph = helper.make_graph(nodes, "picture", inputs, outputs, [numpy_helper.from_array(matrix, "matrix")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


def _save(model: Any, folder: Path) -> None:
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()
    model.eval().save_pretrained(folder)


def _processor(kind: Any, size: int) -> Any:
    return kind(size={"shortest_edge": size}, crop_size={"height": size, "width": size})


def _tokenizer(*, bare: bool = False) -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    special = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3}
    known = special | {word: 4 + n for n, word in enumerate(dict.fromkeys(WORDS.split()))}
    made = Tokenizer(models.WordLevel(known, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    if bare:
        return PreTrainedTokenizerFast(tokenizer_object=made, unk_token="[UNK]")
    made.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    return PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=32, **names)
