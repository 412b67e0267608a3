"""The words in which OS10 tells why an installation failed. No document has the literal texts.

So these are the words without which it could hardly tell it, whatever their case.
"""

from __future__ import annotations

import re

from lcm_nornir.drivers.words import Means, Word, any_of

_ARCHIVE, _ANOTHER, _SIGNED = "the archive is damaged", "an image for other hardware", "a bad signature, or none"

TABLE = (
    Word("extract", Means.UNPACKING, _ARCHIVE, "U"),
    Word("unpack", Means.UNPACKING, _ARCHIVE, "U"),
    Word("untar", Means.UNPACKING, _ARCHIVE, "U"),
    Word("archive", Means.UNPACKING, _ARCHIVE, "U"),
    Word("file ?system", Means.UNPACKING, "the step that is called so failed", "F"),
    Word("signature", Means.REJECTED, _SIGNED, "U"),
    Word("signed", Means.REJECTED, _SIGNED, "U"),
    Word("certificate", Means.REJECTED, _SIGNED, "U"),
    Word("verif", Means.REJECTED, _SIGNED, "U"),
    Word("platform", Means.REJECTED, _ANOTHER, "U"),
    Word("hardware", Means.REJECTED, _ANOTHER, "U"),
    Word("invalid image", Means.REJECTED, "a file that is no image", "U"),
)
"""Words of the unpacking go before those of a rejection."""

UNPACKING = any_of(TABLE, Means.UNPACKING, re.IGNORECASE)
REJECTED = any_of(TABLE, Means.REJECTED, re.IGNORECASE)
