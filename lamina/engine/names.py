"""Names of dtypes, as all engines call them, and what Python's own numbers become."""

DTYPES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "bfloat16", "float32", "float64", "complex64", "complex128"),
    *("float8_e4m3fn", "float8_e5m2"),
)
EXTENSIONS = ("bfloat16", "float8_e4m3fn", "float8_e5m2")  # which NumPy has from `ml_dtypes` only
WEAK = {bool: "bool", int: "int32", float: "float32", complex: "complex64"}
NARROW = {"float64": "float32", "int64": "int32", "complex128": "complex64"}  # of Python's lists
