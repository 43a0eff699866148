"""Models built, trained, asked and checked; late fusions and ablations."""

from __future__ import annotations

from emobench.models.ablations import apply_ablation, complete
from emobench.models.augmentation import AUGMENTATIONS, complete_augmentation
from emobench.models.batches import number_of_steps
from emobench.models.build import build_model, check_parameters, check_recipe, predicted
from emobench.models.estimator import EstimatorModel, check_estimator
from emobench.models.fitted import FittedModel, build_fitted, columns_of
from emobench.models.from_object import describe_object, describe_spec, is_estimator
from emobench.models.grid import MOST, Candidate, candidates
from emobench.models.inputs import ModelInputs, model_inputs, shuffled
from emobench.models.late_fusion import MemberPredictions, check_combines_values, check_predictions, fuse, pool_views
from emobench.models.loaded import load_fitted, model_of
from emobench.models.torch_loop import TorchModel

__all__ = [
    "AUGMENTATIONS",
    "MOST",
    "Candidate",
    "EstimatorModel",
    "FittedModel",
    "MemberPredictions",
    "ModelInputs",
    "TorchModel",
    "apply_ablation",
    "build_fitted",
    "build_model",
    "candidates",
    "check_combines_values",
    "check_estimator",
    "check_parameters",
    "check_predictions",
    "check_recipe",
    "columns_of",
    "complete",
    "complete_augmentation",
    "describe_object",
    "describe_spec",
    "fuse",
    "is_estimator",
    "load_fitted",
    "model_inputs",
    "model_of",
    "number_of_steps",
    "pool_views",
    "predicted",
    "shuffled",
]
