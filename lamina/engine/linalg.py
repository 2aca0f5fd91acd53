"""What the engines' linear algebra says alike."""

NOT_POSITIVE = (
    "The matrix is not positive definite, so it has no Cholesky factor. A covariance may need a "
    "small multiple of the identity added."
)
SINGULAR = (
    "The matrix is singular, so it has no inverse. ops.pinv and ops.lstsq take such matrices."
)
