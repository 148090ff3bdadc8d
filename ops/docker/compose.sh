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

# Compose of either generation, whatever the current folder is.
compose() {
    local command=(docker compose)
    docker compose version >/dev/null 2>&1 || command=(docker-compose)
    (cd "$checkout" && "${command[@]}" "$@")
}
