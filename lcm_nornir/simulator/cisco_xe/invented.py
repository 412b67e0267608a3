"""Texts that no document evidences, in several forms each.

A switch of this simulator draws one of the forms by its seed, so that no driver can pass its tests by matching one.
What stands in the behaviour document stands where it is used, not here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lcm_nornir.simulator.draws import Draws

# What stands in the brackets of "%Error opening URL (...)" and "%Error reading URL (...)". Evidenced are Timed out,
# Socket error, Permission denied and No such file or directory.
REASONS = {
    "dns": ("Could not resolve host", "Unknown host or invalid address", "No such host"),
    "refused": ("Connection refused", "Socket error", "I/O error"),
    "unreachable": ("No route to host", "Timed out", "Socket error"),
    "tls": ("SSL handshake failed", "I/O error", "Secure connection could not be set up"),
    "401": ("Login incorrect", "Permission denied", "Unauthorized"),
    "403": ("Permission denied", "Access denied by server", "Forbidden"),
    "404": ("No such file or directory",),
    "http": ("Undefined error", "Server error", "I/O error"),
    "reset": ("Connection reset by peer", "I/O error", "Broken pipe"),
    "timeout": ("Timed out",),
    "space": ("No space left on device", "Not enough space on device", "No room left on file system"),
}
# What the Add step says after FAILED.
ADD = {
    "missing": (
        "/flash/{file} does not exist",
        "File flash:{file} not found",
        "Cannot open package /flash/{file}: No such file or directory",
    ),
    "image": (
        "Improper package. {file} is corrupted: digest mismatch",
        "Package validation failed for /flash/{file}",
        "Super package header of {file} cannot be read",
    ),
    "platform": (
        "{file} is not supported on this platform",
        "Package {file} is incompatible with the running hardware",
        "Platform compatibility check failed for /flash/{file}",
    ),
    "signature": (
        "Signature verification failed for /flash/{file}",
        "Failed to validate digital signature of {file}",
        "Package {file} is not signed with a trusted key",
    ),
    "extract": (
        "Failed to extract consolidated content of {file}",
        "Cannot expand super package /flash/{file}",
        "Unpacking of {file} ended early",
    ),
    "install": (
        "Add operation returned 1",
        "Failed to update package database",
        "Internal error while adding packages",
    ),
}
BUSY = (
    "Install {operation} in progress. Please retry later",
    "Another install operation is in progress: {operation}",
    "{operation} is active. Operation not allowed",
)
NOTHING_ADDED = (
    "No inactive package to activate",
    "Super package not added. Please add a package first",
    "There is nothing to activate",
)
NOT_ACTIVATED = (
    "Activate could not update the boot configuration",
    "Provisioning of packages.conf returned 2",
    "Activation is not allowed in the present state",
)
NOT_COMMITTED = (
    "Commit could not be carried out",
    "Commit: package database is locked",
    "Failed to commit provisioned packages",
)
NOTHING_TO_COMMIT = (
    "Nothing to commit",
    "No uncommitted packages",
    "Commit not required, all packages are committed",
)
NO_ROLLBACK_POINT = (
    "Rollback point does not exist",
    "No such rollback point",
    "Packages of this rollback point are not present",
)
NOT_AGREED = (
    "User aborted the operation",
    "Operation cancelled by user",
    "Aborted: not confirmed",
)
ILLEGAL_URL = (
    "%Error parsing filename (Invalid URL)",
    "% Invalid source address or file name",
    "%Error: malformed URL",
)
MISMATCH = (
    "%Error verifying flash:{file} (Hash mismatch)\nComputed signature  = {found}\nSubmitted signature = {given}",
    "Computed  signature:{found}\nSubmitted signature:{given}\n%Error verifying flash:{file}",
    "%Error verifying flash:{file}\n\tComputed : {found}\n\tSubmitted: {given}\nSignature did not match",
)
NOT_VERIFIED = (
    "%ERROR: Signature of flash:{file} is not valid",
    "Embedded hash verification failed for flash:{file}",
    "%Error: flash:{file} is not a digitally signed image",
)
SAVE_REFUSED = (
    "%Error opening nvram:/startup-config (Permission denied)",
    "startup-config file open failed (Device or resource busy)",
    "%Error: NVRAM write failed",
)
BOOT_REFUSED = (
    "%Error: boot variable cannot be set",
    "% Boot system command failed: device busy",
    "%Error opening flash:packages.conf (Permission denied)",
)
NOT_READY = (
    "% System is initializing, try again later",
    "%Error: configuration is still being read",
    "% Command not available until the system is ready",
)
UNEXPECTED_QUESTION = (
    "WARNING: firmware of 1 component is outdated. Go on anyway? [yes/no]: ",
    "Transceiver audit is pending. Discard it? [y/n]",
    "Type the host name to go on: ",
)
GARBLED = (
    "% Warning: telemetry cache is stale\n<<version record unavailable>>",
    "Cisco IOS XE Software, Version\nSwitch Ports Model\n(null)",
    "%Error: process terminated (core dumped)",
)


def text(forms: tuple[str, ...], draws: Draws, **values: str) -> str:
    """Draw one of the forms of a text, and fill its values in; a switch keeps to its form."""
    return draws.pick(forms[0], forms).format(**values)


def reason(cause: str, draws: Draws) -> str:
    """Draw the reason for which a copy failed."""
    return draws.pick(f"reason {cause}", REASONS[cause])
