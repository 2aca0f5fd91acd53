"""How near float32 results must be to Keras': a millionth."""

from __future__ import annotations

from typing import Any

import numpy as np

# Means of terms between -1 and 1 that cancel each other: each term has the rounding of a 1.
TERMS = {"CosineSimilarity": 1.0, "PearsonCorrelation": 1.0}


def assert_close(found: Any, expected: Any, terms: float = 1e-3) -> None:
    """Within 1e-6 of each element, or of the largest one, or of the terms that they are sums of."""
    expected = np.asarray(expected)
    largest = np.max(np.abs(expected), initial=terms, where=np.isfinite(expected))
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6 * largest)
