# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# hand_over.sh - how a backup gets into a container: by standard input, whosever the files are
#
# Sourced behind compose.sh.

# shellcheck source=ops/docker/compose.sh
[[ -n ${compose_file:-} ]] || source "$(dirname "${BASH_SOURCE[0]}")/compose.sh"
# shellcheck source=ops/backup/common.sh
source "$checkout/ops/backup/common.sh"

database_answers() { compose exec -T postgres pg_isready -q -h 127.0.0.1 </dev/null >/dev/null 2>&1; }

# One tar of what is given, under the names that ops/backup/common.sh looks for (receive). What gpg sealed is opened
# here, where the secret key is.
hand_over() { # hand_over FILE DATA-KEYS IDENTITY; '' where there is none
    local names=(backup data_keys identity) folder given
    folder=$(mktemp -d "$JUSHA_STATE/handed.XXXXXX")
    for given; do
        [[ -z $given ]] || lay "$given" "$folder/${names[0]}"
        names=("${names[@]:1}")
    done
    tar -C "$folder" --dereference --owner="$(container_user)" --group="$(container_user)" --mode=u+rw -cf - .
    rm -r "$folder"
}
lay() {
    if [[ $1 == *.gpg ]]; then gpg --batch --quiet --decrypt "$1" >"$2"; else ln -s "$(realpath "$1")" "$2"; fi
}

look_at_file() {
    [[ -f $1 && -r $1 ]] || die "$1 cannot be read"
    [[ -s $1 ]] || die "$1 is empty"
}

# A container that reaches nothing, for what only looks into a file.
alone() { # alone COMMAND…
    docker run --rm --interactive --network none --read-only --cap-drop ALL --security-opt no-new-privileges \
        --memory 1g --pids-limit 128 --tmpfs /tmp --volume /work "jusha-backup:${JUSHA_TAG:-latest}" "$@"
}
