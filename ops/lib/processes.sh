# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# processes.sh - the long-running processes of one command: started, watched, stopped in reverse order
#
# process_start NAME COMMAND… runs it apart from the terminal (a Ctrl-C goes to the command alone, which then
# stops them in order), logs to $JUSHA_STATE/logs/NAME.log and notes its number in $JUSHA_STATE/processes/NAME,
# so that the next command finds what a killed one left behind.
# processes_keep_up starts again whatever ends by itself.

readonly STOP_SECONDS=30
declare -A process_pid=()
declare -a process_order=()

process_log() { echo "$JUSHA_STATE/logs/$1.log"; }

# Its output goes to $process_output instead of the log when that is set.
process_start() {
    local name=$1 log
    log=$(process_log "$1")
    shift
    # 9 is the command's lock: a process that kept it would keep the lock.
    setsid "$@" </dev/null >"${process_output:-$log}" 2>"$log" 9>&- &
    process_pid[$name]=$!
    [[ " ${process_order[*]} " == *" $name "* ]] || process_order+=("$name")
    echo "$! $(readlink -f "$1")" >"$JUSHA_STATE/processes/$name"
}

# A zombie has ended: nobody but us would collect it.
pid_is_gone() {
    local state
    state=$(sed -E 's/^.*\) (.).*$/\1/' "/proc/$1/stat" 2>/dev/null) || return 0
    [[ $state == Z || -z $state ]]
}

process_runs() { ! pid_is_gone "${process_pid[$1]:?no process $1}"; }

# process_end NAME SIGNAL: sends it and waits for the end; its exit code is in $process_code.
process_end() {
    local name=$1 pid=${process_pid[$1]}
    process_code=0
    kill -"$2" "$pid" 2>/dev/null || true
    if ! wait_until "$STOP_SECONDS" pid_is_gone "$pid"; then
        say "$name (process $pid) does not end after $STOP_SECONDS s: killed"
        kill -KILL "$pid" 2>/dev/null || true
    fi
    # shellcheck disable=SC2034 # for the caller
    wait "$pid" || process_code=$?
    unset "process_pid[$name]"
    rm -f "$JUSHA_STATE/processes/$name"
} 2>/dev/null # where the shell announces whom a signal ended

process_end_all() {
    local i name
    for ((i = ${#process_order[@]} - 1; i >= 0; i--)); do
        name=${process_order[i]}
        [[ -z ${process_pid[$name]:-} ]] || process_end "$name" TERM
    done
    process_order=()
}

# processes_keep_up START: watches all processes and calls START NAME for each that ended by itself, which has to start
# it again. Returns only when one ended $ENDS_MAX times within $ENDS_SECONDS.
readonly ENDS_MAX=5 ENDS_SECONDS=60
declare -A process_ends=() # of each, the moments ($SECONDS) of its ends
processes_keep_up() {
    local name
    while true; do
        for name in "${!process_pid[@]}"; do
            process_runs "$name" || process_again "$name" "$1" || return
        done
        wait -n "${process_pid[@]}" || true # comes back as one ends, and at a trap's signal
    done
} 2>/dev/null # where the shell announces whom a signal ended

process_again() { # process_again NAME START
    local name=$1 start=$2 code=0 moment recent=
    wait "${process_pid[$name]}" || code=$?
    for moment in ${process_ends[$name]:-} $SECONDS; do
        ((SECONDS - moment >= ENDS_SECONDS)) || recent+=" $moment"
    done
    process_ends[$name]=$recent
    say "$name ended by itself (exit code $code):"
    tail -20 "$(process_log "$name")"
    unset "process_pid[$name]"
    if (($(wc -w <<<"$recent") >= ENDS_MAX)); then
        say "$name ended $ENDS_MAX times within $ENDS_SECONDS s"
        return 1
    fi
    mv "$(process_log "$name")" "$(process_log "$name.before")"
    "$start" "$name" || return
    say "$name was started again; what it said before stands in $(process_log "$name.before")"
}

# By its arguments: /proc/PID/exe of a program that guards its memory is root's.
program_of() {
    local path
    IFS= read -r -d '' path 2>/dev/null <"/proc/$1/cmdline" && readlink -f "$path"
}

# What a command that was killed itself left running. A number may be another's by now, so the program must
# be the one that was noted.
process_end_leftovers() {
    local file pid program
    for file in "$JUSHA_STATE"/processes/*; do
        [[ -e $file ]] || continue
        read -r pid program <"$file"
        if [[ $(program_of "$pid") == "$program" ]]; then
            say "ending $(basename "$file") (process $pid), left by an earlier run"
            kill -TERM "$pid"
            wait_until "$STOP_SECONDS" pid_is_gone "$pid" || kill -KILL "$pid"
        fi
        rm -f "$file"
    done
}

# process_ready NAME PORT: waits for /readyz on its admin port, at most $READY_SECONDS.
readonly READY_SECONDS=30
process_answers_or_died() {
    ! process_runs "$1" || curl -fsS -m 2 -o /dev/null "http://127.0.0.1:$2/readyz" 2>/dev/null
}
process_ready() {
    local why
    if wait_until "$READY_SECONDS" process_answers_or_died "$1" "$2" && process_runs "$1"; then
        return
    fi
    why=$(curl -sS -m 2 "http://127.0.0.1:$2/readyz" 2>&1) || true
    say "$1 is not ready: $why"
    tail -20 "$(process_log "$1")"
    return 1
}
