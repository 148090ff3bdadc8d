# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# erased.sh - who was erased, kept where no restore takes it back
#
# $BACKUPS/erased has "STREET PERSON_ID" of each person who left, sorted; ids alone, no names. Each backup and, every
# minute, the schedule adds to it, and a restore adds what the database that it replaces says, while that can be read.
# After a restore those are erased again, before anybody is served (erase.sql). Sourced behind common.sh.

BACKUPS=${BACKUPS:-/backups}

keep_erased() { # keep_erased DATABASE
    local erased=$BACKUPS/erased
    touch "$erased"
    {
        cat "$erased"
        in_database -At -F ' ' -d "$1" -c "SELECT street, person_id FROM registry.person WHERE status = 'LEFT'"
    } | sort -u >"$erased.new"
    sync "$erased.new"
    mv "$erased.new" "$erased"
}
