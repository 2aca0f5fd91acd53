"""Cases: activation layers."""

from tests.layers.case import IMAGE, SEQUENCE, Case

CASES = [
    Case("Activation", {"activation": "tanh"}, (2, 3)),
    Case("Activation", {"activation": "softmax"}, SEQUENCE, masked=True, free=(1,)),
    Case("ReLU", {}, (2, 3)),
    Case("ReLU", {"max_value": 0.5, "negative_slope": 0.1, "threshold": 0.2}, (2, 30)),
    Case("LeakyReLU", {"negative_slope": 0.2}, (2, 3)),
    Case("ELU", {"alpha": 0.7}, (2, 3)),
    Case("PReLU", {"alpha_initializer": "ones"}, (2, 3)),
    Case("PReLU", {"shared_axes": [1, 2], "alpha_regularizer": "l2"}, IMAGE),
    Case("Softmax", {}, (2, 3)),
    Case("Softmax", {"axis": 1}, SEQUENCE),
    Case("Softmax", {"axis": [1, 2]}, SEQUENCE),
]
