"""The table of contents of a bundle."""

from __future__ import annotations

from emobench.publishing.bundles.manifest import BundledCell, Manifest


def test_manifest_is_what_bundles_hold() -> None:
    """A field that is added without a new schema version would be refused by those who know the old one."""
    assert set(Manifest.model_fields) == {"schema_version", "emobench", "contains", "cells", "datasets"}
    assert set(BundledCell.model_fields) == {"suite", "experiment", "record", "predictions"}
