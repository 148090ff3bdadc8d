# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# main_job.sh - a real street through the whole system, watched by a subscriber that gets killed
#
# 1. `jusha load` registers the street of ops/data/xiasha; `List` must give back every row of its files.
# 2. An outside subscriber (a process of its own, with its own key) writes every event to a file, while
#    generated units keep being registered. It is killed with SIGKILL in the middle, misses some events,
#    starts again from its cursor, catches up and goes on live.
# 3. Its two files together must hold every event of the journal, byte for byte, in order.
# 4. The sample is loaded again: no row may change and no event may be added.
# A street that was there before (data stay from one run to the next) gets steps 1 and 4 only: generated units are
# registered once, not at every start.
# Called by ops/run, which sets $jusha, $keys, $brokers and has started everything.

readonly STREET=xiasha JOB_SECONDS=120 EVENTS_EACH=150 UNITS_A_LOAD=25

as() { # as CERTIFICATE ARGUMENTS…: the command line under that certificate
    local certificate=$1
    shift
    env JUSHA_BROKERS="$brokers" JUSHA_BROKER_KEY="$keys/broker.key" JUSHA_STREET="$STREET" \
        JUSHA_CERTIFICATE="$keys/$certificate.key_secret" "$jusha" "$@"
}

check() { # check TEXT COMMAND…
    local text=$1
    shift
    if "$@"; then
        say "  checked: $text"
    else
        say "  FAILED:  $text"
        checks_failed=$((checks_failed + 1))
    fi
}

load_folder() {
    as xiasha.staff load "$1" --operator-certificate "$keys/operator.key_secret" >"$job/load.log" 2>&1 ||
        { cat "$job/load.log" && false; }
}

# Every object that List gives, one JSON object a line, through all pages.
list_all() { # list_all METHOD FIELD
    local token='' page
    while true; do
        page=$(as xiasha.staff call "$1" "$(jq -cn --arg token "$token" '{pageSize: 200, pageToken: $token}')") || return
        jq -c ".$2[]?" <<<"$page"
        token=$(jq -r '.nextPageToken // ""' <<<"$page")
        [[ -n $token ]] || break
    done
}

# First column of a CSV, without the header: the name of each row.
csv_names() { tail -n +2 "$1" | tr -d '\r' | cut -d, -f1 | grep . | sort; }

holds_all_names() { # holds_all_names FILE METHOD FIELD: each row's name once among the listed ones
    list_all "$2" "$3" | jq -r .name | sort >"$job/listed"
    csv_names "$1" | comm -12 - "$job/listed" >"$job/found"
    diff <(csv_names "$1") "$job/found" >/dev/null && [[ -z $(uniq -d "$job/listed") ]]
}

journal_head() {
    as operator --street '' call Heads '{}' --service registry |
        jq -r --arg street "$STREET" '[.heads[]? | select(.street == $street) | .seq | tonumber][0] // 0'
}
head_is_at_least() { (($(journal_head) >= $1)); }

cursor_seq() {
    as xiasha.integrator call GetCursor "{\"name\": \"run-$run_id\"}" --service registry | jq -r '.cursor.seq // 0'
}
cursor_is_at_least() { (($(cursor_seq) >= $1)); }

# "number<tab>event" of each whole line of a file; SIGKILL may have cut its last one.
events_of() { jq -Rr 'fromjson? | "\(.sequence | tonumber)\t\(tojson)"' "$@"; }
last_seq() { tail -n 3 "$1" | events_of | tail -1 | cut -f1; }
has_reached() { (($(last_seq "$1" || true) >= $2)); } 2>/dev/null
is_consecutive_from() { # is_consecutive_from NUMBER FILE
    cut -f1 "$2" | awk -v first="$1" '$1 != first + NR - 1 { wrong = 1 } END { exit wrong || NR == 0 }'
}

# Registers generated units, a few at a time, until $job/enough exists (or ops/run was killed).
register_units() {
    local chunk=0 i
    mkdir -p "$job/chunk"
    while [[ ! -e $job/enough && -e /proc/$$ ]]; do
        {
            echo name,kind
            for ((i = 0; i < UNITS_A_LOAD; i++)); do
                echo "示例单位$run_id-$((chunk * UNITS_A_LOAD + i)),ENTERPRISE"
            done
        } >"$job/chunk/units.csv"
        as xiasha.staff load "$job/chunk" >"$job/writer.log" 2>&1 || return
        chunk=$((chunk + 1))
    done
}

