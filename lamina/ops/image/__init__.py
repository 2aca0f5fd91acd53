"""Images, `keras.ops.image`: resizing, warping, cutting, filtering, colours.

Images are `(height, width, channels)` or a batch of those; `(channels, height, width)` with
`data_format="channels_first"`.
"""

from lamina.absent import explain as _explain
from lamina.ops.image.colors import *
from lamina.ops.image.cropping import *
from lamina.ops.image.filters import *
from lamina.ops.image.patches import *
from lamina.ops.image.resizing import *
from lamina.ops.image.sampling import *
from lamina.ops.image.similarity import *
from lamina.ops.image.warping import *

_explain(__name__)
