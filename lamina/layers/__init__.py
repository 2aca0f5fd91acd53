"""Floor 5: layers. What is imported here is public, and can be named in configurations."""

from typing import Any as _Any

from lamina.absent import explain as _explain
from lamina.core import registry as _registry
from lamina.layers.activation.activation import Activation as Activation
from lamina.layers.activation.rectifiers import (
    ELU as ELU,
    LeakyReLU as LeakyReLU,
    PReLU as PReLU,
    ReLU as ReLU,
)
from lamina.layers.activation.softmax import Softmax as Softmax
from lamina.layers.attention.attention import (
    AdditiveAttention as AdditiveAttention,
    Attention as Attention,
)
from lamina.layers.attention.group_query_attention import (
    GroupQueryAttention as GroupQueryAttention,
)
from lamina.layers.attention.multi_head_attention import MultiHeadAttention as MultiHeadAttention
from lamina.layers.conv.conv import Conv1D as Conv1D, Conv2D as Conv2D, Conv3D as Conv3D
from lamina.layers.conv.depthwise import (
    DepthwiseConv1D as DepthwiseConv1D,
    DepthwiseConv2D as DepthwiseConv2D,
)
from lamina.layers.conv.separable import (
    SeparableConv1D as SeparableConv1D,
    SeparableConv2D as SeparableConv2D,
)
from lamina.layers.conv.transposed import (
    Conv1DTranspose as Conv1DTranspose,
    Conv2DTranspose as Conv2DTranspose,
    Conv3DTranspose as Conv3DTranspose,
)
from lamina.layers.core.dense import Dense as Dense
from lamina.layers.core.einsum_dense import EinsumDense as EinsumDense
from lamina.layers.core.embedding import Embedding as Embedding
from lamina.layers.core.identity import Identity as Identity
from lamina.layers.core.input_layer import (
    Input as Input,
    InputLayer as InputLayer,
)
from lamina.layers.core.lambda_layer import Lambda as Lambda
from lamina.layers.core.masking import Masking as Masking
from lamina.layers.core.reversible_embedding import ReversibleEmbedding as ReversibleEmbedding
from lamina.layers.core.wrapper import Wrapper as Wrapper
from lamina.layers.foreign.flax_layer import FlaxLayer as FlaxLayer
from lamina.layers.foreign.jax_layer import JaxLayer as JaxLayer
from lamina.layers.foreign.saved_model import TFSMLayer as TFSMLayer
from lamina.layers.foreign.torch_module import TorchModuleWrapper as TorchModuleWrapper
from lamina.layers.input_spec import InputSpec as InputSpec
from lamina.layers.known_shapes import formulas as _formulas  # noqa: F401  they are there from now on
from lamina.layers.layer import Layer as Layer
from lamina.layers.merging.concatenate import (
    Concatenate as Concatenate,
    concatenate as concatenate,
)
from lamina.layers.merging.dot import Dot as Dot, dot as dot
from lamina.layers.merging.elementwise import (
    Add as Add,
    Average as Average,
    Maximum as Maximum,
    Minimum as Minimum,
    Multiply as Multiply,
    Subtract as Subtract,
    add as add,
    average as average,
    maximum as maximum,
    minimum as minimum,
    multiply as multiply,
    subtract as subtract,
)
from lamina.layers.norm.batch_normalization import BatchNormalization as BatchNormalization
from lamina.layers.norm.group_normalization import GroupNormalization as GroupNormalization
from lamina.layers.norm.layer_normalization import LayerNormalization as LayerNormalization
from lamina.layers.norm.rms_normalization import RMSNormalization as RMSNormalization
from lamina.layers.norm.spectral_normalization import SpectralNormalization as SpectralNormalization
from lamina.layers.norm.unit_normalization import UnitNormalization as UnitNormalization
from lamina.layers.pooling.adaptive_pooling import (
    AdaptiveAveragePooling1D as AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D as AdaptiveAveragePooling2D,
    AdaptiveAveragePooling3D as AdaptiveAveragePooling3D,
    AdaptiveMaxPooling1D as AdaptiveMaxPooling1D,
    AdaptiveMaxPooling2D as AdaptiveMaxPooling2D,
    AdaptiveMaxPooling3D as AdaptiveMaxPooling3D,
)
from lamina.layers.pooling.global_pooling import (
    GlobalAveragePooling1D as GlobalAveragePooling1D,
    GlobalAveragePooling2D as GlobalAveragePooling2D,
    GlobalAveragePooling3D as GlobalAveragePooling3D,
    GlobalMaxPooling1D as GlobalMaxPooling1D,
    GlobalMaxPooling2D as GlobalMaxPooling2D,
    GlobalMaxPooling3D as GlobalMaxPooling3D,
)
from lamina.layers.pooling.pooling import (
    AveragePooling1D as AveragePooling1D,
    AveragePooling2D as AveragePooling2D,
    AveragePooling3D as AveragePooling3D,
    MaxPooling1D as MaxPooling1D,
    MaxPooling2D as MaxPooling2D,
    MaxPooling3D as MaxPooling3D,
)
from lamina.layers.preprocessing.audio.mel_spectrogram import MelSpectrogram as MelSpectrogram
from lamina.layers.preprocessing.audio.stft_spectrogram import STFTSpectrogram as STFTSpectrogram
from lamina.layers.preprocessing.features.category_encoding import (
    CategoryEncoding as CategoryEncoding,
)
from lamina.layers.preprocessing.features.discretization import Discretization as Discretization
from lamina.layers.preprocessing.features.hashed_crossing import HashedCrossing as HashedCrossing
from lamina.layers.preprocessing.features.normalization import Normalization as Normalization
from lamina.layers.preprocessing.image.colours import (
    RandomBrightness as RandomBrightness,
    RandomColorDegeneration as RandomColorDegeneration,
    RandomColorJitter as RandomColorJitter,
    RandomContrast as RandomContrast,
    RandomGrayscale as RandomGrayscale,
    RandomHue as RandomHue,
    RandomInvert as RandomInvert,
    RandomPosterization as RandomPosterization,
    RandomSaturation as RandomSaturation,
    Solarization as Solarization,
)
from lamina.layers.preprocessing.image.cropping import (
    CenterCrop as CenterCrop,
    RandomCrop as RandomCrop,
    Resizing as Resizing,
)
from lamina.layers.preprocessing.image.flipping import RandomFlip as RandomFlip
from lamina.layers.preprocessing.image.histograms import (
    AutoContrast as AutoContrast,
    ContrastLimitedAdaptiveHistogramEqualization as ContrastLimitedAdaptiveHistogramEqualization,
    Equalization as Equalization,
)
from lamina.layers.preprocessing.image.mixing import (
    CutMix as CutMix,
    MaxNumBoundingBoxes as MaxNumBoundingBoxes,
    MixUp as MixUp,
)
from lamina.layers.preprocessing.image.neighbourhoods import (
    RandomErasing as RandomErasing,
    RandomGaussianBlur as RandomGaussianBlur,
    RandomSharpness as RandomSharpness,
)
from lamina.layers.preprocessing.image.perspective import (
    RandomElasticTransform as RandomElasticTransform,
    RandomPerspective as RandomPerspective,
)
from lamina.layers.preprocessing.image.pipeline import Pipeline as Pipeline
from lamina.layers.preprocessing.image.policies import AugMix as AugMix, RandAugment as RandAugment
from lamina.layers.preprocessing.image.warping import (
    RandomRotation as RandomRotation,
    RandomShear as RandomShear,
    RandomTranslation as RandomTranslation,
    RandomZoom as RandomZoom,
)
from lamina.layers.preprocessing.rescaling import Rescaling as Rescaling
from lamina.layers.preprocessing.text.hashing import Hashing as Hashing
from lamina.layers.preprocessing.text.integer_lookup import IntegerLookup as IntegerLookup
from lamina.layers.preprocessing.text.string_lookup import StringLookup as StringLookup
from lamina.layers.preprocessing.text.text_vectorization import (
    TextVectorization as TextVectorization,
)
from lamina.layers.recurrent.bidirectional import Bidirectional as Bidirectional
from lamina.layers.recurrent.conv_lstm import (
    ConvLSTM1D as ConvLSTM1D,
    ConvLSTM2D as ConvLSTM2D,
    ConvLSTM3D as ConvLSTM3D,
)
from lamina.layers.recurrent.gru import GRU as GRU
from lamina.layers.recurrent.gru_cell import GRUCell as GRUCell
from lamina.layers.recurrent.lstm import LSTM as LSTM
from lamina.layers.recurrent.lstm_cell import LSTMCell as LSTMCell
from lamina.layers.recurrent.rnn import RNN as RNN
from lamina.layers.recurrent.simple_rnn import SimpleRNN as SimpleRNN
from lamina.layers.recurrent.simple_rnn_cell import SimpleRNNCell as SimpleRNNCell
from lamina.layers.recurrent.stacked_cells import StackedRNNCells as StackedRNNCells
from lamina.layers.recurrent.time_distributed import TimeDistributed as TimeDistributed
from lamina.layers.regularization.activity_regularization import (
    ActivityRegularization as ActivityRegularization,
)
from lamina.layers.regularization.alpha_dropout import AlphaDropout as AlphaDropout
from lamina.layers.regularization.dropout import Dropout as Dropout
from lamina.layers.regularization.gaussian_dropout import GaussianDropout as GaussianDropout
from lamina.layers.regularization.gaussian_noise import GaussianNoise as GaussianNoise
from lamina.layers.regularization.spatial_dropout import (
    SpatialDropout1D as SpatialDropout1D,
    SpatialDropout2D as SpatialDropout2D,
    SpatialDropout3D as SpatialDropout3D,
)
from lamina.layers.reshaping.cropping import (
    Cropping1D as Cropping1D,
    Cropping2D as Cropping2D,
    Cropping3D as Cropping3D,
)
from lamina.layers.reshaping.flatten import Flatten as Flatten
from lamina.layers.reshaping.permute import Permute as Permute
from lamina.layers.reshaping.repeat_vector import RepeatVector as RepeatVector
from lamina.layers.reshaping.reshape import Reshape as Reshape
from lamina.layers.reshaping.up_sampling import (
    UpSampling1D as UpSampling1D,
    UpSampling2D as UpSampling2D,
    UpSampling3D as UpSampling3D,
)
from lamina.layers.reshaping.zero_padding import (
    ZeroPadding1D as ZeroPadding1D,
    ZeroPadding2D as ZeroPadding2D,
    ZeroPadding3D as ZeroPadding3D,
)

