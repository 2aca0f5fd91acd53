"""VGG of 16 layers with weights: see `applications.vgg`."""

from lamina.applications.imagenet_utils import (
    as_caffe,
    decode_predictions as decode_predictions,
)
from lamina.applications.vgg import VGG16 as VGG16

preprocess_input = as_caffe
