"""The TensorFlow engine: eager where Python runs, graphs for whatever is compiled."""

from lamina.engine.tensorflow import quiet as quiet  # before TensorFlow itself

# isort: split
import tensorflow as tf

from lamina.engine.contract import Engine, modules, named
from lamina.engine.memory import keep_freed
from lamina.engine.tensorflow.arrays import binary, in_single, unary

ENGINE = Engine(
    named(
        tf.raw_ops,
        "exp=Exp expm1=Expm1 log=Log log1p=Log1p sqrt=Sqrt rsqrt=Rsqrt square=Square sin=Sin cos=Cos tan=Tan "
        "tanh=Tanh sigmoid=Sigmoid erf=Erf floor=Floor ceil=Ceil round=Round isfinite=IsFinite isnan=IsNan "
        "arcsin=Asin arccos=Acos arctan=Atan sinh=Sinh cosh=Cosh arcsinh=Asinh arccosh=Acosh arctanh=Atanh "
        "logical_not=LogicalNot",
        unary,
    ),
    named(
        tf.raw_ops,
        "subtract=Sub multiply=Mul divide=RealDiv floor_divide=FloorDiv remainder=FloorMod "
        "equal=Equal not_equal=NotEqual less=Less less_equal=LessEqual greater=Greater "
        "greater_equal=GreaterEqual logical_and=LogicalAnd logical_or=LogicalOr "
        "left_shift=LeftShift right_shift=RightShift",
        binary,
    ),
    named(tf, "copy=identity stack concatenate=concat make_complex=complex any=reduce_any"),
    named(tf.math, "real imag conj"),
    named(tf.math, "i0=bessel_i0 erfc erfinv gammainc=igamma cumsum cumprod", in_single),
    named(tf, "sum=reduce_sum mean=reduce_mean prod=reduce_prod", in_single),
    *modules(
        __name__,
        "convert arrays functions linalg nn crossentropy normalize images random recurrent autodiff control abstract "
        "compile each repeat fourier segments devices determinism native profile",
    ),
)

keep_freed(in_threads=True)
