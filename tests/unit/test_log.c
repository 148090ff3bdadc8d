/* SPDX-License-Identifier: Apache-2.0 */
/* test_log.c - lines as an operator reads them */
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <regex.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <unistr.h>
#include <cmocka.h>

#include "capture.h"
#include "libcommon/base/log.h"

enum { THREADS = 4, LINES = 200, BURST = 50, LONG = 1500, WAIT_MS = 30000 };

static struct capture capture;

static void log_one_of_each(void *argument)
{
    (void)argument;
    log_debug("hidden", "n=%d", 1);
    log_info("started", "port=%d name=%s", 5550, LOG_QUOTED("a \"b\"\\\n\x01z"));
    log_set_level(LOG_ERROR);
    log_warning("hidden", "n=%d", 2);
    log_error("broken", "reason=%s", LOG_QUOTED(NULL));
}

static void writes_logfmt_from_the_level_on(void **state)
{
    static const char expected[] =
        "^ts=[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z "
        "level=info event=started port=5550 name=\"a \\\\\"b\\\\\"\\\\\\\\\\\\n\\\\x01z\"\n"
        "ts=[^ ]+ level=error event=broken reason=\"\"\n$";
    regex_t pattern;

    (void)state;
    capture_run(log_one_of_each, NULL, &capture);
    assert_int_equal(capture.exit_code, 0);
    assert_int_equal(regcomp(&pattern, expected, REG_EXTENDED | REG_NOSUB), 0);
    if (regexec(&pattern, capture.err, 0, NULL, 0) != 0)
        fail_msg("wrote %s", capture.err);
    regfree(&pattern);
}

static int count(const char *text, const char *what)
{
    int found = 0;

    for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
        found++;
    return found;
}

/* Each kind has a budget of its own, or none. */
static void log_what_was_asked_for(void *argument)
{
    (void)argument;
    for (int i = 0; i < LINES; i++)
        log_line(LOG_TRACED, "request", "why=traced");
    log_info("request", "why=slow");
    for (int i = 0; i < 2 * BURST; i++)
        log_asked("request", "why=each");
}

static void gives_lines_that_callers_ask_for_no_other_lines_room(void **state)
{
    (void)state;
    capture_run(log_what_was_asked_for, NULL, &capture);
    assert_in_range(count(capture.err, "why=traced"), BURST, LINES - 1);
    assert_int_equal(count(capture.err, "why=slow"), 1);
    assert_int_equal(count(capture.err, "why=each"), 2 * BURST);
}

static void log_as_json(void *argument)
{
    (void)argument;
    log_set_format(LOG_JSON);
    log_info("started", "port=%d name=%s", 5550, LOG_QUOTED("a \"b\""));
}

static void writes_the_same_names_as_json(void **state)
{
    static const char expected[] =
        "^\\{\"ts\":\"[^\"]{24}\",\"level\":\"info\",\"event\":\"started\",\"port\":5550,"
        "\"name\":\"a \\\\\"b\\\\\"\"}\n$";
    regex_t pattern;

    (void)state;
    capture_run(log_as_json, NULL, &capture);
    assert_int_equal(regcomp(&pattern, expected, REG_EXTENDED | REG_NOSUB), 0);
    if (regexec(&pattern, capture.err, 0, NULL, 0) != 0)
        fail_msg("wrote %s", capture.err);
    regfree(&pattern);
}

static void log_long_line(void *argument)
{
    char text[6000];

    for (size_t i = 0; i + 3 < sizeof text; i += 3)
        memcpy(text + i, "聚", 3);
    text[sizeof text - 3] = '\0';
    log_info("long", "%.*stext=%s", *(int *)argument, "abc", text);
}

static void cuts_a_long_line_at_a_character_and_ends_it(void **state)
{
    (void)state;
    for (int shift = 0; shift < 3; shift++) {
        capture_run(log_long_line, &shift, &capture);
        size_t bytes = strlen(capture.err);
        assert_in_range(bytes, 1990, 2000);
        assert_int_equal(capture.err[bytes - 1], '\n');
        assert_null(u8_check((uint8_t *)capture.err, bytes));
    }
}

static void quotes_at_most_200_bytes_and_no_half_character(void **state)
{
    char controls[300], wide[1200];

    (void)state;
    memset(controls, 1, sizeof controls - 1);
    controls[sizeof controls - 1] = '\0';
    assert_int_equal(strlen(LOG_QUOTED(controls)), 200 * 4 + 2);

    for (size_t i = 0; i < sizeof wide; i += 4)
        memcpy(wide + i, "𠮷", 4);
    wide[sizeof wide - 1] = '\0';
    assert_int_equal(strlen(LOG_QUOTED(wide + 4)), 202);
    for (int shift = 1; shift < 4; shift++) {
        wide[0] = wide[1] = wide[2] = wide[3] = 'x';
        const char *quoted = LOG_QUOTED(wide + shift);
        assert_in_range(strlen(quoted), 199, 202);
        assert_null(u8_check((const uint8_t *)quoted, strlen(quoted)));
    }
}

