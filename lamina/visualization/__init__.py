"""Pictures: of data, of what a model learned and looks at, and of the model itself."""

from lamina.absent import explain as _explain

_explain(__name__)
