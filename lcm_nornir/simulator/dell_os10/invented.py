"""Texts that no document evidences, in several forms each.

The behaviour document knows only the words ``Failed`` and ``% Error`` for most failures. A switch of this simulator
draws one of several invented forms by its seed, so that no driver can pass its tests by matching one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lcm_nornir.simulator.draws import Draws

# State words of a failed transfer or install: evidenced is only that they are none of the good ones.
TRANSFER_FAILED = ("transfer-failed", "failed", "transfer-error", "download-failed")
INSTALL_FAILED = ("install-failed", "failed", "install-error")

# State details: evidenced is only that they contain the word Failed.
DETAILS = {
    "dns": (
        "Failed: Could not resolve host",
        "Download Failed: Name or service not known",
        "Failed: curl: (6) Couldn't resolve host",
    ),
    "refused": (
        "Failed: Connection refused",
        "Download Failed: could not connect to server",
        "Failed: curl: (7) Failed to connect to host",
    ),
    "unreachable": (
        "Failed: No route to host",
        "Download Failed: Network is unreachable",
        "Failed: curl: (28) Connection timed out",
    ),
    "tls": (
        "Failed: SSL connect error",
        "Download Failed: SSL handshake failure",
        "Failed: curl: (35) wrong version number",
    ),
    "401": (
        "Failed: Authentication required (401)",
        "Download Failed: HTTP 401 Unauthorized",
        "Failed: curl: (22) The requested URL returned error: 401",
    ),
    "403": (
        "Failed: Access denied (403)",
        "Download Failed: HTTP 403 Forbidden",
        "Failed: curl: (22) The requested URL returned error: 403",
    ),
    "404": (
        "Failed: File not found on server (404)",
        "Download Failed: HTTP 404 Not Found",
        "Failed: curl: (22) The requested URL returned error: 404",
    ),
    "http": (
        "Failed: Server error",
        "Download Failed: unexpected HTTP status",
        "Failed: curl: (22) The requested URL returned error",
    ),
    "reset": (
        "Failed: Connection reset by peer",
        "Download Failed: transfer closed with bytes remaining",
        "Failed: curl: (56) Recv failure",
    ),
    "space": (
        "Failed: No space left on device",
        "Download Failed: write error, disk full",
        "Failed: curl: (23) Failed writing body",
    ),
    "cancelled": ("Failed: Cancelled by user", "Download Failed: operation aborted", "Failed: Interrupted"),
    "extract": (
        "Failed: Configure filesystem (3 of 9): No space left on device",
        "Install Failed: cannot unpack root filesystem",
        "Failed: extracting filesystem archive: unexpected end of file",
    ),
    "install": (
        "Failed: Installing OS10 packages",
        "Install Failed: package configuration returned 1",
        "Failed: step 7 of 9",
    ),
    "unpack": (
        "Failed: Configure filesystem (3 of 9): write error, disk full",
        "Install Failed: no space to unpack root filesystem",
        "Failed: extracting filesystem archive: No space left on device",
    ),
    "platform": (
        "Failed: image is for another platform",
        "Install Failed: hardware platform not supported by this image",
        "Failed: platform check returned 3",
    ),
    "signature": (
        "Failed: signature verification",
        "Install Failed: image is not signed by a trusted key",
        "Failed: bad signature",
    ),
    "image": ("Failed: Invalid image", "Install Failed: not an OS10 installer", "Failed: image verification error"),
}

INSTALL_STARTED = (
    "Install started.\nUse 'show image status' for updates",
    "Installation started.",
    "Image install started.\nUse 'show image status' for updates",
)
NO_SUCH_IMAGE = ("% Error: File not found.", "% Error: Image file does not exist", "% Error: No such file or directory")
NOT_VERIFIED = ("% Error: Image verification failed.", "Verification of image Failed.", "% Error: signature mismatch")
NOT_SIGNED = (
    "% Error: Image signature verification failed.",
    "% Error: image is not signed, secure boot is enabled",
    "% Error: bad signature",
)
NOTHING_TO_CANCEL = ("% Error: No download in progress.", "% Error: Nothing to cancel")
SET_BOOT_REFUSED = (
    "% Error: Unable to set boot partition.",
    "% Error: Operation failed",
    "% Error: standby partition is not bootable",
)
SAVE_REFUSED = (
    "% Error: Failed to write startup configuration.",
    "% Error: Unable to save: device busy",
    "% Error: write error (28)",
)
SYSTEM_DISABLED = (
    "% Error: system-cli is disabled.",
    "% Error: Command not permitted",
    "% Error: Access to system is denied",
)
NOT_READY = (
    "% Error: System is not ready.",
    "% Error: Command failed, system is not ready",
    "% Error: Configuration service unavailable, system is not ready yet",
)
UNEXPECTED_QUESTION = (
    "WARNING: firmware of 1 component is outdated. Go on anyway? [yes/no]:",
    "Transceiver audit is pending. Discard it? [y/n]:",
    "Type the host name to go on:",
)
ANSWER_AGAIN = ("% Error: Please answer yes or no.", "Invalid input. Enter yes or no.")
FAREWELL = ("", "The system is going down for reboot NOW!", "Rebooting...\nConnection closing")
GARBLED = (
    "% Warning: telemetry cache is stale\n<<version record unavailable>>",
    "OS Version\nBuild Version\nSystem Type\n(null)",
    "Segmentation fault (core dumped)",
)


def detail(cause: str, draws: Draws) -> str:
    """Draw the state detail of a failure."""
    return draws.pick(f"detail {cause}", DETAILS[cause])


def text(forms: tuple[str, ...], draws: Draws) -> str:
    """Draw one of the forms of a text; a switch keeps to its form."""
    return draws.pick(forms[0], forms)
