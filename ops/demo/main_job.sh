# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# main_job.sh - the story of a real street, watched by three outside subscribers, one of which gets killed
#
# 1. `jusha load` brings the street of ops/demo/xiasha, its dates moved to now; `List` must give back every row.
# 2. `jusha-story` plays what its people do and checks each step. Meanwhile three subscribers follow the scheduling
#    journal, each a process of its own: the command line, a Python program without any of Jusha's code, a C program
#    with libcommon's subscriber. The first is killed with SIGKILL in the middle, misses events, and starts again
#    from its cursor.
# 3. The records of all three must agree with the journal, event for event.
# 4. Selection rebuilds its copies of the registry's objects. Then the sample is loaded again: no row may change and
#    no event may be added.
# A street that was there before (data stay from one run to the next) gets 1, the story, and 4: what the story did is
# found, not done again, so there is nothing to follow. What people made there meanwhile is no fault: `ops/run --once`,
# whose street nobody keeps, makes such things and does 1 and the story once more.
# Called by ops/run, which sets $jusha, $jusha_story, $keys, $brokers, $once and $language and has started everything.

readonly STREET=xiasha WATCHED=scheduling JOB_SECONDS=60 MISSED_EVENTS=20
readonly JOURNALS='registry selection scheduling'

as_more=() # further variables
under() {  # under CERTIFICATE COMMAND…: with that certificate
    local certificate=$1
    shift
    env "${as_more[@]}" JUSHA_BROKERS="$brokers" JUSHA_BROKER_KEY="$keys/broker.key" JUSHA_STREET="$STREET" \
        JUSHA_CERTIFICATE="$keys/$certificate.key_secret" "$@"
}
as() { under "$1" "$jusha" "${@:2}"; } # as CERTIFICATE ARGUMENTS…: the command line

check() { # check TEXT COMMAND…
    local text=$1
    shift
    if "$@"; then
        say "  ✓ $text"
    else
        say "  ✗ FAILED: $text"
        checks_failed=$((checks_failed + 1))
    fi
}

