"""Files and series into batches: Keras' older home for functions of `lamina.utils`."""

from lamina.absent import explain as _explain
from lamina.preprocessing import image as image, sequence as sequence

_explain(__name__)
