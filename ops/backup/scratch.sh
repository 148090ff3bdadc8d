# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# scratch.sh - a PostgreSQL of a backup's own, to look at what is in it
#
# It hears nothing but a socket in $folder, and is gone with it. Sourced behind common.sh.

# shellcheck source=ops/backup/common.sh
[[ -n ${FORMAT:-} ]] || source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

scratch_start() {
    binaries=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -1)
    mkdir "$folder/socket"
    "$binaries/initdb" -D "$folder/scratch" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >/dev/null
    "$binaries/pg_ctl" -D "$folder/scratch" -l "$folder/scratch.log" -s -w start -o "-c listen_addresses='' \
        -c unix_socket_directories=$folder/socket -c fsync=off -c full_page_writes=off -c max_wal_size=1GB" ||
        die "no scratch database: $(tail -3 "$folder/scratch.log")"
}

scratch_stop() { "$binaries/pg_ctl" -D "$folder/scratch" -m immediate -s stop || true; }

# As the database that the dump was made of: its policies name the roles.
scratch_fill() {
    local service role
    in_database -d postgres <<<"CREATE DATABASE scratch"
    for service in $(services); do
        for role in "${service}_owner" "$service" "${service}_relay"; do echo "CREATE ROLE $role;"; done
    done | in_database -d postgres
    pg_restore --exit-on-error -d scratch "$folder/database.dump" || die "the dump cannot be restored"
}

# What is in $folder, restored and looked at: a line for each check.
verify_parts() (
    unset PGPASSFILE
    export PGHOST=$folder/socket PGPORT=5432 PGUSER=postgres
    find_data_keys
    scratch_start
    trap scratch_stop EXIT # of this subshell
    scratch_fill
    check_database scratch || exit 1
)
