"""The version of what the core computes."""

RESULTS_VERSION = 1
"""What stands in the identity of a cell for the code of emobench itself, on the way from a file to a prediction.

Raise it by one when a change to emobench changes predictions: decoding, label maps, dividing, limits, policies, cached
arrays, training, fusing, putting folds together. Every cell then has another id, and no old result is taken for a new one.
Leave it when a change moves no prediction by more than 1e-4: results that were computed before stay valid.

``tests/test_golden.py`` compares the predictions of small cells with stored ones and fails until the version is raised.
Plugins, the built-in ones among them, are not counted here: their code is part of the identity itself.
"""
