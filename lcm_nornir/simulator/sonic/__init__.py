"""Community SONiC, written from chapter 3 and section 15.2 of the behaviour document: a Linux shell.

Each session is a real bash in a pseudo-terminal, in a folder that stands for the switch's root. See
:mod:`~lcm_nornir.simulator.sonic.paths` for how absolute paths get there, and for what the shell must not be asked.
"""
