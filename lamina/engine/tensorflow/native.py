"""TensorFlow's own way of training: `tf.Variable`, `tf.GradientTape`, `tf.function`."""

from contextlib import nullcontext

import tensorflow as tf
from tensorflow.python import pywrap_tfe  # which tapes are open is not said anywhere else

from lamina.engine.abstractly import is_abstract


def admit(kind, value_of):
    pass  # `__tf_tensor__` says all


def records():
    if is_abstract():
        return False
    return not tf.executing_eagerly() or not pywrap_tfe.TFE_Py_TapeSetIsEmpty()


follows = None  # a tape does


def native_variable(value, trainable, name):
    with tf.init_scope():  # it outlives a trace
        return tf.Variable(value, trainable=trainable, name=name.replace(" ", "_"))


def value_of(native):
    return tf.convert_to_tensor(native)


def update(native, value):
    native.assign(value)


def let_train(native, trains):
    pass  # a tape is asked for gradients by those that train


recording = nullcontext


def watched(x):
    return x  # see `note_read`


def note_read(variable):
    if not pywrap_tfe.TFE_Py_TapeSetIsEmpty():
        pywrap_tfe.TFE_Py_TapeVariableAccessed(variable)
