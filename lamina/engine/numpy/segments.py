"""Writing and combining where indices say, on NumPy."""

import numpy as np

from lamina.engine.neutral import neutral
from lamina.engine.numpy.convert import quiet

_COMBINE = {"sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum}


def scatter_set(x, indices, updates):
    result = np.array(x)
    result[tuple(indices[..., i] for i in range(indices.shape[-1]))] = updates
    return result


@quiet
def segment(x, ids, count, how):
    result = np.full((count, *x.shape[1:]), neutral(how, x.dtype.name), x.dtype)
    within = (ids >= 0) & (ids < count)
    _COMBINE[how].at(result, ids[within], x[within])
    return result
