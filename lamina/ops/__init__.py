"""Floor 3: the numeric namespace, each op written once upon the engine contract.

Ops take native arrays, NumPy arrays, numbers, Variables and, all but the few that say so, symbolic
tensors. They return native arrays of the engine in force.
"""

from lamina.ops import operators as operators  # gives Variable and KerasTensor their operators
from lamina.ops.control import (
    cond as cond,
)
from lamina.ops.control import (
    scan as scan,
)
from lamina.ops.control import (
    while_loop as while_loop,
)
from lamina.ops.elementwise import (
    abs as abs,
)
from lamina.ops.elementwise import (
    absolute as absolute,
)
from lamina.ops.elementwise import (
    add as add,
)
from lamina.ops.elementwise import (
    ceil as ceil,
)
from lamina.ops.elementwise import (
    clip as clip,
)
from lamina.ops.elementwise import (
    cos as cos,
)
from lamina.ops.elementwise import (
    divide as divide,
)
from lamina.ops.elementwise import (
    divide_no_nan as divide_no_nan,
)
from lamina.ops.elementwise import (
    equal as equal,
)
from lamina.ops.elementwise import (
    erf as erf,
)
from lamina.ops.elementwise import (
    exp as exp,
)
from lamina.ops.elementwise import (
    expm1 as expm1,
)
from lamina.ops.elementwise import (
    floor as floor,
)
from lamina.ops.elementwise import (
    floor_divide as floor_divide,
)
from lamina.ops.elementwise import (
    greater as greater,
)
from lamina.ops.elementwise import (
    greater_equal as greater_equal,
)
from lamina.ops.elementwise import (
    isfinite as isfinite,
)
from lamina.ops.elementwise import (
    isinf as isinf,
)
from lamina.ops.elementwise import (
    isnan as isnan,
)
from lamina.ops.elementwise import (
    less as less,
)
from lamina.ops.elementwise import (
    less_equal as less_equal,
)
from lamina.ops.elementwise import (
    log as log,
)
from lamina.ops.elementwise import (
    log1p as log1p,
)
from lamina.ops.elementwise import (
    logical_and as logical_and,
)
from lamina.ops.elementwise import (
    logical_not as logical_not,
)
from lamina.ops.elementwise import (
    logical_or as logical_or,
)
from lamina.ops.elementwise import (
    logical_xor as logical_xor,
)
from lamina.ops.elementwise import (
    maximum as maximum,
)
from lamina.ops.elementwise import (
    minimum as minimum,
)
from lamina.ops.elementwise import (
    mod as mod,
)
from lamina.ops.elementwise import (
    multiply as multiply,
)
from lamina.ops.elementwise import (
    negative as negative,
)
from lamina.ops.elementwise import (
    not_equal as not_equal,
)
from lamina.ops.elementwise import (
    power as power,
)
from lamina.ops.elementwise import (
    round as round,
)
from lamina.ops.elementwise import (
    rsqrt as rsqrt,
)
from lamina.ops.elementwise import (
    sign as sign,
)
from lamina.ops.elementwise import (
    sin as sin,
)
from lamina.ops.elementwise import (
    sqrt as sqrt,
)
from lamina.ops.elementwise import (
    square as square,
)
from lamina.ops.elementwise import (
    subtract as subtract,
)
from lamina.ops.elementwise import (
    tanh as tanh,
)
from lamina.ops.elementwise import (
    true_divide as true_divide,
)
from lamina.ops.elementwise import (
    where as where,
)
from lamina.ops.linalg import (
    dot as dot,
)
from lamina.ops.linalg import (
    einsum as einsum,
)
from lamina.ops.linalg import (
    matmul as matmul,
)
from lamina.ops.nn import (
    average_pool as average_pool,
)
from lamina.ops.nn import (
    batch_normalization as batch_normalization,
)
from lamina.ops.nn import (
    binary_crossentropy as binary_crossentropy,
)
from lamina.ops.nn import (
    categorical_crossentropy as categorical_crossentropy,
)
from lamina.ops.nn import (
    conv as conv,
)
from lamina.ops.nn import (
    elu as elu,
)
from lamina.ops.nn import (
    gelu as gelu,
)
from lamina.ops.nn import (
    hard_sigmoid as hard_sigmoid,
)
from lamina.ops.nn import (
    leaky_relu as leaky_relu,
)
from lamina.ops.nn import (
    log_sigmoid as log_sigmoid,
)
from lamina.ops.nn import (
    log_softmax as log_softmax,
)
from lamina.ops.nn import (
    max_pool as max_pool,
)
from lamina.ops.nn import (
    moments as moments,
)
from lamina.ops.nn import (
    normalize as normalize,
)
from lamina.ops.nn import (
    relu as relu,
)
from lamina.ops.nn import (
    relu6 as relu6,
)
from lamina.ops.nn import (
    selu as selu,
)
from lamina.ops.nn import (
    sigmoid as sigmoid,
)
from lamina.ops.nn import (
    silu as silu,
)
from lamina.ops.nn import (
    softmax as softmax,
)
from lamina.ops.nn import (
    softplus as softplus,
)
from lamina.ops.nn import (
    softsign as softsign,
)
from lamina.ops.nn import (
    sparse_categorical_crossentropy as sparse_categorical_crossentropy,
)
from lamina.ops.reduce import (
    all as all,
)
from lamina.ops.reduce import (
    any as any,
)
from lamina.ops.reduce import (
    argmax as argmax,
)
from lamina.ops.reduce import (
    argmin as argmin,
)
from lamina.ops.reduce import (
    argsort as argsort,
)
from lamina.ops.reduce import (
    count_nonzero as count_nonzero,
)
from lamina.ops.reduce import (
    cumsum as cumsum,
)
from lamina.ops.reduce import (
    logsumexp as logsumexp,
)
from lamina.ops.reduce import (
    max as max,
)
from lamina.ops.reduce import (
    mean as mean,
)
from lamina.ops.reduce import (
    min as min,
)
from lamina.ops.reduce import (
    norm as norm,
)
from lamina.ops.reduce import (
    prod as prod,
)
from lamina.ops.reduce import (
    sort as sort,
)
from lamina.ops.reduce import (
    std as std,
)
from lamina.ops.reduce import (
    sum as sum,
)
from lamina.ops.reduce import (
    var as var,
)
from lamina.ops.structure import (
    arange as arange,
)
from lamina.ops.structure import (
    broadcast_to as broadcast_to,
)
from lamina.ops.structure import (
    cast as cast,
)
from lamina.ops.structure import (
    concatenate as concatenate,
)
from lamina.ops.structure import (
    convert_to_numpy as convert_to_numpy,
)
from lamina.ops.structure import (
    convert_to_tensor as convert_to_tensor,
)
from lamina.ops.structure import (
    expand_dims as expand_dims,
)
from lamina.ops.structure import (
    eye as eye,
)
from lamina.ops.structure import (
    flip as flip,
)
from lamina.ops.structure import (
    full as full,
)
from lamina.ops.structure import (
    full_like as full_like,
)
from lamina.ops.structure import (
    getitem as getitem,
)
from lamina.ops.structure import (
    is_tensor as is_tensor,
)
from lamina.ops.structure import (
    moveaxis as moveaxis,
)
from lamina.ops.structure import (
    ndim as ndim,
)
from lamina.ops.structure import (
    one_hot as one_hot,
)
from lamina.ops.structure import (
    ones as ones,
)
from lamina.ops.structure import (
    ones_like as ones_like,
)
from lamina.ops.structure import (
    pad as pad,
)
from lamina.ops.structure import (
    ravel as ravel,
)
from lamina.ops.structure import (
    repeat as repeat,
)
from lamina.ops.structure import (
    reshape as reshape,
)
from lamina.ops.structure import (
    shape as shape,
)
from lamina.ops.structure import (
    size as size,
)
from lamina.ops.structure import (
    split as split,
)
from lamina.ops.structure import (
    squeeze as squeeze,
)
from lamina.ops.structure import (
    stack as stack,
)
from lamina.ops.structure import (
    stop_gradient as stop_gradient,
)
from lamina.ops.structure import (
    swapaxes as swapaxes,
)
from lamina.ops.structure import (
    take as take,
)
from lamina.ops.structure import (
    take_along_axis as take_along_axis,
)
from lamina.ops.structure import (
    tile as tile,
)
from lamina.ops.structure import (
    transpose as transpose,
)
from lamina.ops.structure import (
    unstack as unstack,
)
from lamina.ops.structure import (
    zeros as zeros,
)
from lamina.ops.structure import (
    zeros_like as zeros_like,
)
