# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# common.sh - a stack of containers for one test: the engine, its base image, checks, the end
#
# A test sources it, defines its parts, and calls `begin "$@"` before the first of them. On the engine that answers
# here, under names and ports of its own; else on one that tests/docker/engine makes, in which the test is run again.
# What the stack made is gone at the end. Exit code 77, with the reason on the last line, where there is no engine.

# shellcheck source=ops/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../ops/lib/common.sh"
[[ ${1:-} == --inside ]] || JUSHA_STATE+=-docker # else tests/docker/engine runs us again
# shellcheck source=ops/docker/compose.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../ops/docker/compose.sh"

readonly SKIPPED=77 HEALTH_SECONDS=60 PULL_SECONDS=60 BASE=debian:trixie-slim
jusha=$checkout/build/ops/cli/jusha
failed=0

skip() {
    say "$*"
    exit $SKIPPED
}

check() { # check TEXT COMMAND…
    local text=$1
    shift
    if "$@"; then
        say "checked: $text"
    else
        say "FAILED: $text"
        failed=$((failed + 1))
    fi
}

title() { say "
== $* ($SECONDS s)"; }

under() { # under CERTIFICATE COMMAND…: a program of this machine
    local certificate=$1
    shift
    env JUSHA_BROKERS="127.0.0.1:$JUSHA_BROKER_1_PORT,127.0.0.1:$JUSHA_BROKER_2_PORT" JUSHA_STREET="$STREET" \
        JUSHA_BROKER_KEY="$JUSHA_STATE/keys/broker.key" JUSHA_CERTIFICATE="$JUSHA_STATE/keys/$certificate.key_secret" \
        "$@"
}
as() { under "$1" "$jusha" "${@:2}"; } # as CERTIFICATE ARGUMENT…: the command line of this machine

# ---- the engine and its base image ----

is_own_engine() { [[ ${DOCKER_HOST:-} == "unix://$JUSHA_STATE/"* ]]; }

# The one that this machine uses.
mirror() {
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Label: Debian' 2>/dev/null | head -1
}

# Made here, as the engine's own registry may be out of reach. apt reads it as a user of its own.
make_base() (
    umask 022
    is_own_engine || skip "$BASE cannot be pulled"
    command -v mmdebstrap >/dev/null || skip "$BASE cannot be pulled, and there is no mmdebstrap to make it"
    mmdebstrap --quiet --variant=minbase --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' trixie - "$(mirror)" | docker import - "$BASE"
)

have_base() {
    docker image inspect "$BASE" >/dev/null 2>&1 || timeout "$PULL_SECONDS" docker pull -q "$BASE" || make_base
}

# ---- what containers are ----

containers() { docker ps --all --quiet --no-trunc --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" "$@"; }
inspect() { containers | xargs docker inspect; }
of_service() { containers --filter "label=com.docker.compose.service=$1"; }

# Of every container of these services: true, or what it says why not.
all_ready() { # all_ready SERVICE…
    local id
    for id in $(for service; do of_service "$service"; done); do docker exec "$id" program ask /readyz >/dev/null || return; done
}
none_ready() { # none_ready SERVICE…
    local id
    for id in $(for service; do of_service "$service"; done); do ! docker exec "$id" program ask /readyz >/dev/null || return; done
}

# ---- the beginning and the end ----

come_down() {
    local code=$?
    trap '' INT TERM
    if ((code != 0 && code != SKIPPED || failed > 0)); then
        compose ps --all
        compose logs --tail 30
    fi
    compose down --volumes --rmi all --timeout 10
    docker rmi "jusha:$JUSHA_TAG-before" >/dev/null 2>&1 || true
    rm -rf "${JUSHA_STATE:?}"/{secrets,keys,clients,logs,processes,port,scale,scale.yml,running.yml,before.yml,rolling}
    rmdir "$JUSHA_STATE" 2>/dev/null || true # an engine of ours lies there still
    exit "$code"
}

begin() {
    if ! docker version >/dev/null 2>&1; then
        [[ ${DOCKER_HOST:-} == "" ]] || skip "no Docker engine answers at $DOCKER_HOST"
        exec "$checkout/tests/docker/engine" "$0" --inside
    fi
    docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null || skip "there is no docker-compose"
    [[ -x $jusha ]] || die "build first: $jusha is missing"

    state_make
    ports_choose
    COMPOSE_PROJECT_NAME=jusha$(sha256sum <<<"$JUSHA_STATE" | cut -c1-10)
    export COMPOSE_PROJECT_NAME JUSHA_TAG=$COMPOSE_PROJECT_NAME
    export JUSHA_BROKER_1_PORT JUSHA_BROKER_1_EVENTS JUSHA_BROKER_2_PORT JUSHA_BROKER_2_EVENTS
    JUSHA_BROKER_1_PORT=$(port broker_1) JUSHA_BROKER_1_EVENTS=$((JUSHA_BROKER_1_PORT + 3))
    JUSHA_BROKER_2_PORT=$(port broker_2) JUSHA_BROKER_2_EVENTS=$((JUSHA_BROKER_2_PORT + 3))

    have_base
    trap come_down EXIT
    trap 'exit 130' INT TERM
}
