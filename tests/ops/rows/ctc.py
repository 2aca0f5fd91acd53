"""Rows for connectionist temporal classification."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from tests.ops.drawing import DTYPES, FLOATS, array, case


def _loss(draw: Callable) -> tuple:
    batch, labels, more = (draw(st.integers(1, 4)) for _ in range(3))
    frames = 2 * labels + more  # enough for every label and a blank between each two
    output = array(draw, (batch, frames, 4), DTYPES[1:])
    target = array(draw, (batch, labels), ["int32"])
    lengths = [np.full(batch, n, "int32") for n in (labels, frames)]
    return [target, output, *lengths], {"mask_index": draw(st.sampled_from([0, 3, -1]))}


def _decode(draw: Callable) -> tuple:
    batch, frames = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    inputs = array(draw, (batch, frames, 4), FLOATS)
    beams = {"strategy": "beam_search", "beam_width": 4, "top_paths": draw(st.integers(1, 3))}
    return [inputs, np.full(batch, frames, "int32")], draw(
        st.sampled_from([beams, {}, {"merge_repeated": False, "mask_index": 1}])
    )


TABLE: dict[str, Callable] = {"ctc_loss": _loss, "ctc_decode": _decode}

RNG = np.random.default_rng(1)
OUTPUT = RNG.normal(size=(5, 9, 5)).astype("float32")
TARGET = RNG.integers(1, 5, (5, 4)).astype("int32")
TARGET[1] = 2  # repeated: needs a blank between each two
TARGET[2, 2:] = 0
LABELS = np.array([4, 4, 0, 2, 3], "int32")
FRAMES = np.array([9, 9, 9, 5, 3], "int32")
ENDS = np.array([9, 0, 1, 5, 7], "int32")
# Keras' beam search reads one frame even where there are none.
SOME = np.maximum(ENDS, 1)
BEAMS = {"strategy": "beam_search", "beam_width": 12}

CASES: dict[str, list] = {
    "ctc_loss": [
        case(TARGET, OUTPUT, LABELS, FRAMES),
        case(TARGET - 1, OUTPUT, LABELS, FRAMES, mask_index=4),
        case(TARGET, 30 * OUTPUT, LABELS, FRAMES),
        case(TARGET, OUTPUT, LABELS, np.array([3, 6, 0, 1, 0], "int32")),  # too few frames
        case(TARGET, OUTPUT.astype("float16"), LABELS, FRAMES),
        case(TARGET, (3 * OUTPUT).astype("int32"), LABELS, FRAMES),
    ],
    "ctc_decode": [
        case(OUTPUT, ENDS),
        case(OUTPUT, ENDS, merge_repeated=False),
        case(OUTPUT, ENDS, mask_index=4),
        case(OUTPUT, ENDS, mask_index=None),
        case(OUTPUT, ENDS, top_paths=3),
        case(OUTPUT.astype("float16"), ENDS),
        case(OUTPUT.astype("float16"), SOME, top_paths=3, **BEAMS),
        case(2 * OUTPUT, SOME, merge_repeated=False, mask_index=2, **BEAMS),
        case(OUTPUT[:, :1], np.ones(5, "int32"), top_paths=8, **BEAMS),  # there are but 5
    ],
}
NOT_SMOOTH = {"ctc_decode"}
# Keras adds up hundreds of terms in another order.
TOLERANCE = {"ctc_loss": 3e-5, "ctc_decode": 3e-5}