subscribe() { # subscribe NAME FILE
    local -x JUSHA_BROKERS=$brokers JUSHA_BROKER_KEY=$keys/broker.key JUSHA_STREET=$STREET
    local -x JUSHA_CERTIFICATE=$keys/xiasha.integrator.key_secret
    process_output=$2 process_start "$1" "$jusha" events --service registry --follow --cursor "run-$run_id" --json
}

load_the_sample() {
    say "
Loading ops/data/$STREET: street, communities and units"
    load_folder "$checkout/ops/data/$STREET" || return
    check "every row of communities.csv is listed, once" \
        holds_all_names "$checkout/ops/data/$STREET/communities.csv" ListCommunities communities
    check "every row of units.csv is listed, once" \
        holds_all_names "$checkout/ops/data/$STREET/units.csv" ListUnits units
}

kill_the_subscriber() {
    local writer head killed_at restarted_at
    say "
A subscriber follows $STREET while units are being registered"
    register_units 9>&- &
    writer=$!
    head=$(journal_head)
    wait_until "$JOB_SECONDS" cursor_is_at_least $((head + EVENTS_EACH)) || return
    process_end subscriber_1 KILL
    check "it was killed by SIGKILL while units were being registered" \
        test "$process_code" -eq 137 -a -e "/proc/$writer"
    killed_at=$(last_seq "$job/part1")
    cursor=$(cursor_seq)
    say "  it had written events 1 to $killed_at; its cursor stands at $cursor"
    wait_until "$JOB_SECONDS" head_is_at_least $((killed_at + EVENTS_EACH)) || return
    restarted_at=$(journal_head)
    say "  the journal went on to $restarted_at without it; it starts again from its cursor"
    subscribe subscriber_2 "$job/part2"
    wait_until "$JOB_SECONDS" has_reached "$job/part2" $((restarted_at + EVENTS_EACH)) || return
    touch "$job/enough"
    check "every generated unit was accepted" wait "$writer"
    wait_until "$JOB_SECONDS" has_reached "$job/part2" "$(journal_head)" || return
    process_end subscriber_2 TERM
    check "it caught up, went on live and ended cleanly" test "$process_code" -eq 0
}

compare_with_journal() {
    local first_again
    as xiasha.integrator events --service registry --json >"$job/journal" || return
    events_of "$job/part1" >"$job/events1"
    events_of "$job/part2" >"$job/events2"
    events_of "$job/journal" >"$job/events"
    first_again=$(head -1 "$job/events2" | cut -f1)
    say "  before the kill: 1 to $(tail -1 "$job/events1" | cut -f1); after it: $first_again to $(tail -1 "$job/events2" | cut -f1)"
    check "the journal is gapless from 1 to its head, $(journal_head)" \
        test "$(cut -f1 "$job/events")" = "$(seq "$(journal_head)")"
    check "before the kill it was in order, without a gap, from the first" \
        is_consecutive_from 1 "$job/events1"
    check "after it, too, from the one behind its cursor" \
        is_consecutive_from $((cursor + 1)) "$job/events2"
    check "both together are the journal, event for event" \
        cmp -s <(sort -u "$job/events1" "$job/events2") <(sort "$job/events")
}

load_again() {
    local head
    say "
Loading the sample again"
    head=$(journal_head)
    load_folder "$checkout/ops/data/$STREET" || return
    check "no event was added: nothing changed" test "$(journal_head)" -eq "$head"
}

# True if every check held.
main_job() {
    run_id=$(date -u +%Y%m%dT%H%M%S)
    job=$JUSHA_STATE/main_job
    checks_failed=0
    rm -rf "$job" && mkdir -p "$job"

    local part parts='load_the_sample load_again'
    if (($(journal_head) == 0)); then
        parts='load_the_sample kill_the_subscriber compare_with_journal load_again'
        subscribe subscriber_1 "$job/part1"
    fi
    for part in $parts; do
        $part && continue
        say "  FAILED:  $part was not finished (an error above, or $JOB_SECONDS s passed); see $job"
        touch "$job/enough" # lets the writer end
        return 1
    done
    say "
$(journal_head) events, $(list_all ListCommunities communities | wc -l) communities,\
 $(list_all ListUnits units | wc -l) units; $checks_failed checks failed"
    ((checks_failed == 0))
}
