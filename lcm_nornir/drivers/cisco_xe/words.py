"""The words in which IOS-XE tells that something failed: of a copy, and of the installer."""

from __future__ import annotations

from lcm_nornir.drivers.words import Means, Word

COPY = (
    Word(
        r"^%Error opening .*\(Timed out\)",
        Means.UNREACHED,
        "the server is silent",
        "F",
        "%Error opening tftp://H/F (Timed out)",
    ),
    Word(
        r"^%Error opening .*\(Socket error\)",
        Means.UNREACHED,
        "no interface or no address",
        "F",
        "%Error opening tftp://H/F (Socket error)",
    ),
    Word(
        r"^%Error opening .*\(Permission denied\)",
        Means.UNREACHED,
        "the server refuses",
        "F",
        "%Error opening tftp://H/F (Permission denied)",
    ),
    Word(
        r"^%Error opening .*\(No such file or directory\)",
        Means.UNREACHED,
        "the server has no such file",
        "F",
        "%Error opening http://H/F (No such file or directory)",
    ),
    Word(r"^%Error opening ", Means.UNREACHED, "anything else before the first byte", "U"),
    Word(
        r"^%Error reading ",
        Means.BROKE_OFF,
        "it stalls midway, often because flash is full",
        "F",
        "%Error reading tftp://H/F (Timed out)",
    ),
    Word(r"\[timed out\]", Means.BROKE_OFF, "as above", "F", "Loading F from H (via Vlan1): !!!!... [timed out]"),
    Word(
        r"^(?:Login incorrect|Permission denied|No route to host|Could not resolve)",
        Means.UNREACHED,
        "the server, or the way to it",
        "S",
        "Login incorrect",
    ),
    Word(r"^% ?Error ", Means.BROKE_OFF, "anything else", "U"),
)
"""What is said of a copy; whether bytes had arrived is told by the marks of progress before."""

INSTALL = (
    Word(
        r"\bin progress\b",
        Means.BUSY,
        "another operation",
        "F",
        "[1]  R1 FAILED: Install ISSU in progress. Abort the ISSU upgrade to proceed",
    ),
    Word(
        r"Super package already added",
        Means.BUSY,
        "an image that was added before waits for its activation",
        "F",
        "[1] Switch 1 FAILED: Super package already added. Add operation not allowed. "
        "install remove inactive can be used to discard added packages",
    ),
    Word(
        r"System configuration has been modified",
        Means.VETOED,
        "the configuration is not saved",
        "F",
        "[1]  R0 FAILED: System configuration has been modified. Please save configuration and resubmit command.",
    ),
    Word(
        r"Booted in bundle mode",
        Means.VETOED,
        "it runs from an image file",
        "V",
        "[1]  R0 FAILED: Booted in bundle mode. For Bundle-to-Install mode conversion, please use one-shot CLI",
    ),
    Word(
        r"package file\(s\) for running image is not present",
        Means.VETOED,
        "packages of the running image are missing",
        "S",
        "FAILED: Install Operation failed as one or more package file(s) for running image is not present "
        "in the device",
    ),
    Word(
        r"Improper State",
        Means.VETOED,
        "a file of an earlier installation is missing",
        "F",
        "FAILED: install_add /flash/F: Improper State./flash/OTHER not present. Please restore file for stability.",
    ),
    Word(
        r"requires \d+ KB of free space",
        Means.UNPACKING,
        "no space to unpack it",
        "F",
        "FAILED: flash: requires 455144 KB of free space, but only 99460 KB is available",
    ),
    Word(
        r"No space left on device",
        Means.UNPACKING,
        "no space on a member",
        "F",
        "rsync: write failed on F: No space left on device (28)",
    ),
    Word(
        r"Failed to extract",
        Means.UNPACKING,
        "the archive is damaged (old releases)",
        "F",
        "[1]: % Failed to extract consolidated content. Operation aborted.",
    ),
    Word(
        r"Signature Verification failed",
        Means.REJECTED,
        "the signature is wrong (old releases)",
        "F",
        "[1]: % Signature Verification failed on X.pkg. Operation aborted.",
    ),
    Word(
        r"(?i)xFSU",
        Means.FAILED,
        "a fast reload is not possible",
        "F",
        "FAILED: xFSU requirement pre-check",
    ),
    Word(
        r"Activate failed",
        Means.FAILED,
        "a member does not activate it",
        "F",
        "[3]: FAILED: Activate failed in switch",
    ),
    Word(
        r"(?i)signature|signed|checksum|digest|platform|compatib|not supported|corrupt|invalid image|not a valid",
        Means.REJECTED,
        "the checks of `install add`: words without which it could not tell it",
        "U",
    ),
    Word(r"(?i)extract|unpack|archive|free space", Means.UNPACKING, "as above, of the unpacking", "U"),
)
"""What is said of an addition, an activation or a commit."""
