# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# compose.sh - what the commands of ops/docker share: where the stack's files lie, which Compose there is
#
# Like docker-compose.yml, they take JUSHA_STATE (default: the folder "state" of this checkout) for passwords and keys.

JUSHA_STATE=${JUSHA_STATE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)/state}
# shellcheck source=ops/lib/common.sh
[[ -n ${checkout:-} ]] || source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

# The user inside the containers is the owner of the secrets: a number of its own where root installs.
container_user() { echo $((EUID == 0 ? 10001 : EUID)); }

# Compose of either generation, whatever the current folder is, with what ops/docker/scale wants.
compose() {
    local files=(-f docker-compose.yml)
    [[ ! -s $JUSHA_STATE/scale.yml ]] || files+=(-f "$JUSHA_STATE/scale.yml")
    compose_of "${files[@]}" "$@"
}

compose_of() {
    local command=(docker compose)
    docker compose version >/dev/null 2>&1 || command=(docker-compose)
    (cd "$checkout" && "${command[@]}" "$@")
}

# Compose's name of those that serve some streets alone: scheduling_xiasha.
own_name() { tr ' ' _ <<<"$*"; }

# Every service of ours: the pool's and those of some streets.
all_services() {
    local service count streets
    services
    [[ -f $JUSHA_STATE/scale ]] || return 0
    while read -r service count streets; do
        [[ -z $streets ]] || own_name "$service" "$streets"
    done <"$JUSHA_STATE/scale"
}

# How many of a service the pool has.
pool_of() { awk -v service="$1" '$1 == service && NF == 2 { count = $2 } END { print count ? count : 1 }' "$JUSHA_STATE/scale"; }

# Writes $JUSHA_STATE/scale.yml, which Compose reads behind docker-compose.yml, from the lines of $JUSHA_STATE/scale.
# Those of some streets are what their service is there, with the streets. It is there though nothing is wanted: to
# Compose 1.29 a service of one file is another one than the same of two, so that a second file that comes later would
# replace them all.
scale_write() {
    local service count streets config
    touch "$JUSHA_STATE/scale"
    config=$(compose_of -f docker-compose.yml config)
    {
        echo "# made by ops/docker/scale and ops/docker/up"
        echo "services:"
        for service in $(services); do
            printf '  %s:\n    scale: %s\n' "$service" "$(pool_of "$service")"
        done
        while read -r service count streets; do
            [[ -n $streets ]] || continue
            printf '  %s:\n    scale: %s\n' "$(own_name "$service" "$streets")" "$count"
            awk -v from="  $service:" -v streets="$streets" '
                /^  [^ ]/ { inside = $0 == from; next }
                /^[^ ]/ { inside = 0 }
                inside { print }
                inside && $0 == "    environment:" { print "      JUSHA_STREETS: " streets }' <<<"$config"
        done <"$JUSHA_STATE/scale"
    } >"$JUSHA_STATE/scale.yml"
}

readonly HEALTHY_SECONDS=120

# One line for each container that has a health and is not healthy.
unhealthy() {
    local ids
    mapfile -t ids < <(compose ps -q)
    docker inspect --format '{{with .State.Health}}{{.Status}}{{end}} {{.Name}}' "${ids[@]}" | grep -vE '^(healthy)? '
}
all_are_healthy() { ! unhealthy >/dev/null; }
wait_healthy() { wait_until "$HEALTHY_SECONDS" all_are_healthy || die "not healthy after $HEALTHY_SECONDS s: $(unhealthy)"; }
