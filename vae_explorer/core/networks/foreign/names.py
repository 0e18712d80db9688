"""Words that settings of imported networks are told in. No torch here: the window offers them."""

from __future__ import annotations

from typing import Literal

ActivationName = Literal["relu", "leaky-relu", "elu", "selu", "gelu", "silu", "tanh", "sigmoid", "softplus"]
