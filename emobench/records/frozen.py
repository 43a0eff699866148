"""The base class of everything that is written as JSON."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Immutable, with no unknown fields: what is written is what is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")
