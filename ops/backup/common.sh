# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# common.sh - what the commands of ops/backup share: a file that is whole or not there, the parts of a backup
#
# A backup is a tar, sealed by age or gpg where somebody asked for it:
#   MANIFEST        first of all: format, time, versions, sum of each other part, heads and rows of the snapshot
#   database.dump   pg_dump -Fc
#   state.tar       scale, clients/, secrets/: what the same stack needs to come up again
#   keys.tar        keys/: secret certificates and data keys, only where they were asked for
# The commands run in the image jusha-backup, where $WORK (for what is big) is a volume and the stack's folder is
# /run/state. ops/docker/backup and ops/docker/restore, which call them, source this file too.

# shellcheck source=ops/lib/common.sh
[[ -n ${checkout:-} ]] || source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"
readonly FORMAT='jusha-backup 1'
WORK=${WORK:-/work}
STATE=${STATE:-/run/state}

# write_whole FILE COMMAND…: what COMMAND prints becomes FILE when it is whole and on disk; else there is none.
write_whole() {
    local file=$1 part=$1.part code=0
    shift
    { "$@" | cat >"$part"; } || code=$? # cat says so when there is no room
    if ((code == 0)) && [[ -s $part ]] && sync "$part" && mv "$part" "$file"; then
        sync "$(dirname "$file")"
    else
        rm -f "$part"
        return 1
    fi
}

# ---- in the container ----

in_database() { psql -X -q -v ON_ERROR_STOP=1 "$@"; } # at the server that PGHOST names

folder= # of this run, in $WORK
# Removed at the end, whatever the end is.
make_folder() {
    folder=$(mktemp -d "$WORK/backup.XXXXXX")
    trap 'take_down; rm -rf "$folder"' EXIT
    trap 'exit 143' INT TERM
}
take_down() { :; } # of what was started in it

begins_with() { cmp --quiet --bytes="${#2}" "$1" <(printf %s "$2"); }

# What was sent by standard input, unpacked: `backup`, and perhaps `identity` (of age) and `data_keys`.
receive() {
    tar -C "$folder" -xf - || die "what came is no whole file"
    if begins_with "$folder/backup" age-encryption.org/v1; then
        [[ -s $folder/identity ]] || die "it is sealed by age: --identity FILE"
        age --decrypt --identity "$folder/identity" --output "$folder/opened" "$folder/backup" || die "it cannot be opened"
        mv "$folder/opened" "$folder/backup"
    fi
    if begins_with "$folder/backup" PGDMP; then
        mv "$folder/backup" "$folder/database.dump"
        return
    fi
    tar -C "$folder" --occurrence=1 -xf "$folder/backup" MANIFEST 2>/dev/null || die "this is no backup of ours and no dump of pg_dump -Fc"
    [[ $(head -n 1 "$folder/MANIFEST") == "$FORMAT" ]] || die "MANIFEST: format \"$(head -n 1 "$folder/MANIFEST")\" is not known here"
    tar -C "$folder" -xf "$folder/backup" || die "the backup is cut short"
    rm "$folder/backup"
    check_sums
}

check_sums() {
    local sum part
    while read -r _ sum part; do
        [[ -f $folder/$part ]] || die "MANIFEST: $part is missing"
        sha256sum --check --status <<<"$sum  $folder/$part" || die "MANIFEST: $part is not what it was"
    done < <(grep '^sha256 ' "$folder/MANIFEST")
    [[ -s $folder/database.dump ]] || die "MANIFEST: database.dump is missing"
}

# The registry's data keys: given, or of the backup, or the stack's where they can be seen.
find_data_keys() {
    local own=$STATE/keys/registry.data_key
    [[ ! -s $folder/keys.tar ]] || tar -C "$folder" -xf "$folder/keys.tar"
    for DATA_KEYS in "$folder/data_keys" "$folder/keys/registry.data_key" "$own" ''; do
        [[ ! -r $DATA_KEYS ]] || break
    done
    export DATA_KEYS
}

# Each line of what checks.sql says; false when one is wrong.
check_database() { # check_database NAME
    export MANIFEST=$folder/MANIFEST
    [[ -s $MANIFEST ]] || MANIFEST=/dev/null
    PGDATABASE=$1 in_database -f "$checkout/ops/backup/checks.sql" >"$folder/found" || die "the checks came to no end"
    cat "$folder/found"
    ! grep -q '^WRONG' "$folder/found"
}
