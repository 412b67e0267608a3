"""Cisco NX-OS on a Nexus 9000 with a single image, as chapter 6 and section 15.5 of the behaviour document have it."""