load_folder() {
    as xiasha.staff load "$1" --shift-weeks auto --operator-certificate "$keys/operator.key_secret" \
        >"$job/load.log" 2>&1 || { cat "$job/load.log" && false; }
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

# A column of a CSV, without the header.
csv_column() { tail -n +2 "$1" | tr -d '\r' | cut -d, -f"$2" | grep . | sort -u; }

# Others may be there; in a street that people have used, namesakes as well.
holds_all() { # holds_all FILE COLUMN METHOD FIELD NAME: each cell once among the listed names
    local -a order=(sort)
    [[ $fresh == yes ]] || order=(sort -u)
    list_all "$3" "$4" | jq -r ".$5" | grep -xF -f <(csv_column "$1" "$2") | "${order[@]}" >"$job/found"
    diff <(csv_column "$1" "$2") "$job/found" >/dev/null
}

head_of() { # head_of SERVICE
    as operator --street '' call Heads '{}' --service "$1" |
        jq -r --arg street "$STREET" '[.heads[]? | select(.street == $street) | .seq | tonumber][0] // 0'
}
heads() { local service && for service in $JOURNALS; do head_of "$service"; done; }

load_the_sample() {
    local sample=$checkout/ops/demo/$STREET
    say "
Loading ops/demo/$STREET"
    load_folder "$sample" || return
    check "every community is listed, once" holds_all "$sample/communities.csv" 1 ListCommunities communities name
    check "every unit is listed, once" holds_all "$sample/units.csv" 1 ListUnits units name
    check "every volunteer is listed, once" holds_all "$sample/volunteers.csv" 1 ListPeople people name
    check "every need is listed, once" holds_all "$sample/needs.csv" 2 ListNeeds needs title
    check "every resource is listed, once" holds_all "$sample/resources.csv" 2 ListResources resources name
    check "every series is listed, once" holds_all "$sample/series.csv" 3 ListActivities activities title
}

# A check that does not hold is counted and the job goes on; a request that fails ends it.
tell_the_story() {
    local code=0
    story || code=$?
    ((code != 1)) || checks_failed=$((checks_failed + 1))
    ((code <= 1))
}

story() {
    local -a as_more=("LC_ALL=$language") # not the shell's own: it may not have that locale
    say
    under xiasha.staff "$jusha_story" --keys "$keys"
}

# ---- three subscribers; each writes its own record ----

subscribe() { # subscribe NAME RECORD COMMAND…
    local -x JUSHA_BROKERS=$brokers JUSHA_BROKER_KEY=$keys/broker.key JUSHA_STREET=$STREET
    local -x JUSHA_CERTIFICATE=$keys/xiasha.integrator.key_secret
    process_output=$job/$2 process_start "$1" "${@:3}"
}
subscribe_by_command_line() { # subscribe_by_command_line NAME RECORD
    subscribe "$1" "$2" "$jusha" events --service $WATCHED --follow --cursor "run $run_id" --json
}

start_subscribers() {
    subscribe_by_command_line subscriber_1 part1
    subscribe subscriber_python python /usr/bin/python3 "$checkout/ops/examples/subscriber.py" --service $WATCHED --after 0
    subscribe subscriber_c c "$checkout/build/ops/examples/subscriber" $WATCHED "run $run_id, in C"
    wait_until "$JOB_SECONDS" records_reach "$(head_of $WATCHED)" part1 python c
}

# "number id type subject" of each event that a record holds; SIGKILL may have cut the last line of a record.
events_of() {
    jq -Rr 'fromjson? | "\(.sequence | tonumber) \(.id) \(.type | split(".")[-1]) \(.subject)"' "$@"
}
lines_of() { awk -v topic="^$STREET/$WATCHED/" 'NF == 4 { sub(topic, "", $1); print $2 + 0, $3, $1, $4 }' "$@"; }
record_of() { if [[ $1 == part* ]]; then events_of "$job/$1"; else lines_of "$job/$1"; fi; }

last_seq() { record_of "$1" | tail -1 | cut -d' ' -f1; }
records_reach() { # records_reach NUMBER RECORD…
    local record
    for record in "${@:2}"; do
        (($(last_seq "$record") >= $1)) 2>/dev/null || return
    done
}
# Or all that there is: a busy machine may notice late that the story has begun.
has_missed_enough() { # has_missed_enough STORY LAST
    (($(head_of $WATCHED) >= $2 + MISSED_EVENTS)) || { [[ ! -e /proc/$1 ]] && (($(head_of $WATCHED) > $2)); }
}
is_consecutive_from() { # is_consecutive_from NUMBER RECORD
    record_of "$2" | awk -v first="$1" '$1 != first + NR - 1 { wrong = 1 } END { exit wrong || NR == 0 }'
}

# Kills the first subscriber as soon as it has written an event of the story, and starts it again when it has missed
# some.
kill_one() {
    local began=$1 story=$2
    until (($(wc -l <"$job/part1") > began)); do
        [[ -e /proc/$story ]] || return
        sleep 0.01 # between two looks: the story is short
    done
    process_end subscriber_1 KILL
    killed_in_time=no
    [[ $process_code == 137 && -e /proc/$story ]] && killed_in_time=yes
    wait_until "$JOB_SECONDS" has_missed_enough "$story" "$(last_seq part1)" || return
    restarted_at=$(head_of $WATCHED)
    subscribe_by_command_line subscriber_2 part2
}

tell_and_follow() {
    local story code=0 began
    start_subscribers || return
    began=$(head_of $WATCHED)
    story 9>&- &
    story=$!
    kill_one "$began" "$story" || code=1
    wait "$story" || checks_failed=$((checks_failed + 1))
    ((code == 0)) && compare_records
}

compare_records() {
    local record head
    local -A process=([part2]=subscriber_2 [python]=subscriber_python [c]=subscriber_c)
    head=$(head_of $WATCHED)
    say "
Three subscribers of the $WATCHED journal: command line, Python, C"
    wait_until "$JOB_SECONDS" records_reach "$head" part2 python c || return
    for record in "${!process[@]}"; do
        process_end "${process[$record]}" TERM
        ((process_code == 0)) || check "$record ended cleanly, not with $process_code" false
    done
    as xiasha.integrator events --service $WATCHED --json >"$job/journal" || return
    events_of "$job/journal" >"$job/events"
    say "  · the command line was killed after event $(last_seq part1) and went on when the journal stood at $restarted_at"
    check "it was killed by SIGKILL while the story was told" test "$killed_in_time" = yes
    check "the journal is gapless from 1 to its head, $head" test "$(cut -d' ' -f1 "$job/events")" = "$(seq "$head")"
    check "command line: before the kill in order from the first" is_consecutive_from 1 part1
    check "command line: after it in order, none missing between" \
        is_consecutive_from "$(record_of part2 | head -1 | cut -d' ' -f1)" part2
    check "command line: both together are the journal, event for event" \
        cmp -s <(sort -u <(record_of part1) <(record_of part2)) <(sort "$job/events")
    check "Python: its record is the journal, event for event" cmp -s <(record_of python) "$job/events"
    check "C: its record is the journal, event for event" cmp -s <(record_of c) "$job/events"
}

# ---- and again ----

nobody_is_behind() {
    as operator --street '' status --json | jq -e '.followers | length > 0 and all(.behind == 0)' >/dev/null
}

load_again() {
    local before
    say "
Copies rebuilt, the sample loaded again"
    before=$(heads)
    as operator call Rebuild '{"service": "registry"}' --service selection >"$job/rebuild.log" || return
    wait_until "$JOB_SECONDS" nobody_is_behind || return
    load_folder "$checkout/ops/demo/$STREET" || return
    check "no event was added: nothing changed" test "$(heads)" = "$before"
    check "no service is behind in what it follows" wait_until "$JOB_SECONDS" nobody_is_behind
}

# What somebody may make who tries the system: namesakes of the sample's, and a sign-up beside those of the story.
# shellcheck disable=SC2016 # $a is one of jq
use_the_street() {
    local community volunteer title occurrence activity
    title=$(csv_column "$checkout/ops/demo/$STREET/series.csv" 3 | head -1)
    community=$(list_all ListCommunities communities | jq -r .communityId | tail -1)
    make RegisterUnit '{unit: {name: "己（杭州）公司", kind: "BANK"}}' || return
    volunteer=$(make RegisterPerson '{person: {name: "己", kind: "VOLUNTEER"}}' | jq -r .person.personId) || return
    occurrence=$(list_all ListOccurrences occurrences | jq -r 'select(.taken > 0) | .occurrenceId' | head -1)
    make SignUpPerson '{occurrenceId: $a, personId: $b}' "$occurrence" "$volunteer" || return
    activity=$(make CreateActivity '{activity: {title: $a, kind: "LECTURE", communityId: $b, capacity: 5,
        schedule: {firstStartLocal: $c, durationMinutes: 60}}}' \
        "$title" "$community" "$(date -d '10 days' +%FT09:00:00)" | jq -r .activity.activityId) || return
    make ChangeActivity '{activityId: $a, action: "PUBLISH", revision: 1}' "$activity"
}
make() { # make METHOD REQUEST [A [B [C]]]
    as xiasha.staff call "$1" "$(jq -cn --arg a "${3:-}" --arg b "${4:-}" --arg c "${5:-}" "$2")"
}

tell_again() {
    say "
People use the street; the sample is loaded and the story told again"
    use_the_street >"$job/use.log" || return
    fresh=no
    load_the_sample && tell_the_story
}

# True if every check held.
main_job() {
    run_id=$(date -u +%Y%m%dT%H%M%S)
    job=$JUSHA_STATE/main_job
    checks_failed=0
    fresh=yes
    (($(head_of registry) == 0)) || fresh=no
    rm -rf "$job" && mkdir -p "$job"

    local part parts='load_the_sample tell_the_story load_again'
    [[ $fresh == no ]] || parts='load_the_sample tell_and_follow load_again'
    [[ $once == no ]] || parts+=' tell_again'
    for part in $parts; do
        $part && continue
        say "  ✗ FAILED: $part was not finished (an error above, or $JOB_SECONDS s passed); see $job"
        return 1
    done
    say "
$(heads | jq -s add) events in the journals of $JOURNALS; $checks_failed checks failed"
    ((checks_failed == 0))
}
