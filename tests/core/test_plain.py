"""JSON from files: counted before anything is made of it."""

import pytest

from lamina.core.file_errors import FormatError, LimitError
from lamina.core.load_policy import Budget, Limits
from lamina.core.plain import read_json


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        (b"[" * 129 + b"]" * 129, "json_depth"),
        (b"[" * 10**6, "json_depth"),
        (b'{"a":' * 10**6, "json_depth"),
        (b"[" + b"[]," * 2_000_000 + b"[]]", "json_nodes"),
        (b'["' + b"a" * 2**20 + b'"]', "json_string"),
        (b'["' + b"\\n" * 2**19 + b'"]', "json_string"),
        (b"1" * 10**6, "json_digits"),
        (b" " * (16 * 2**20 + 1), "config_bytes"),
    ],
    ids=lambda x: x if isinstance(x, str) else x[:6].decode(),
)
def test_c22_c23_what_is_too_large_is_told_before_it_is_parsed(text, limit, monkeypatch):
    monkeypatch.setattr("json.loads", lambda *_, **__: pytest.fail("it was parsed"))
    with pytest.raises(LimitError, match=rf"Limits\({limit}="):
        read_json(text)


@pytest.mark.parametrize("n", [1, 127])
def test_what_is_not_too_deep_is_read(n):
    """The twin."""
    value = read_json(b"[" * n + b"]" * n)
    for _ in range(n - 1):
        (value,) = value
    assert value == []


def test_brackets_within_texts_do_not_nest():
    assert read_json(b'["' + rb"[\"[" * 1000 + b'"]') == ['["[' * 1000]


def test_the_limits_of_the_load_count():
    with pytest.raises(LimitError, match="4 values"):
        read_json(b"[1, 2, 3]", Budget(Limits(json_nodes=3)))


@pytest.mark.parametrize(
    "text",
    [
        b'{"a": 1, "a": 1}',  # C24
        b"NaN",  # C25
        b"[-Infinity]",
        b"1e999",
        b'"\xff"',
        rb'"\ud800"',
        rb'["\udc00\ud800"]',
        b"\xef\xbb\xbf{}",
        b"{} {}",
        b"",
        b"{",
        b'{"a": "',
        b"[1,]",
    ],
)
def test_c24_c25_what_is_not_json_is_refused(text):
    with pytest.raises(FormatError):
        read_json(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"-0", 0),
        (b"-2.2250738585072014e-308", -2.2250738585072014e-308),
        (rb'"\ud83d\ude00"', "\U0001f600"),
        (b' {"a": [true, null, ""]} ', {"a": [True, None, ""]}),
    ],
)
def test_what_is_json_is_read(text, value):
    assert read_json(text) == value
