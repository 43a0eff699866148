"""The version of what the core computes."""

RESULTS_VERSION = 1
"""The version, in the identity of a cell, of the code of emobench between a file and a prediction.

Raise it by one when a change to emobench changes predictions: decoding, label maps, dividing, limits, policies, cached
arrays, training, fusing, putting folds together. Every cell then has another id, and no old result is taken for a new one.
Leave it when a change moves no prediction by more than 1e-4: results that were computed before stay valid.

``tests/integration/test_golden.py`` compares the predictions of small cells with stored ones and fails until it is raised.
Plugins, the built-in ones among them, are not counted here: their code is part of the identity itself.
"""
