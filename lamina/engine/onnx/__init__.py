"""The ONNX engine: NumPy where arrays have values, nodes of an ONNX graph where they are traced.

It predicts and evaluates. A function that runs over batches is traced once, for all sizes of the batch, and its
graph runs in ONNX Runtime; everything else is NumPy's. No primitive says here which shape it gives: its
evaluation on JAX does.
"""

from types import SimpleNamespace

from lamina.engine.contract import Engine, named
from lamina.engine.onnx import session
from lamina.engine.onnx.lifting import LIFTED, NUMPY

ENGINE = Engine(
    LIFTED,
    named(session, "compile"),
    SimpleNamespace(overrides={**NUMPY.overrides, "program": session.Programs}),
)
