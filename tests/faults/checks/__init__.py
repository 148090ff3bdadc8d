# SPDX-License-Identifier: Apache-2.0
"""checks - what must hold after any run, whatever happened in it

A checker is a function from a run (run.Run) to sentences, one for each violation. The run has settled: no fault is on,
nobody asks, and followers and subscribers have come to the heads of the journals.
"""
from checks.bookings import check_bookings
from checks.capacity import check_capacity
from checks.clocks import check_clocks
from checks.commands import check_commands
from checks.copies import check_copies
from checks.ends import check_ends
from checks.hostile import check_hostile
from checks.isolation import check_isolation
from checks.journals import check_journals
from checks.reads import check_reads
from checks.subscribers import check_subscribers

CHECKS = [check_commands, check_reads, check_bookings, check_capacity, check_journals, check_copies, check_ends,
          check_subscribers, check_isolation, check_clocks, check_hostile]