static void *log_many(void *argument)
{
    for (int i = 0; i < LINES / THREADS; i++)
        log_info(argument, "line=%d end", i);
    return NULL;
}

static void log_from_threads(void *argument)
{
    static char names[THREADS][2] = {"a", "b", "c", "d"};
    pthread_t threads[THREADS];

    (void)argument;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, log_many, names[i]);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void never_mixes_lines_of_threads(void **state)
{
    int lines = 0;

    (void)state;
    capture_run(log_from_threads, NULL, &capture);
    for (char *line = strtok(capture.err, "\n"); line; line = strtok(NULL, "\n"), lines++) {
        assert_memory_equal(line, "ts=", 3);
        assert_string_equal(line + strlen(line) - 4, " end");
    }
    assert_int_equal(lines, LINES);
}

/* ---- too many of a kind ---- */

/* The number behind each `what`, added up. */
static int sum(const char *text, const char *what)
{
    int sum = 0;

    for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
        sum += atoi(at + strlen(what));
    return sum;
}

static void log_floods(void *argument)
{
    char copy[] = "flood"; /* an event is its name, not where that stands */

    (void)argument;
    for (int i = 0; i < 1000; i++)
        log_error(i % 2 ? "flood" : copy, "n=%d", i);
    for (int i = 0; i < BURST; i++)
        log_info("honest", "n=%d", i);
    exit(EXIT_SUCCESS);
}

static void log_deeds(void *argument)
{
    (void)argument;
    for (int i = 0; i < 4 * BURST; i++)
        log_audit("revealed", "n=%d", i);
}

static void limits_no_line_that_tells_who_did_what(void **state)
{
    (void)state;
    capture_run(log_deeds, NULL, &capture);
    assert_int_equal(count(capture.err, "level=audit event=revealed n="), 4 * BURST);
}

static void limits_each_event_for_itself_and_tells_how_many_at_the_end(void **state)
{
    (void)state;
    capture_run(log_floods, NULL, &capture);
    int floods = count(capture.err, "event=flood ");

    assert_in_range(floods, BURST, BURST + 20 * 2); /* some come back if this takes a second */
    assert_int_equal(count(capture.err, "event=honest "), BURST);
    assert_int_equal(sum(capture.err, "event=log_limited of=flood lines="), 1000 - floods);
}

enum {
    FLOOD = 10 * BURST
}; /* some of it is let through where logging takes long, as under valgrind */

static void log_a_flood_and_go_on(void *argument)
{
    (void)argument;
    for (int i = 0; i < FLOOD; i++)
        log_info("flood", "n=%d", i);
    for (int i = 0; i < 1000; i++) { /* a second's turns of a main loop */
        log_catch_up();
        usleep(2000);
    }
    log_info("after", "n=1");
}

static void tells_soon_though_nothing_else_is_logged(void **state)
{
    (void)state;
    capture_run(log_a_flood_and_go_on, NULL, &capture);
    const char *told = strstr(capture.err, "event=log_limited of=flood lines=");

    assert_non_null(told);
    assert_int_equal(count(capture.err, "event=flood ") +
                         sum(capture.err, "event=log_limited of=flood lines="),
                     FLOOD);
    assert_true(told < strstr(capture.err, "event=after"));
}

static void log_many_events(void *argument)
{
    static char names[1000][8];

    (void)argument;
    for (int i = 0; i < 1000; i++) {
        snprintf(names[i], sizeof names[i], "e%d", i);
        log_info(names[i], "n=1");
    }
    exit(EXIT_SUCCESS);
}

static void more_kinds_of_events_than_it_knows_share_one_budget(void **state)
{
    (void)state;
    capture_run(log_many_events, NULL, &capture);
    int told = sum(capture.err, "event=log_limited of=others lines=");

    assert_in_range(told, 1, 1000 - 256 - BURST);
    assert_int_equal(count(capture.err, "event=e") + told, 1000);
}

/* ---- nobody reads ---- */

static void open_pipe(int ends[2])
{
    assert_int_equal(pipe(ends), 0);
}

