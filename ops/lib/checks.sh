# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# checks.sh - the steps of ops/test, one function each
#
# Each runs in the checkout, talks to its log and answers with its exit code; 77 means skipped. ops/test, which sources
# this file, has the list of steps and sets $mode (quick, plain or long), $slowness (measure_slowness), $logs (a folder)
# and $counts, the file for the numbers of a step that runs many tests. A step that needs a build makes it, so each can
# run alone. They run under `set -e`, which calls in a condition (`f && g`, `if f`) would switch off within.

readonly SKIPPED=77

# How many times slower than a quiet machine of ours this one is now: the same work for every processor at once takes
# it 1.5 s. Rounded up, for it may get busier; what waits twice too long costs nothing where nothing is wrong.
measure_slowness() {
    local started=${EPOCHREALTIME/./} i pids=()
    for ((i = 0; i < $(nproc); i++)); do
        /usr/bin/python3 -c 'sum(i * i for i in range(20_000_000))' &
        pids+=($!)
    done
    wait "${pids[@]}"
    echo $((1 + (${EPOCHREALTIME/./} - started) / 2250000))
}

# build FOLDER CC [MESON-OPTION…] [-- TARGET…]: one at a time, as lanes share folders. gold links in a third of the
# time.
build() {
    local folder=$1 cc=$2 options=()
    shift 2
    while (($# > 0)) && [[ $1 != -- ]]; do
        options+=("$1")
        shift
    done
    (
        flock 9
        if [[ ! -e $folder/build.ninja ]]; then
            if command -v ld.gold >/dev/null; then export CC_LD=gold; fi
            CC=$cc meson setup "$folder" . "${options[@]}"
        fi
        ninja -C "$folder" "${@:2}"
    ) 9>"$logs/$(basename "$folder").lock"
}

# --quick and --long build all of it. Else what is delivered and what its tests need: what the sanitizers' build
# of the other tests stands for it.
build_gcc() {
    local targets
    if [[ $mode != plain ]]; then
        build build gcc
        return
    fi
    build build gcc -- programs faults
    mapfile -t targets < <(/usr/bin/python3 ops/lib/test_targets.py build plain valgrind)
    build build gcc -- "${targets[@]}" tests/broker/test_simulator
}

# The second compiler's build is the one with sanitizers, so that each file is compiled twice and not three times.
# Without optimisation it takes a third of the time, and UBSan sees what the optimiser would have removed.
asan_folder() {
    local known=build-asan/build.ninja
    [[ ! -e $known ]] || grep -qE "command = .*clang" "$known" || rm -rf build-asan # of another time
    build build-asan clang -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=0 -- "$@"
}
build_asan() { asan_folder; }

lint_contract() {
    node_modules/.bin/buf lint
    node_modules/.bin/buf format --diff --exit-code
}

breaking_changes() {
    local tag
    tag=$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null) || {
        echo "no release tag yet"
        return $SKIPPED
    }
    node_modules/.bin/buf breaking --against ".git#tag=$tag"
}

our_files() { find libcommon services ops tests -type f "$@"; }

check_format() {
    our_files -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
}

# Libraries (ops/lib/*.sh) are checked as part of the commands that source them.
check_shell() {
    local scripts
    mapfile -t scripts < <(grep -rlIE -m1 '^#!/bin/(ba)?sh' .ci libcommon ops proto services tests)
    shellcheck -x -a "${scripts[@]}"
}

check_python() { our_files -name '*.py' -exec pyflakes3 {} +; }

check_written() { tests/house/written.py; }

# run_due NAME SHARE OPTION… -- COMMAND…: for each file of standard input that is due, see lib/due.py. --long: for every
# file.
run_due() {
    local name=$1 how_many=(--share "$2")
    shift 2
    [[ $mode != long ]] || how_many=(--all)
    /usr/bin/python3 ops/lib/due.py "${how_many[@]}" --memory "$logs/$name.passed" "$@"
}

# cppcheck stops reading a file, without a word, at the #error with which generated code meets a library that it
# does not see, and takes the macros of lists and JSON loops for undefined variables: so it sees these headers.
run_cppcheck() {
    local headers=$logs/include header service beds=(-I tests/db)
    for service in $(ops/lib/services); do beds+=(-I "tests/db/$service"); done
    generated_headers
    mkdir -p "$headers"
    for header in protobuf-c jansson.h uthash.h utlist.h talloc.h cmocka.h; do
        ln -sfn "/usr/include/$header" "$headers/$header"
    done
    our_files -name '*.c' |
        run_due cppcheck 120 --include . --include build-asan --include build-asan/proto --also ops/lib/checks.sh -- \
            cppcheck --quiet --inline-suppr --error-exitcode=1 --suppress='*:build*/*' --suppress='nullPointerOutOfResources:tests/*' \
            --enable=warning,performance,portability -D_GNU_SOURCE -D__GNUC__=12 \
            -I . -I build-asan -I build-asan/proto -I build-asan/tests/unit "${beds[@]}" -I "$headers"
}

# With the second compiler's own warnings, for --quick does not build with it.
run_clang_tidy() {
    generated_headers
    our_files -name '*.c' |
        run_due tidy 30 --include . --include build-asan --include build-asan/proto --also .clang-tidy --also meson.build -- \
            clang-tidy --quiet -p build-asan
}
generated_headers() { asan_folder proto/types.c tests/unit/every_type.pb-c.h; }

# run_tests FOLDER LOG-NAME [MESON-TEST-OPTION…]: every program runs to its end, then each test is counted. Most of them
# wait most of the time, so more run at once than there are processors; MESON_TESTTHREADS says otherwise.
run_tests() {
    local folder=$1 name=$2 code=0
    shift 2
    rm -f "$folder/meson-logs/$name"*.json
    [[ $mode != long ]] || export JUSHA_TEST_WHOLE=1 # tests/db/reach_walk.h
    export MESON_TESTTHREADS=${MESON_TESTTHREADS:-$((2 * $(nproc)))}
    JUSHA_TEST_LANE=$name ops/lib/with-database meson test -C "$folder" --no-rebuild --logbase "$name" --print-errorlogs "$@" ||
        code=$?
    /usr/bin/python3 ops/lib/tally.py "$folder/meson-logs/$name"*.json >"$counts"
    return $code
}

# Beside the whole suite under sanitizers, the build that is delivered runs the tests of suite "plain": those that ask
# for its speed, its memory or its optimised code (a test's meson.build says why). --quick has no sanitizers, so it runs
# what is quick; --long runs all.
test_gcc() {
    local suites=(--suite plain)
    build_gcc
    case $mode in
    quick) suites=(--suite unit --suite cli --suite broker --suite ops --suite fuzz --suite db) ;;
    long) suites=() ;;
    esac
    run_tests build tests --timeout-multiplier $((2 * slowness)) "${suites[@]}"
}

