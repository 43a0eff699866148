"""The run, the bundles and the plugins of the tests of bundles."""

from __future__ import annotations

from tests.integration.publishing.bundles.conftest import data as data
from tests.integration.publishing.bundles.conftest import ours as ours
from tests.integration.publishing.bundles.conftest import registry as registry
from tests.integration.publishing.bundles.conftest import runs as runs
from tests.integration.publishing.bundles.conftest import single as single
