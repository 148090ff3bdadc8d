# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# common.sh - what every command of ops/ shares: where things lie, how they speak, how they wait
#
# A command sources this file first. It sets
#   checkout     the folder that holds this checkout
#   JUSHA_STATE  everything that a running system leaves on disk: cluster, keys, logs, process ids. Never
#                inside the checkout: PostgreSQL could not reach a folder under /root.
# Whoever wants a second system beside the first sets JUSHA_STATE (and perhaps JUSHA_FIRST_PORT) before.

export LC_ALL=C.UTF-8 # same order and same decimal point everywhere
umask 077             # what a system writes has people, keys and passwords in it

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

# The user's number belongs to it: two people may share one checkout.
checkout_hash=$(printf '%s:%s' "$EUID" "$checkout" | sha256sum | cut -c1-10)
export JUSHA_STATE=${JUSHA_STATE:-/var/tmp/jusha-$checkout_hash}

say() { printf '%s\n' "$*"; }

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Runs COMMAND… as root: directly, or by sudo.
as_root() ( # what is installed is for everybody
    umask 022
    if ((EUID == 0)); then "$@"; else sudo -- "$@"; fi
)

# wait_until SECONDS COMMAND…: true as soon as COMMAND is, false when the time is over.
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.1 # between two looks at the condition
    done
}

# Makes JUSHA_STATE. Refuses one that somebody else made: /var/tmp is everybody's.
state_make() {
    mkdir -p "$JUSHA_STATE"
    [[ ! -L $JUSHA_STATE && -O $JUSHA_STATE ]] || die "$JUSHA_STATE is not yours"
    chmod 711 "$JUSHA_STATE" # the database's user passes through
    install -d -m 700 "$JUSHA_STATE"/{secrets,keys,logs,processes}
}

port_is_free() {
    ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

ports_are_free() {
    local port
    for ((port = $1; port < $1 + PORTS_EACH; port++)); do
        port_is_free "$port" || return 1
    done
}

# A killed database comes back while the brokers and services of its system go on at their ports: those are taken by us.
ports_are_ours() {
    local file pid
    [[ -s $JUSHA_STATE/port ]] && port_is_free "$(port postgresql)" || return
    for file in "$JUSHA_STATE"/processes/*; do
        [[ -e $file ]] && read -r pid _ <"$file" && [[ -e /proc/$pid ]] && return
    done
    return 1
}

# Every system has PORTS_EACH ports in a row, below the range that Linux gives to outgoing connections.
# The first one is JUSHA_FIRST_PORT, else comes from the hash of its folder, else is the next free one; it stays
# the same from then on.
readonly PORTS_EACH=16 PORTS_FIRST=15000 PORTS_SYSTEMS=1000
ports_choose() {
    local file=$JUSHA_STATE/port hash system tries
    ports_are_ours && return
    if [[ -n ${JUSHA_FIRST_PORT:-} ]]; then
        ports_are_free "$JUSHA_FIRST_PORT" || die "not all of ports $JUSHA_FIRST_PORT to $((JUSHA_FIRST_PORT + PORTS_EACH - 1)) are free"
        echo "$JUSHA_FIRST_PORT" >"$file"
        return
    fi
    [[ -s $file ]] && ports_are_free "$(<"$file")" && return
    hash=$(printf '%s' "$JUSHA_STATE" | sha256sum | cut -c1-7)
    for ((tries = 0; tries < PORTS_SYSTEMS; tries++)); do
        system=$(((16#$hash + tries) % PORTS_SYSTEMS))
        if ports_are_free $((PORTS_FIRST + system * PORTS_EACH)); then
            echo $((PORTS_FIRST + system * PORTS_EACH)) >"$file"
            return
        fi
    done
    die "found no $PORTS_EACH free ports in a row"
}

# port NAME: one of this system's ports.
port() {
    local -A offset=([postgresql]=0 [registry_admin]=1 [broker_1_admin]=2 [broker_2_admin]=3 [broker_1]=4 [broker_2]=8
        [selection_admin]=12 [scheduling_admin]=13 [notification_admin]=14)
    [[ -s $JUSHA_STATE/port ]] || die "no system was started in $JUSHA_STATE"
    echo $(($(<"$JUSHA_STATE/port") + ${offset[$1]}))
}

# Where PostgreSQL listens: here, unless it has a container of its own.
database_host() { echo "${JUSHA_DATABASE_HOST:-127.0.0.1}"; }

# secret NAME: its text, made at first use; letters, digits, '-' and '_' only, so it fits URLs and passfiles.
secret() {
    local file=$JUSHA_STATE/secrets/$1
    if [[ ! -s $file ]]; then
        (umask 077 && head -c 24 /dev/urandom | base64 | tr '+/' '-_' >"$file.new" && mv "$file.new" "$file")
    fi
    cat "$file"
}

services() { "$checkout/ops/lib/services"; }
