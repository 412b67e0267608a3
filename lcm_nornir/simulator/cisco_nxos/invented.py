"""Texts that no document evidences, in several forms each; what is drawn stays with a switch.

Evidenced are the shapes: a phase that ends with ``-- FAIL.`` and a return code, and for copies only the words that the
table of section 6.4 lists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lcm_nornir.simulator.draws import Draws

# Why a copy failed.
COPY = {
    "dns": (
        "dcos_ssh: Could not resolve hostname {host}: host nor service provided, or not known",
        "Error: Could not resolve host: {host}",
        "Failed to look up {host}: Name or service not known",
    ),
    "refused": (
        "Error: Failed to connect to {host}: Connection refused",
        "ssh: connect to host {host}: Connection refused",
        "Aborted, server {host} not connected",
    ),
    "unreachable": (
        "Error: Failed to connect to {host}: No route to host",
        "Network is unreachable, copy Failed",
        "Aborted, no route to {host} in this vrf",
    ),
    "tls": ("Error: SSL connect error", "Failed: wrong version number", "Error: SSL handshake with {host} Failed"),
    "401": ("Error: HTTP 401 Unauthorized", "Permission denied, please try again.", "Failed: returned error: 401"),
    "403": ("Error: HTTP 403 Forbidden", "Access denied", "Failed: returned error: 403"),
    "404": ("Error: HTTP 404 Not Found", "No such file or directory", "Failed: returned error: 404"),
    "http": ("Error: unexpected HTTP status", "Failed: server error", "Aborted by the server"),
    "reset": ("Error: Recv failure: Connection reset by peer", "Connection Aborted", "lost connection, copy Failed"),
    "space": (
        "Error: No space left on device",
        "bootflash: write Failed, disk full",
        "Aborted, not enough space on bootflash:",
    ),
    "password": ("Permission denied, please try again.", "Error: login incorrect"),
}
COPY_END = ("", "***** Transfer of file Aborted *****", "Copy Failed.")

# Why a phase of the installer failed: the code and its meaning.
CODES = {
    "image": ("0x4045001F (image is corrupt)", "0x40450057 (digest mismatch)", "0x40450012 (not a valid image)"),
    "signature": ("0x40450091 (signature is bad)", "0x404500A2 (image is not signed)", "0x40450033 ((null))"),
    "platform": ("0x40450065 (image is for another platform)", "0x404A0011 (unsupported hardware)", "0x40450008"),
    "extract": ("0x40930044 (cannot unpack)", "0x40450021 (unexpected end of archive)", "0x40930003 ((null))"),
    "unpack": ("0x40930062 (no space left)", "0x40450028 (Free space in the filesystem is below threshold)"),
    "boot variables": ("0x40930009 (boot variables not set)", "0x40930031 ((null))"),
    "configuration": ("0x40930014 (copy of configuration failed)", "0x40930052 ((null))"),
    "space": ("0x40930062 (no space left)", "0x40450028 (Free space in the filesystem is below threshold)"),
}
NOT_SIGNED = ("Image verification Failed: not signed", "Error: signature of the image is bad", "Install is not allowed")
BOOT_REFUSED = ("Error: Image verification Failed", "Image is not valid, boot variable not set", "Compatibility Failed")
SET_BOOT_REFUSED = ("Error: could not set the boot variable", "Boot variable update Failed", "Operation not permitted")
NO_SUCH_FILE = ("No such file or directory", "% Error listing directory", "Path does not exist", "No files found")
SAVE_REFUSED = (
    "Configuration update aborted: another session holds the lock",
    "Error: Failed to write startup-config",
    "Copy Failed: system not ready",
)
NOT_READY = (
    "System is coming up... Please wait...\nConfiguration mode is blocked.",
    "System is coming up, Configuration mode is blocked",
)
OVERWRITE = (
    "Warning: There is already a file existing with this name. Do you want to overwrite (y/n)?[n] ",
    "bootflash: file exists. Overwrite (y/n)?  [n] ",
)
DELETE = ('Do you want to delete "/{name}" ? (yes/no/abort)   [y] ', "Delete /{name} (y/n)?  [y] ")
_NEW_HOST = (
    "The authenticity of host '{host}' can't be established.\nECDSA key fingerprint is SHA256:simulated.\n"
    "Are you sure you want to continue connecting "
)
HOST_KEY = (f"{_NEW_HOST}(yes/no)? ", f"{_NEW_HOST}(yes/no/[fingerprint])? ")
UNSAVED = ("!!!WARNING! there is unsaved configuration!!!\n", "WARNING: There is unsaved configuration!!!\n")
UNEXPECTED_QUESTION = (
    "WARNING: an EPLD of module 1 is outdated. Go on anyway (y/n)?  [n] ",
    "Transceiver audit is pending. Discard it? [yes/no]: ",
    "Type the host name to go on: ",
)
FAREWELL = ("", "The system is going down for reboot NOW!", "Shutdown Ports..\n writing reset reason 9,")
GARBLED = (
    "Error: telemetry cache is stale\n<<record unavailable>>",
    "Cisco Nexus Operating System (NX-OS) Software\nSoftware\n(null)",
    "vsh: Segmentation fault (core dumped)",
)
NO_VPC = ("                    ^\n% Invalid command at '^' marker.", "ERROR: Operation failed: [vpc] not enabled")


def text(forms: tuple[str, ...], draws: Draws) -> str:
    """Draw one of the forms of a text; a switch keeps to its form."""
    return draws.pick(forms[0], forms)
