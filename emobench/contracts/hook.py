"""The mark of a function that implements a hook; :mod:`emobench.plugins` declares the hooks."""

from __future__ import annotations

import pluggy

hookimpl = pluggy.HookimplMarker("emobench")