test_asan() {
    export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1
    export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
    export LSAN_OPTIONS=suppressions=$checkout/tests/lsan.supp:print_suppressions=0
    build_asan
    run_tests build-asan asan --timeout-multiplier $((4 * slowness))
}

# All of the unit tests in --long; else without those that make up hundreds of thousands of inputs.
test_valgrind() {
    local suite=valgrind
    build_gcc
    [[ $mode != long ]] || suite=unit
    export MESON_TESTTHREADS
    MESON_TESTTHREADS=$(nproc) # here nothing waits
    run_tests build valgrind --suite "$suite" --timeout-multiplier $((20 * slowness)) \
        --wrapper 'valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect'
}

# The first 10,000 seeds in --long; else 4,000 that begin further on with each commit. A failure names its seed.
run_simulator() {
    local seeds=10000 first=1 parts part share pid failed=0 pids=()
    build_gcc
    if [[ $mode != long ]]; then
        seeds=4000
        first=$((1 + $(git rev-list --count HEAD) * seeds))
    fi
    parts=$(nproc)
    share=$(((seeds + parts - 1) / parts))
    for ((part = 0; part < parts; part++)); do
        build/tests/broker/test_simulator --first $((first + part * share)) --seeds "$share" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
    ((failed == 0))
}

test_docker() {
    build_gcc # its command line calls the stack from outside
    tests/docker/stack
}

test_backup() {
    build_gcc
    tests/docker/backup --long
}

test_roll() {
    build_gcc
    tests/docker/roll
}

run_main_job() { ops/run --once; }

# In all less than a minute of running, for what breaks at once; CI's longer target is ops/fuzz 60.
fuzz_a_little() { ops/fuzz 4; }

test_faults() {
    build_gcc
    ops/faults --smoke
}
