"""The words in which ``sonic-installer`` tells why an installation failed, as its source prints them."""

from __future__ import annotations

import re

from lcm_nornir.drivers.words import Means, Word, any_of

TABLE = (
    Word("Unable to verify archive checksum", Means.REJECTED, "a damaged image", "S"),
    Word("Failed verify image signature", Means.REJECTED, "a bad signature", "S"),
    Word("platform ASIC type", Means.REJECTED, "an image for another ASIC", "S"),
    Word("different type than running", Means.REJECTED, "secure boot, on or off", "S"),
    Word("not a valid SONiC image", Means.REJECTED, "a file that is no image", "S"),
    Word("No space left on device", Means.UNPACKING, "a full disk, also where success is told", "F"),
    Word("^tar: ", Means.UNPACKING, "the archive is damaged", "F"),
    Word("unzip", Means.UNPACKING, "the archive is damaged", "U"),
    Word("unsquashfs", Means.UNPACKING, "the archive is damaged", "U"),
    Word("Image install failed", Means.NOT_INSTALLED, "the image's own script failed", "S"),
    Word("ERROR: ", Means.NOT_INSTALLED, "anything else that the image's script tells", "S"),
    Word("Error: ", Means.NOT_INSTALLED, "anything else that the installer tells", "S"),
)
"""A rejection goes before the unpacking; words that only tell of a failure show where a line begins with them."""

REJECTED = any_of(TABLE, Means.REJECTED)
UNPACKING = any_of(TABLE, Means.UNPACKING, re.MULTILINE)
FAILED = any_of(TABLE, Means.NOT_INSTALLED)
