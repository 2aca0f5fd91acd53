"""`Regularizable`: layers that take a loss of their output by name only."""

from __future__ import annotations

from dataclasses import InitVar, field
from typing import Any

from lamina.layers.arguments import from_fields
from lamina.layers.layer import Layer


@from_fields
class Regularizable(Layer):
    """Abstract: a layer that takes `activity_regularizer` by name, and nowhere by place."""

    activity_regularizer: InitVar[Any] = field(default=None, kw_only=True)
