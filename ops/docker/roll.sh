# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# roll.sh - replaces what runs by what is wanted, one container at a time, and stops where something is not well
#
#   widen the tables -> broker1 -> broker2 -> each instance of each service -> take away what nobody uses any more
#
# A container is old when its image or its part of the Compose file is another one than it was made of. Of a service a
# new one is ready before an old one drains; one that does not get ready is taken away again. A broker's ports are those
# of this machine, so the old one ends first; its callers turn to the other one, and nobody goes on before it has as
# many workers as it had. Everything else stays as it is. Sourced by ops/docker/up and ops/docker/rollback, behind
# compose.sh.

readonly DRAIN_SECONDS=30 # what a service has, and some

# As Compose would make it now: $wanted_hashes has "SERVICE HASH" of each (look_what_is_wanted).
look_what_is_wanted() { wanted_hashes=$(compose config --hash '*'); }
wanted_hash() {
    awk -v service="$1" '$1 == service { print $2 }' <<<"$wanted_hashes"
}

image_of() { if [[ $1 == postgres ]]; then image_named jusha-postgres; else image_named jusha; fi; }
image_named() { docker image inspect --format '{{.Id}}' "$1:${JUSHA_TAG:-latest}"; }

# Containers of a service that are not what a new one would be, the eldest first.
old_ones() { # old_ones SERVICE
    local id wanted
    wanted="$(image_of "$1") $(wanted_hash "$1")"
    for id in $(instances "$1"); do
        [[ $(docker inspect --format "{{.Image}} $(label config-hash)" "$id") == "$wanted" ]] || echo "$id"
    done
}

# ---- the version before, and what has not come to its end ----

# What is wanted is the image jusha:TAG with running.yml, its docker-compose.yml, from when the first container is
# replaced; the version before is $before with before.yml. $rolling is there until all are replaced: COMMAND (up or
# rollback) IMAGE. So a command that was stopped goes on, and each other one knows what it finds.
readonly before=jusha:${JUSHA_TAG:-latest}-before
readonly running_file=$JUSHA_STATE/running.yml before_file=$JUSHA_STATE/before.yml rolling=$JUSHA_STATE/rolling

roll_begins() { echo "$1 $(image_named jusha)" >"$rolling"; } # roll_begins COMMAND
roll_ends() { rm -f "$rolling"; }
was_stopped() { [[ -s $rolling && $(<"$rolling") == "$1 "* ]]; } # was_stopped COMMAND
stopped_image() { cut -d ' ' -f 2 "$rolling"; }

has_before() { docker image inspect "$before" >/dev/null 2>&1 && [[ -s $before_file && -s $running_file ]]; }

forget_before() {
    docker rmi --force "$before" >/dev/null 2>&1 || true # a container may run it: then only the tag goes
    rm -f "$before_file"
    roll_ends
}

# What is wanted and the version before.
change_places() {
    local image
    image=$(image_named jusha)
    docker tag "$before" "jusha:${JUSHA_TAG:-latest}"
    docker tag "$image" "$before"
    mv "$before_file" "$before_file.new"
    mv "$running_file" "$before_file"
    mv "$before_file.new" "$running_file"
}

# ---- steps: a function each, its arguments, and what it is ----

steps=() step_number=0

step() { steps+=("$*"); }

declare -rA STEP_TEXT=(
    [replace_database]="PostgreSQL's container; for some seconds nothing can be asked"
    [widen]="migrations that only add: services of either version work with the tables"
    [replace_broker]="broker: the other one has its callers meanwhile"
    [replace_instances]="one instance after the other: the new one is ready, then the old one drains"
    [take_away]="migrations that take away what no version since the one before uses"
)

list_steps() {
    local i function arguments
    for i in "${!steps[@]}"; do
        read -r function arguments <<<"${steps[i]}"
        say "  $((i + 1)). ${arguments:+$arguments: }${STEP_TEXT[$function]}"
    done
}

run_steps() {
    local one
    for one in "${steps[@]}"; do
        step_number=$((step_number + 1))
        say "== $step_number of ${#steps[@]}: $one"
        $one
    done
}

# What was done stays and serves; nothing that runs was harmed by what could not be. The command says the other way.
give_up() {
    die "stopped at step $step_number of ${#steps[@]} (${steps[step_number - 1]}): $*
What was replaced before it serves, and so does what was not. When the cause is mended, ops/docker/${0##*/} goes on
where it stopped. $(other_way)"
}

widen() { compose run --rm -T migrate ops/docker/migrate --widen || give_up "migrations failed"; }
take_away() { compose run --rm -T migrate ops/docker/migrate --upgrade || give_up "migrations failed"; }

replace_database() {
    compose up -d --no-deps postgres
    wait_until "$READY_SECONDS" compose exec -T postgres pg_isready -q -h 127.0.0.1 || give_up "PostgreSQL does not answer"
}

workers_of() { docker exec "$1" program ask /metrics | awk '$1 == "jusha_broker_workers" { print $2 }'; }
has_workers() { (($(workers_of "$1") >= $2)); }

replace_broker() { # replace_broker NAME
    local old new workers why
    old=$(instances "$1")
    workers=$(workers_of "$old" 2>/dev/null) || workers=0 # one that is down has none to lose
    compose up -d --no-deps "$1"
    new=$(instances "$1")
    why=$(wait_ready "$new") || give_up "$why"
    wait_until "$READY_SECONDS" has_workers "$new" "${workers:-0}" ||
        give_up "$1 has $(workers_of "$new") workers, it had $workers"
}

replace_instances() { # replace_instances SERVICE
    local old new count why
    count=$(instances "$1" | wc -l)
    for old in $(old_ones "$1"); do
        compose up -d --no-deps --no-recreate --scale "$1=$((count + 1))" "$1"
        new=$(instances "$1" | tail -1)
        why=$(wait_ready "$new") || {
            docker logs --tail 5 "$new" >&2
            docker rm --force "$new" >/dev/null
            give_up "$why; it was taken away"
        }
        docker stop --time "$DRAIN_SECONDS" "$old" >/dev/null
        docker rm "$old" >/dev/null
    done
}

# ---- the whole ----

# What has something old, as steps; nothing of a service that does not run.
plan_replacements() {
    local service
    for service in "${brokers[@]}"; do
        [[ -z $(old_ones "$service") ]] || step replace_broker "$service"
    done
    while read -r service; do
        [[ -z $(old_ones "$service") ]] || step replace_instances "$service"
    done < <(all_services)
}
