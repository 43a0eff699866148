"""Models built, trained, asked and checked; late fusions and ablations."""

from __future__ import annotations

from emobench.models.ablations import apply_ablation, complete
from emobench.models.augmentation import AUGMENTATIONS, complete_augmentation
from emobench.models.build import build_model, check_parameters, check_recipe, predicted
from emobench.models.estimator import EstimatorModel, check_estimator
from emobench.models.from_object import describe_object, describe_spec, is_estimator
from emobench.models.grid import MOST, Candidate, candidates
from emobench.models.inputs import ModelInputs, model_inputs, shuffled
from emobench.models.late_fusion import MemberPredictions, check_combines_values, check_predictions, fuse, pool_views
from emobench.models.torch_loop import TorchModel, number_of_batches

__all__ = [
    "AUGMENTATIONS",
    "MOST",
    "Candidate",
    "EstimatorModel",
    "MemberPredictions",
    "ModelInputs",
    "TorchModel",
    "apply_ablation",
    "build_model",
    "candidates",
    "check_combines_values",
    "check_estimator",
    "check_parameters",
    "check_predictions",
    "check_recipe",
    "complete",
    "complete_augmentation",
    "describe_object",
    "describe_spec",
    "fuse",
    "is_estimator",
    "model_inputs",
    "number_of_batches",
    "pool_views",
    "predicted",
    "shuffled",
]
