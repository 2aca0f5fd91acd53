"""Models on the Hugging Face Hub, by addresses such as `hf://user/repository`.

The network is used because the caller wrote `hf://`, never because a file says so.
"""

from lamina.saving.hub.address import Address as Address, address_of as address_of
from lamina.saving.hub.card import model_card as model_card
from lamina.saving.hub.remote import (
    WEIGHTS as WEIGHTS,
    WHOLE as WHOLE,
    local_path as local_path,
    uploading as uploading,
)
