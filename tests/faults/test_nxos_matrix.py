"""The words of the fault matrix on NX-OS: one fleet, one switch per fault, and healthy neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from lcm_nornir.simulator import platforms
from tests.faults.cases import (
    ACTIVATION,
    ASKED,
    BUSY,
    DONE,
    DOWNLOAD,
    EXTRACTION,
    HASTY,
    INSTALL,
    INVALID,
    NO_BYTES,
    NOT_REACHABLE,
    REFUSED,
    SET_BOOT,
    UNREACHABLE,
    WRONG_DIGEST,
    Case,
)
from tests.faults.platform_fleet import Outcome, called_off, proven, run_over
