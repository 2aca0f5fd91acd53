"""Classes and functions of a user's own, registered."""

from tests.exchange.zoo.entry import model


@model()
def custom_layer(k):
    @k.saving.register_keras_serializable("zoo")
    class Scale(k.layers.Layer):
        def __init__(self, factor=1.0, **kwargs):
            super().__init__(**kwargs)
            self.factor = factor

        def build(self, input_shape):
            self.shift = self.add_weight(shape=(input_shape[-1],), name="shift")

        def call(self, inputs):
            return inputs * self.factor + self.shift

        def get_config(self):
            return {**super().get_config(), "factor": self.factor}

    return k.Sequential([k.Input((3,)), Scale(2.0), k.layers.Dense(2), Scale(name="last")])


@model()
def custom_block(k):
    @k.saving.register_keras_serializable("zoo")
    class Block(k.layers.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.first, self.parts = k.layers.Dense(units), [k.layers.Dense(units), k.layers.ReLU()]

        def build(self, input_shape):
            self.first.build(input_shape)
            self.parts[0].build((*input_shape[:-1], self.units))

        def call(self, inputs):
            return self.parts[1](self.parts[0](self.first(inputs)))

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    x = k.Input((3,))
    return k.Model(x, Block(2)(Block(4)(x)))


@model()
def layer_around_a_layer(k):
    @k.saving.register_keras_serializable("zoo")
    class Twice(k.layers.Wrapper):
        def call(self, inputs):
            return self.layer(self.layer(inputs))

    x = k.Input((3,))
    return k.Model(x, Twice(k.layers.Dense(3))(x))


@model()
def custom_functions(k):
    @k.saving.register_keras_serializable("zoo")
    def wavy(x):
        return k.ops.sin(x) + x

    @k.saving.register_keras_serializable("zoo")
    class Half(k.initializers.Initializer):
        def __call__(self, shape, dtype=None):
            return k.ops.full(shape, 0.5, dtype=dtype)

        def get_config(self):
            return {}

    @k.saving.register_keras_serializable("zoo")
    class Strong(k.regularizers.Regularizer):
        def __init__(self, strength):
            self.strength = strength

        def __call__(self, x):
            return self.strength * k.ops.sum(k.ops.abs(x))

        def get_config(self):
            return {"strength": self.strength}

    dense = k.layers.Dense(
        3, activation=wavy, kernel_initializer=Half(), kernel_regularizer=Strong(0.01)
    )
    return k.Sequential([k.Input((3,)), dense, k.layers.Activation(wavy)])


@model()
def custom_cell(k):
    @k.saving.register_keras_serializable("zoo")
    class Memory(k.layers.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = self.state_size = units

        def build(self, input_shape):
            self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")

        def call(self, inputs, states):
            out = k.ops.tanh(k.ops.matmul(inputs, self.kernel) + 0.5 * states[0])
            return out, [out]

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    x = k.Input((4, 3))
    return k.Model(x, k.layers.RNN(Memory(2))(x))


@model(inputs=(3,))
def subclassed(k):
    @k.saving.register_keras_serializable("zoo")
    class Net(k.Model):
        def __init__(self, units=4, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.blocks = [k.layers.Dense(units, activation="relu"), k.layers.Dense(units)]
            self.out = k.layers.Dense(2)

        def build(self, input_shape):
            width = input_shape[-1]
            for block in self.blocks:
                block.build((None, width))
                width = self.units
            self.out.build((None, width))

        def call(self, inputs):
            x = inputs
            for block in self.blocks:
                x = block(x)
            return self.out(x)

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    net = Net(5)
    net.build((None, 3))
    return net


@model(inputs=(3,))
def subclass_with_models_within(k):
    @k.saving.register_keras_serializable("zoo")
    class Pair(k.Model):
        def __init__(self, encoder, decoder, **kwargs):
            super().__init__(**kwargs)
            self.encoder, self.decoder = encoder, decoder

        def build(self, input_shape):
            pass

        def call(self, inputs):
            return self.decoder(self.encoder(inputs))

        def get_config(self):
            encoder, decoder = map(k.saving.serialize_keras_object, (self.encoder, self.decoder))
            return {**super().get_config(), "encoder": encoder, "decoder": decoder}

        @classmethod
        def from_config(cls, config):
            encoder, decoder = (
                k.saving.deserialize_keras_object(config.pop(n)) for n in ("encoder", "decoder")
            )
            return cls(encoder, decoder, **config)

    encoder = k.Sequential([k.Input((3,)), k.layers.Dense(2)], name="encoder")
    decoder = k.Sequential([k.Input((2,)), k.layers.Dense(3)], name="decoder")
    pair = Pair(encoder, decoder)
    pair.build((None, 3))
    return pair


@model()
def functional_subclass(k):
    @k.saving.register_keras_serializable("zoo")
    class Watched(k.Model):
        def summary_of_layers(self):
            return [layer.name for layer in self.layers]

    x = k.Input((3,))
    return Watched(x, k.layers.Dense(2)(x))


@model()
def layer_with_a_loss(k):
    @k.saving.register_keras_serializable("zoo")
    class Charge(k.layers.Layer):
        def call(self, inputs):
            self.add_loss(0.1 * k.ops.mean(k.ops.square(inputs)))
            return inputs

    x = k.Input((3,))
    return k.Model(x, Charge()(k.layers.Dense(3)(x)))


@model()
def layer_of_several_tensors(k):
    @k.saving.register_keras_serializable("zoo")
    class Mix(k.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.dense = k.layers.Dense(2)

        def build(self, left_shape, right_shape):
            self.dense.build(left_shape)

        def call(self, left, right, factor=1.0):
            return {"sum": self.dense(left) + factor * right, "right": right}

    x, y = k.Input((3,)), k.Input((2,))
    out = Mix()(x, right=y, factor=2.0)
    ends = [k.layers.Identity(name=name)(out[name]) for name in ("sum", "right")]
    return k.Model([x, y], ends)
