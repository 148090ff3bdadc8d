# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# compose.sh - what the commands of ops/docker share: where the stack's files lie, which Compose there is
#
# Like docker-compose.yml, they take JUSHA_STATE (default: the folder "state" of this checkout) for passwords and
# keys.

JUSHA_STATE=${JUSHA_STATE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)/state}
# shellcheck source=ops/lib/common.sh
[[ -n ${checkout:-} ]] || source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"

# The user inside the containers is the owner of the secrets: a number of its own where root installs.
container_user() { echo $((EUID == 0 ? 10001 : EUID)); }

# The docker-compose.yml of the version that runs, which after a rollback is not this checkout's; its paths are from
# here as well. ops/docker/up, which brings this checkout's version, takes this checkout's.
compose_file=$JUSHA_STATE/running.yml
[[ -s $compose_file ]] || compose_file=$checkout/docker-compose.yml

# Compose of either generation, whatever the current folder is, with what ops/docker/scale wants.
compose() {
    local files=(-f "$compose_file")
    [[ ! -s $JUSHA_STATE/scale.yml ]] || files+=(-f "$JUSHA_STATE/scale.yml")
    compose_of "${files[@]}" "$@"
}

compose_command() { if docker compose version >/dev/null 2>&1; then echo docker compose; else echo docker-compose; fi; }

compose_of() {
    local command
    read -ra command < <(compose_command)
    (cd "$checkout" && "${command[@]}" --project-directory "$checkout" "$@")
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

# Of a busy processor; everybody else has 1024. A busy street must not keep the pool waiting.
readonly OWN_SHARES=512

# Writes $JUSHA_STATE/scale.yml, which Compose reads behind docker-compose.yml, from the lines of $JUSHA_STATE/scale.
# Those of some streets are what their service is there, with the streets. It is there though nothing is wanted: to
# Compose 1.29 a service of one file is another one than the same of two, so that a second file that comes later would
# replace them all.
scale_write() {
    local service count streets config
    touch "$JUSHA_STATE/scale"
    config=$(compose_of -f "$compose_file" config)
    {
        echo "# made by ops/docker/scale and ops/docker/up"
        echo "services:"
        for service in $(services); do
            printf '  %s:\n    scale: %s\n' "$service" "$(pool_of "$service")"
        done
        while read -r service count streets; do
            [[ -n $streets ]] || continue
            printf '  %s:\n    scale: %s\n    cpu_shares: %s\n' "$(own_name "$service" "$streets")" "$count" "$OWN_SHARES"
            awk -v from="  $service:" -v streets="$streets" '
                /^  [^ ]/ { inside = $0 == from; next }
                /^[^ ]/ { inside = 0 }
                inside { print }
                inside && $0 == "    environment:" { print "      JUSHA_STREETS: " streets }' <<<"$config"
        done <"$JUSHA_STATE/scale"
    } >"$JUSHA_STATE/scale.yml"
}

# ---- what is there ----

readonly brokers=(broker1 broker2)

label() { echo "{{index .Config.Labels \"com.docker.compose.$1\"}}"; }

# Compose's name of the stack, once there is something of it. Whoever asks for instances looks before.
project=
look_for_project() {
    [[ -n $project ]] || project=$(compose ps --all -q | sed -n 1p | xargs -r docker inspect --format "$(label project)")
}

# Containers of a service, the eldest first. Docker itself is asked: Compose 1.29 takes a second for it.
instances() { # instances SERVICE
    local ids
    [[ -n $project ]] || return 0
    mapfile -t ids < <(docker ps --all --quiet --no-trunc --filter "label=com.docker.compose.project=$project" \
        --filter "label=com.docker.compose.service=$1" --filter label=com.docker.compose.oneoff=False)
    ((${#ids[@]} == 0)) || docker inspect --format '{{.Created}} {{.Id}}' "${ids[@]}" | sort | cut -d ' ' -f 2
}

is_running() {
    look_for_project
    [[ -n $(instances broker1)$(instances broker2) ]]
}

# Whatever is wanted and not there is started, what nobody wants ends, and what runs is left alone, old or new.
start_missing() {
    local services
    mapfile -t services < <(all_services)
    compose up -d --no-recreate --no-deps --remove-orphans "${brokers[@]}" "${services[@]}"
    wait_all_ready
}

# ---- is it ready? ----

readonly READY_SECONDS=120

# What it says of itself, asked in it: docker asks seldom. Why not, for one that is not.
ready() { # ready CONTAINER
    docker exec "$1" program ask /readyz 2>&1
}
restarts_of() { docker inspect --format '{{.RestartCount}}' "$1"; }
readonly RESTARTS_MAX=2 # then it is no use to wait
ready_or_hopeless() { ready "$1" >/dev/null || (($(restarts_of "$1") > $2 + RESTARTS_MAX)); }

name_of() { docker inspect --format '{{.Name}}' "$1" | tr -d /; }

wait_ready() { # wait_ready CONTAINER: false, with the reason on standard output, when it does not come
    local why
    wait_until "$READY_SECONDS" ready_or_hopeless "$1" "$(restarts_of "$1")" || true
    why=$(ready "$1") || {
        say "$(name_of "$1") is not ready: ${why##*$'\n'}"
        return 1
    }
}

wait_all_ready() {
    local id why service services
    look_for_project
    mapfile -t services < <(all_services)
    for service in "${brokers[@]}" "${services[@]}"; do
        for id in $(instances "$service"); do
            why=$(wait_ready "$id") || die "$why"
        done
    done
}
