"""Error messages of linear algebra, the same on every engine."""

from collections.abc import Callable

NOT_POSITIVE = (
    "The matrix is not positive definite, so it has no Cholesky factor. A covariance may need a "
    "small multiple of the identity added."
)
SINGULAR = (
    "The matrix is singular, so it has no inverse. ops.pinv and ops.lstsq take such matrices."
)


def saying(message: str, refusal: type[Exception], compute: Callable) -> Callable:
    """`compute`, whose `refusal` becomes a ValueError with this message."""

    def call(*args):
        try:
            return compute(*args)
        except refusal as error:
            raise ValueError(message) from error

    return call
