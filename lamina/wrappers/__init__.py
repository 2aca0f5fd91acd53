"""Models as estimators of scikit-learn, for its pipelines, searches and cross-validation.

scikit-learn is a package of its own: `pip install 'lamina[sklearn]'`.
"""

from lamina.core.optional import load as _load

_load("sklearn", "sklearn", "lamina.wrappers")

from lamina.wrappers.classifier import SKLearnClassifier as SKLearnClassifier  # noqa: E402
from lamina.wrappers.regressor import SKLearnRegressor as SKLearnRegressor  # noqa: E402
from lamina.wrappers.transformer import SKLearnTransformer as SKLearnTransformer  # noqa: E402
