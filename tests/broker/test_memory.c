/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_memory.c - whatever one certificate sends, or does not take, a broker stays below 128 MiB
 *
 * test_memory PATH-OF-THE-BROKER PATH-OF-HOSTILE
 *
 * Each test has a fresh broker, several certificates that attack it at once by programs of their
 * own (tests/attack), an echo worker that goes on, and afterwards an honest caller that must be
 * served. The kernel says how much the broker ever had.
 */
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libcommon/base/mem.h"
#include "tests/broker/bed.h"

enum { RSS_KIB_MAX = 128 * 1024, SECONDS = 6, ATTACKERS_MAX = 4, ROUNDS_MAX = 8 };

static const char *hostile_program;

/* ---- attackers ---- */

struct attacker {
    pid_t pid;
    FILE *saw; /* its line of JSON */
};

static void exec_hostile(const struct bed *bed, const char *mode, const char *name, int output)
{
    char options[5][128];

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(output, STDOUT_FILENO);
    snprintf(options[0], sizeof options[0], "--mode=%s", mode);
    snprintf(options[1], sizeof options[1], "--port=%d", bed_port());
    snprintf(options[2], sizeof options[2], "--certificate=%s/%s.key_secret", bed->folder, name);
    snprintf(options[3], sizeof options[3], "--broker_key=%s/broker.key", bed->folder);
    snprintf(options[4], sizeof options[4], "--seconds=%d", SECONDS);
    execl(hostile_program, hostile_program, options[0], options[1], options[2], options[3],
          options[4], "--turn_ms=3600000", NULL);
    _exit(127);
}

static struct attacker attack(const struct bed *bed, const char *mode, const char *name)
{
    struct attacker attacker = {.saw = tmpfile()};

    assert_non_null(attacker.saw);
    attacker.pid = fork();
    assert_int_not_equal(attacker.pid, -1);
    if (attacker.pid == 0)
        exec_hostile(bed, mode, name, fileno(attacker.saw));
    return attacker;
}

/* How many messages it sent. The echo worker does its work meanwhile. */
static long long await(struct bed *bed, struct attacker *attacker)
{
    struct frames frames = {0};
    void *nobody = zmq_socket(bed->context, ZMQ_DEALER);
    int status = -1;

    while (waitpid(attacker->pid, &status, WNOHANG) == 0)
        assert_false(bed_receive(bed, nobody, 100, &frames));
    zmq_close(nobody);
    assert_int_equal(status, 0);
    rewind(attacker->saw);
    json_t *saw = json_loadf(attacker->saw, 0, NULL);
    assert_non_null(saw);
    long long sent = json_integer_value(json_object_get(saw, "sent"));

    assert_int_equal(json_integer_value(json_object_get(saw, "strange")), 0);
    json_decref(saw);
    fclose(attacker->saw);
    return sent;
}

/* ---- memory ---- */

static long peak_kib(const struct bed *bed)
{
    char path[64], line[256];
    long kib = -1;

    snprintf(path, sizeof path, "/proc/%d/status", (int)bed->broker);
    FILE *status = fopen(path, "re");

    assert_non_null(status);
    while (kib == -1 && fgets(line, sizeof line, status))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    fclose(status);
    return kib;
}

/* All of them at once, adds how many messages each sent; true if each has sent so many. */
static bool attack_once(struct bed *bed, const char *mode, const char *const *names,
                        long long at_least, long long sent[static ATTACKERS_MAX])
{
    struct attacker attackers[ATTACKERS_MAX];
    bool enough = true;

    for (size_t i = 0; names[i]; i++)
        attackers[i] = attack(bed, mode, names[i]);
    for (size_t i = 0; names[i]; i++) {
        sent[i] += await(bed, &attackers[i]);
        enough = enough && sent[i] >= at_least;
    }
    return enough;
}

/* at_least: messages that each must have brought out, or it was no attack; a slow machine takes
 * several rounds. */
static void assert_bounded(struct bed *bed, const char *mode, const char *const *names,
                           long long at_least)
{
    long long sent[ATTACKERS_MAX] = {0};
    int rounds = 0;

    while (!attack_once(bed, mode, names, at_least, sent) && ++rounds < ROUNDS_MAX)
        ;
    for (size_t i = 0; names[i]; i++)
        if (sent[i] < at_least)
            fail_msg("%s sent %lld messages only", names[i], sent[i]);
    long kib = peak_kib(bed);

    print_message("%s: %ld KiB at the most\n", mode, kib);
    assert_in_range(kib, 1, RSS_KIB_MAX);
    assert_echo_serves(bed);
}
#define ASSERT_BOUNDED(bed, mode, at_least, ...)                                                   \
    assert_bounded(bed, mode, (const char *const[]){__VA_ARGS__, NULL}, at_least)

/* ---- tests ---- */

/* 200 bytes each: 20 MB and more. */
static void keeps_nothing_of_refused_follows(void **state)
{
    ASSERT_BOUNDED(*state, "follow", 100000, "office", "hooks");
}

static void forgets_answers_about_itself_that_nobody_takes(void **state)
{
    ASSERT_BOUNDED(*state, "mmi", 10000, "hooks", "office", "operator");
}

static void echoes_no_long_name(void **state)
{
    ASSERT_BOUNDED(*state, "echo", 400, "hooks", "office", "operator");
}

/* 16 connections of 100 and more requests of 250 KB each. */
static void bounds_the_bytes_that_wait_for_a_service_that_is_away(void **state)
{
    ASSERT_BOUNDED(*state, "away", 400, "hooks", "office", "operator");
}

static void bounds_the_bytes_of_answers_that_nobody_takes(void **state)
{
    ASSERT_BOUNDED(*state, "untaken", 200, "hooks", "office", "operator");
}

/* Frames of one message without end: libzmq counts messages. */
static void cuts_off_whoever_never_ends_a_message(void **state)
{
    ASSERT_BOUNDED(*state, "endless", 100, "hooks", "office", "foreign");
}

/* Of two that hold one routing id libzmq takes what the second one says, and shows it to nobody. */
static void keeps_nothing_of_whoever_claims_what_is_taken(void **state)
{
    ASSERT_BOUNDED(*state, "duplicate", 100, "hooks", "office", "foreign");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keeps_nothing_of_refused_follows, bed_up, bed_down),
        cmocka_unit_test_setup_teardown(forgets_answers_about_itself_that_nobody_takes, bed_up,
                                        bed_down),
        cmocka_unit_test_setup_teardown(echoes_no_long_name, bed_up, bed_down),
        cmocka_unit_test_setup_teardown(bounds_the_bytes_that_wait_for_a_service_that_is_away,
                                        bed_up, bed_down),
        cmocka_unit_test_setup_teardown(bounds_the_bytes_of_answers_that_nobody_takes, bed_up,
                                        bed_down),
        cmocka_unit_test_setup_teardown(cuts_off_whoever_never_ends_a_message, bed_up, bed_down),
        cmocka_unit_test_setup_teardown(keeps_nothing_of_whoever_claims_what_is_taken, bed_up,
                                        bed_down),
    };

    if (argc < 3) {
        fputs("test_memory: say where the broker and hostile are\n", stderr);
        return 2;
    }
    bed_program = argv[1];
    hostile_program = argv[2];
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
