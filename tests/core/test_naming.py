"""Automatic names."""

from __future__ import annotations


def test_names_count_up_and_start_again():
    from lamina.core import naming

    first, second = naming.auto_name("made_up"), naming.auto_name("made_up")
    assert (first, second) == ("made_up", "made_up_1")
    assert naming.to_snake_case("Conv2DTranspose") == "conv2d_transpose"
    assert (
        naming.to_snake_case("LSTM") == "lstm" and naming.to_snake_case("MyLayer2") == "my_layer2"
    )
