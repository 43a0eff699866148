"""How labels of emotions are written: words that mean the same emotion, whatever the language's form, case and signs.

Only forms of one word, common short forms and words that papers use for the same class of the basic emotions are here:
"joy" and "happiness" are one class in every label map of the field. "Calm" is not "neutral", "boredom" not "sad".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "angry": ("angry", "anger", "ang"),
    "disgust": ("disgust", "disgusted", "dis"),
    "fear": ("fear", "fearful", "afraid", "fea"),
    "happy": ("happy", "happiness", "joy", "joyful", "hap"),
    "neutral": ("neutral", "neutrality", "neu"),
    "sad": ("sad", "sadness"),
    "surprise": ("surprise", "surprised", "pleasant surprise", "pleasantly surprised", "ps", "sur"),
    "calm": ("calm", "calmness"),
    "contempt": ("contempt", "contemptuous"),
    "excited": ("excited", "excitement", "exc"),
    "frustrated": ("frustrated", "frustration", "fru"),
    "bored": ("bored", "boredom"),
}
"""An emotion to the ways in which it is written, in lower case, with spaces for hyphens and underscores."""

_MEANS = {spelling: emotion for emotion, spellings in SPELLINGS.items() for spelling in spellings}


def emotion_of(label: str) -> str | None:
    """Return the emotion that a label means; ``None`` where no spelling is known."""
    return _MEANS.get(" ".join(label.lower().replace("_", " ").replace("-", " ").split()))


def same_label(label: str, known: Collection[str]) -> str | None:
    """Return the known label that is the same, or the only one that means the same emotion; ``None`` where none does."""
    if label in known:
        return label
    emotion = emotion_of(label)
    fitting = [other for other in known if emotion is not None and emotion_of(other) == emotion]
    plain = [other for other in fitting if other == emotion] or fitting
    return plain[0] if plain else None
