"""VGG of 19 layers with weights: see `applications.vgg`."""

from lamina.applications.imagenet_utils import (
    as_caffe,
    decode_predictions as decode_predictions,
)
from lamina.applications.vgg import VGG19 as VGG19

preprocess_input = as_caffe