# Keras' other spellings.
Convolution1D, Convolution2D, Convolution3D = Conv1D, Conv2D, Conv3D
Convolution1DTranspose, Convolution2DTranspose = Conv1DTranspose, Conv2DTranspose
Convolution3DTranspose = Conv3DTranspose
SeparableConvolution1D, SeparableConvolution2D = SeparableConv1D, SeparableConv2D
MaxPool1D, MaxPool2D, MaxPool3D = MaxPooling1D, MaxPooling2D, MaxPooling3D
AvgPool1D, AvgPool2D, AvgPool3D = AveragePooling1D, AveragePooling2D, AveragePooling3D
GlobalAvgPool1D, GlobalAvgPool2D = GlobalAveragePooling1D, GlobalAveragePooling2D
GlobalAvgPool3D = GlobalAveragePooling3D
GlobalMaxPool1D, GlobalMaxPool2D = GlobalMaxPooling1D, GlobalMaxPooling2D
GlobalMaxPool3D = GlobalMaxPooling3D

_SHELF = _registry.Shelf("layers", "layer", vars(), Layer)
get, deserialize = _SHELF.get, _SHELF.deserialize


def serialize(layer: _Any) -> _Any:
    """Return a configuration, data only, from which `deserialize` makes an equal layer without its weights."""
    return _registry.serialize(layer)


_explain(__name__)
