# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# checks.sh - the steps of ops/test, one function each
#
# Each runs in the checkout, talks to its log and answers with its exit code; 77 means skipped. $counts is the file
# for the numbers of a step that runs many tests. A step that needs a build makes it, so each can run alone. They run
# under `set -e`, which calls in a condition (`f && g`, `if f`) would switch off within.

readonly SKIPPED=77 SEEDS=10000 SIMULATOR_SECONDS=60

# build FOLDER CC [MESON-OPTION…]
build() {
    local folder=$1 cc=$2
    shift 2
    if [[ ! -e $folder/build.ninja ]]; then
        CC=$cc meson setup "$folder" . "$@"
    fi
    ninja -C "$folder"
}
build_gcc() { build build gcc; }
build_clang() { build build-clang clang; }
build_asan() { build build-asan gcc -Db_sanitize=address,undefined; }

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

# cppcheck stops reading a file, without a word, at the #error with which generated code meets a library that it
# does not see, and takes the macros of lists and JSON loops for undefined variables: so it sees these headers.
run_cppcheck() {
    local headers=$logs/include header
    build_gcc # the contract's headers must be there
    mkdir -p "$headers"
    for header in protobuf-c jansson.h uthash.h utlist.h talloc.h cmocka.h; do
        ln -sfn "/usr/include/$header" "$headers/$header"
    done
    cppcheck --quiet -j "$(nproc)" --inline-suppr --error-exitcode=1 --suppress='*:build/*' --suppress='nullPointerOutOfResources:tests/*' \
        --enable=warning,performance,portability -D_GNU_SOURCE -D__GNUC__=12 \
        -I . -I build/proto -I build/tests/unit -I "$headers" libcommon services ops tests
}

run_clang_tidy() {
    build_clang # the contract's headers must be there
    our_files -name '*.c' -print0 | xargs -0 -n 1 -P "$(nproc)" clang-tidy --quiet -p build-clang
}

# run_tests FOLDER LOG-NAME [MESON-TEST-OPTION…]: every program runs to its end, then each test is counted.
run_tests() {
    local folder=$1 name=$2 code=0
    shift 2
    rm -f "$folder/meson-logs/$name"*.json
    ops/lib/with-database meson test -C "$folder" --no-rebuild --logbase "$name" --print-errorlogs "$@" || code=$?
    /usr/bin/python3 ops/lib/tally.py "$folder/meson-logs/$name"*.json >"$counts"
    return $code
}

test_gcc() {
    build_gcc
    run_tests build tests
}

test_asan() {
    export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1
    export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 LSAN_OPTIONS=suppressions=$checkout/tests/lsan.supp:print_suppressions=0
    build_asan
    run_tests build-asan asan --timeout-multiplier 4
}

test_valgrind() {
    build_gcc
    run_tests build unit --suite unit --timeout-multiplier 20 \
        --wrapper 'valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect'
}

run_simulator() {
    local end=$SECONDS parts part share pid failed=0 pids=()
    build_gcc
    parts=$(nproc)
    share=$((SEEDS / parts))
    for ((part = 0; part < parts; part++)); do
        build/tests/broker/test_simulator --first $((part * share + 1)) \
            --seeds $((part < parts - 1 ? share : SEEDS - part * share)) &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
    echo "$SEEDS seeds in $((SECONDS - end)) s"
    ((failed == 0 && SECONDS - end <= SIMULATOR_SECONDS))
}

test_docker() {
    build_gcc # its command line calls the stack from outside
    tests/docker/stack
}

run_main_job() { ops/run --once; }

# In all less than a minute of running, for what breaks at once; CI's longer target is ops/fuzz 60.
fuzz_a_little() { ops/fuzz 4; }

test_faults() { ops/faults --smoke; }
