"""The words in which ``sonic-installer`` tells why an installation failed, as its source prints them."""

from __future__ import annotations

import re

from lcm_nornir.drivers.words import Means, Word, any_of

TABLE = (
    Word("Unable to verify archive checksum", Means.REJECTED, "a damaged image", "DOWNLOAD_VALIDATION_FAILED", "S"),
    Word("Failed verify image signature", Means.REJECTED, "a bad signature", "DOWNLOAD_VALIDATION_FAILED", "S"),
    Word("platform ASIC type", Means.REJECTED, "an image for another ASIC", "DOWNLOAD_VALIDATION_FAILED", "S"),
    Word("different type than running", Means.REJECTED, "secure boot, on or off", "DOWNLOAD_VALIDATION_FAILED", "S"),
    Word("not a valid SONiC image", Means.REJECTED, "a file that is no image", "DOWNLOAD_VALIDATION_FAILED", "S"),
    Word(
        "No space left on device", Means.UNPACKING, "a full disk, also where success is told", "EXTRACTION_FAILED", "F"
    ),
    Word("^tar: ", Means.UNPACKING, "the archive is damaged", "EXTRACTION_FAILED", "F"),
    Word("unzip", Means.UNPACKING, "the archive is damaged", "EXTRACTION_FAILED", "U"),
    Word("unsquashfs", Means.UNPACKING, "the archive is damaged", "EXTRACTION_FAILED", "U"),
    Word("Image install failed", Means.FAILED, "the image's own script failed", "IMAGE_INSTALL_FAILED", "S"),
    Word("ERROR: ", Means.FAILED, "anything else that the image's script tells", "IMAGE_INSTALL_FAILED", "S"),
    Word("Error: ", Means.FAILED, "anything else that the installer tells", "IMAGE_INSTALL_FAILED", "S"),
)
"""A rejection goes before the unpacking; words that only tell of a failure show where a line begins with them."""

REJECTED = any_of(TABLE, Means.REJECTED)
UNPACKING = any_of(TABLE, Means.UNPACKING, re.MULTILINE)
FAILED = any_of(TABLE, Means.FAILED)
