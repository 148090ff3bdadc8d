# SPDX-License-Identifier: Apache-2.0
"""failovers.py - PostgreSQL's host dies and its standby is promoted; afterwards the same the other way round

Services know both hosts. The standby is made when the fault begins, since a system whose commits wait for two hosts is another
one than the one that other faults are about; so nothing else breaks meanwhile.
"""
import subprocess
from random import Random

from plan import Fault, Undo, log_uniform
from stack import Stack
from standby import Standby


def promote(stack: Stack, _dice: Random) -> Undo:
    standby = Standby(stack)
    try:
        standby.follow()
    except (RuntimeError, OSError, subprocess.SubprocessError):
        standby.give_up()
        raise
    standby.promote()
    return standby.give_back


FAULTS = [Fault("promote the standby", "postgres", 1, promote, log_uniform(1, 10), has_twin=True, is_alone=True)]