static void open_socket(int ends[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
}

static void open_terminal(int ends[2])
{
    struct termios raw;

    assert_int_equal(openpty(&ends[0], &ends[1], NULL, NULL, NULL), 0);
    tcgetattr(ends[1], &raw);
    cfmakeraw(&raw);
    tcsetattr(ends[1], TCSANOW, &raw);
}

static const struct kind {
    const char *name;
    void (*open)(int ends[2]); /* the reader's, the writer's */
    bool somebody_elses;       /* which this process may not open again */
} kinds[] = {
    {"pipe", open_pipe, false},
    {"socket", open_socket, false},
    {"terminal", open_terminal, false},
    {"somebody else's pipe", open_pipe, true},
};

/* More than any of them holds; then, when it is told that there is room, some more. */
static void log_into(int writer, int go, int said)
{
    static char names[32][8];
    char byte;

    dup2(writer, STDERR_FILENO);
    for (int i = 0; i < 32 * BURST; i++) {
        snprintf(names[i / BURST], sizeof names[0], "e%d", i / BURST);
        log_info(names[i / BURST], "text=%0*d.", LONG, 0);
    }
    (void)!write(said, "f", 1); /* full, and did not wait */
    (void)!read(go, &byte, 1);
    log_info("room", "n=1");
    _exit(EXIT_SUCCESS);
}

/* Adds what can be read now to text. */
static size_t drain(int fd, char *text, size_t used, size_t room)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    ssize_t n;

    while (used < room && poll(&ready, 1, 100) == 1 && (n = read(fd, text + used, room - used)) > 0)
        used += (size_t)n;
    text[used] = '\0';
    return used;
}

static bool says(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    char byte;

    return poll(&ready, 1, WAIT_MS) == 1 && read(fd, &byte, 1) == 1;
}

static void drops_and_counts_what(const struct kind *kind)
{
    static char text[4 * 1024 * 1024];
    char end[LONG + 3];
    int ends[2], go[2], said[2];

    kind->open(ends);
    open_pipe(go);
    open_pipe(said);
    pid_t child = fork();
    if (child == 0) {
        if (kind->somebody_elses && setresuid(65534, 65534, 65534) != 0)
            abort();
        log_into(ends[1], go[0], said[1]);
    }
    bool full = says(said[0]);
    if (!full)
        kill(child, SIGKILL);
    size_t size = drain(ends[0], text, 0, sizeof text - 1);
    assert_int_equal(write(go[1], "g", 1), 1);
    waitpid(child, NULL, 0);
    drain(ends[0], text, size, sizeof text - 1);
    for (int i = 0; i < 2; i++) {
        close(ends[i]);
        close(go[i]);
        close(said[i]);
    }
    if (!full)
        fail_msg("waited for a %s", kind->name);
    snprintf(end, sizeof end, "%0*d.\n", LONG, 0);
    int whole = count(text, end), dropped = sum(text, "event=log_dropped lines=");
    if (dropped == 0 || whole + dropped != 32 * BURST)
        fail_msg("%s: %d lines came, %d are said to be lost", kind->name, whole, dropped);
    assert_non_null(strstr(text, "event=room n=1\n"));
}

static void never_waits_for_a_reader_and_tells_what_was_lost(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!kinds[i].somebody_elses || getuid() == 0)
            drops_and_counts_what(&kinds[i]);
}

static void log_to_nobody(void *argument)
{
    int ends[2];

    (void)argument;
    open_pipe(ends);
    close(ends[0]);
    dup2(ends[1], STDERR_FILENO);
    log_error("lost", "n=1");
    close(STDERR_FILENO);
    log_error("lost", "n=2");
}

static void survives_a_reader_that_went_away(void **state)
{
    (void)state;
    capture_run(log_to_nobody, NULL, &capture);
    assert_int_equal(capture.exit_code, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_logfmt_from_the_level_on),
        cmocka_unit_test(writes_the_same_names_as_json),
        cmocka_unit_test(gives_lines_that_callers_ask_for_no_other_lines_room),
        cmocka_unit_test(cuts_a_long_line_at_a_character_and_ends_it),
        cmocka_unit_test(quotes_at_most_200_bytes_and_no_half_character),
        cmocka_unit_test(never_mixes_lines_of_threads),
        cmocka_unit_test(limits_no_line_that_tells_who_did_what),
        cmocka_unit_test(limits_each_event_for_itself_and_tells_how_many_at_the_end),
        cmocka_unit_test(tells_soon_though_nothing_else_is_logged),
        cmocka_unit_test(more_kinds_of_events_than_it_knows_share_one_budget),
        cmocka_unit_test(never_waits_for_a_reader_and_tells_what_was_lost),
        cmocka_unit_test(survives_a_reader_that_went_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
