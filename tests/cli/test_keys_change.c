/* SPDX-License-Identifier: Apache-2.0 */
/* test_keys_change.c - jusha keys: what ends, rotates or is revoked, and the audit */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>
#include <cmocka.h>

#include "bed.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/revoked.h"

enum { KILLS = 24, AT_ONCE = 4 };

/* ---- a folder for each test ---- */

static const char *folder; /* "--folder=…" */
static const char *dir;

static int folder_up(void **state)
{
    static int count;

    bed_fresh(state);
    struct bed *bed = *state;

    dir = mem_printf(bed->memory, "%s/change-%d", bed->folder, ++count);
    folder = mem_printf(bed->memory, "--folder=%s", dir);
    return mkdir(dir, 0700);
}

#define keys(bed, ...) bed_run(bed, "keys", __VA_ARGS__, folder)

static void create(struct bed *bed, const char *name)
{
    assert_int_equal(keys(bed, "create", name, "--role=SHOP", "--streets=xiasha").code, 0);
}

static const char *path_of(struct bed *bed, const char *file)
{
    return mem_printf(bed->memory, "%s/%s", dir, file);
}

static bool has(struct bed *bed, const char *file)
{
    return access(path_of(bed, file), F_OK) == 0;
}

static struct certificate read_one(struct bed *bed, const char *file)
{
    struct certificate read;
    const char *why;

    if (certificate_read(path_of(bed, file), &read, &why) != STATUS_OK)
        fail_msg("%s: %s", file, why);
    return read;
}

static const char *in_days(struct bed *bed, int64_t days)
{
    char text[CLOCK_TEXT];

    assert_true(clock_format(clock_unix_us() / 1000000 + days * 24 * 60 * 60, 0, text));
    return mem_printf(bed->memory, "%.10s", text);
}

static const char *content(struct bed *bed, const char *file)
{
    char *text = mem_array(bed->memory, char, 16 * 1024);
    FILE *opened = fopen(path_of(bed, file), "r");

    assert_non_null(opened);
    text[fread(text, 1, 16 * 1024 - 1, opened)] = '\0';
    fclose(opened);
    return text;
}

/* As a backup does that is put back. */
static void put_back(struct bed *bed, const char *file, const char *text)
{
    FILE *opened = fopen(path_of(bed, file), "w");

    assert_non_null(opened);
    fputs(text, opened);
    fclose(opened);
}

/* ---- the end ---- */

static void makes_a_certificate_that_ends(void **state)
{
    struct bed *bed = *state;
    const char *soon = in_days(bed, 20);

    assert_int_equal(keys(bed, "create", "anna", "--role=SHOP", "--streets=xiasha",
                          mem_printf(bed->memory, "--until=%s", soon))
                         .code,
                     0);
    assert_string_equal(read_one(bed, "anna.key").until, soon);
    assert_contains(keys(bed, "list").out, mem_printf(bed->memory, "%s, in 20 days", soon));
    assert_contains(keys(bed, "list", "--json").out, "\"state\":\"EXPIRES\"");

    struct certificate over = read_one(bed, "anna.key");
    snprintf(over.until, sizeof over.until, "%s", in_days(bed, -1));
    assert_int_equal(certificate_replace(dir, "anna.key", &over), STATUS_OK);
    assert_contains(keys(bed, "list").out, "expired");
    assert_contains(keys(bed, "list", "--json").out, "\"state\":\"EXPIRED\"");
    assert_contains(keys(bed, "rotate", "anna").err, "--until gives the new key another last day");
    assert_false(has(bed, "anna.next.key_secret"));
}

static void refuses_days_that_are_none_or_over(void **state)
{
    struct bed *bed = *state;
    static const char *const bad[] = {"--until=2027-02-29", "--until=soon",
                                      "--until=",           "--until=2020-01-01",
                                      "--until=27-02-28",   "--until=9999-01-01"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct outcome outcome =
            keys(bed, "create", "anna", "--role=SHOP", "--streets=xiasha", bad[i]);

        if (outcome.code != 2)
            fail_msg("%s: %d", bad[i], outcome.code);
        assert_contains(outcome.err, "--until");
    }
    assert_false(has(bed, "anna.key"));
}

/* ---- rotating ---- */

static void both_keys_count_after_a_rotation(void **state)
{
    struct bed *bed = *state;

    create(bed, "anna");
    struct certificate before = read_one(bed, "anna.key_secret");

    assert_int_equal(keys(bed, "rotate", "anna", "--keep=14").code, 0);
    struct certificate now = read_one(bed, "anna.key_secret"), old = read_one(bed, "anna.old.key");

    assert_string_not_equal(now.secret_key, before.secret_key);
    assert_string_equal(read_one(bed, "anna.key").public_key, now.public_key);
    assert_string_equal(read_one(bed, "anna.key").streets, "xiasha");
    assert_string_equal(old.public_key, before.public_key);
    assert_string_equal(old.name, "anna");
    assert_string_equal(old.until, in_days(bed, 14));
    assert_string_equal(read_one(bed, "anna.old.key_secret").secret_key, before.secret_key);
    assert_false(has(bed, "anna.next.key_secret"));
    assert_contains(keys(bed, "rotate", "anna").err, "a certificate has two keys at most");
}

static void rotates_to_a_key_that_its_owner_made(void **state)
{
    struct bed *bed = *state;
    char key[CURVE_TEXT + 1], secret[CURVE_TEXT + 1];

    do
        assert_int_equal(zmq_curve_keypair(key, secret), 0);
    while (key[0] == '-');
    create(bed, "anna");
    struct certificate before = read_one(bed, "anna.key");

    assert_int_equal(keys(bed, "rotate", "anna", "short").code, 2);
    assert_contains(keys(bed, "rotate", "anna", before.public_key).err, "has this key already");
    assert_int_equal(keys(bed, "rotate", "anna", key).code, 0);
    assert_string_equal(read_one(bed, "anna.key").public_key, key);
    assert_string_equal(read_one(bed, "anna.old.key").public_key, before.public_key);
    assert_false(has(bed, "anna.key_secret")); /* it is at its owner's */
}

static void refuses_to_rotate_what_it_cannot(void **state)
{
    struct bed *bed = *state;

    create(bed, "anna");
    assert_int_equal(keys(bed, "rotate").code, 2);
    assert_int_equal(keys(bed, "rotate", "An na").code, 2);
    assert_int_equal(keys(bed, "rotate", "berta").code, 1);
    assert_int_equal(keys(bed, "rotate", "anna", "--keep=0").code, 2);
    assert_int_equal(keys(bed, "rotate", "anna", "--keep=91").code, 2);
    assert_contains(keys(bed, "rotate", "anna", "--role=SHOP").err, "does not take --role");
    assert_int_equal(keys(bed, "create", "anna.old", "--role=SHOP", "--streets=xiasha").code, 2);
}

/* Whatever is there: somebody is known by each key that a program may have read. */
static void assert_whole(struct bed *bed, const char *name)
{
    struct certificate secret = read_one(bed, mem_printf(bed->memory, "%s.key_secret", name)),
                       public = read_one(bed, mem_printf(bed->memory, "%s.key", name));
    const char *old = mem_printf(bed->memory, "%s.old.key", name);
    bool is_public = strcmp(secret.public_key, public.public_key) == 0;

    assert_true(is_public || strcmp(secret.public_key, read_one(bed, old).public_key) == 0);
}

static void a_killed_rotation_leaves_whole_files_and_goes_on(void **state)
{
    struct bed *bed = *state;

    for (int i = 0; i < KILLS; i++) {
        const char *name = mem_printf(bed->memory, "k%d", i);
        const char *const words[] = {"keys", "rotate", name, folder, NULL};

        create(bed, name);
        struct certificate before = read_one(bed, mem_printf(bed->memory, "%s.key", name));
        struct running *running = program_start(bed->memory, words);

        usleep((useconds_t)i * 1000);
        program_end(bed->memory, running, SIGKILL);
        assert_whole(bed, name);
        program_run(bed->memory, words); /* done already: it says so */
        assert_whole(bed, name);
        assert_string_equal(read_one(bed, mem_printf(bed->memory, "%s.old.key", name)).public_key,
                            before.public_key);
        assert_false(has(bed, mem_printf(bed->memory, "%s.next.key_secret", name)));
    }
}

static void one_of_several_rotations_at_once_is_done(void **state)
{
    struct bed *bed = *state;
    const char *const words[] = {"keys", "rotate", "anna", folder, NULL};
    struct running *running[AT_ONCE];
    int done = 0;

    create(bed, "anna");
    struct certificate before = read_one(bed, "anna.key");

    for (int i = 0; i < AT_ONCE; i++)
        running[i] = program_start(bed->memory, words);
    for (int i = 0; i < AT_ONCE; i++)
        done += program_end(bed->memory, running[i], 0).code == 0;
    assert_int_equal(done, 1);
    assert_string_equal(read_one(bed, "anna.old.key").public_key, before.public_key);
    assert_whole(bed, "anna");
}

/* ---- the brokers' own key ---- */

static void brokers_change_their_key_in_three_steps(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(keys(bed, "init").code, 0);
    struct certificate first = read_one(bed, "broker.key_secret");

    assert_contains(keys(bed, "rotate", "broker", "--finish").err, "no next key");
    assert_contains(keys(bed, "rotate", "broker", "--forget").err, "no last key");
    assert_int_equal(keys(bed, "rotate", "broker").code, 0);
    struct certificate known = read_one(bed, "broker.key");

    assert_string_equal(known.public_key, first.public_key);
    assert_string_equal(read_one(bed, "broker.key_secret").secret_key, first.secret_key);
    assert_string_equal(known.next_key, read_one(bed, "broker.next.key_secret").public_key);
    assert_contains(keys(bed, "rotate", "broker").err, "made already");

    assert_int_equal(keys(bed, "rotate", "broker", "--finish", "--keep=3").code, 0);
    struct certificate after = read_one(bed, "broker.key");

    assert_string_equal(after.public_key, known.next_key);
    assert_string_equal(after.next_key, "");
    assert_string_equal(after.last_key, first.public_key);
    assert_string_equal(after.last_until, in_days(bed, 3));
    assert_string_equal(read_one(bed, "broker.key_secret").public_key, known.next_key);
    assert_string_equal(read_one(bed, "broker.old.key_secret").secret_key, first.secret_key);
    assert_contains(keys(bed, "rotate", "broker", "--finish").err, "no next key");
    assert_contains(keys(bed, "rotate", "broker").err, "still counts until");

    assert_int_equal(keys(bed, "rotate", "broker", "--forget").code, 0);
    assert_string_equal(read_one(bed, "broker.key").last_key, "");
    assert_false(has(bed, "broker.old.key_secret"));
    assert_int_equal(keys(bed, "rotate", "broker", "--until=2199-01-01").code, 2);
    assert_int_equal(keys(bed, "rotate", "operator", "--finish").code, 2);
}

/* Programs know the key of the secret that brokers would be started with, whenever. */
static void a_killed_finish_leaves_brokers_known_and_goes_on(void **state)
{
    struct bed *bed = *state;
    const char *const words[] = {"keys", "rotate", "broker", "--finish", folder, NULL};

    assert_int_equal(keys(bed, "init").code, 0);
    for (int i = 0; i < KILLS / 2; i++) {
        assert_int_equal(keys(bed, "rotate", "broker").code, 0);
        struct running *running = program_start(bed->memory, words);

        usleep((useconds_t)i * 2000);
        program_end(bed->memory, running, SIGKILL);
        struct certificate secret = read_one(bed, "broker.key_secret"),
                           known = read_one(bed, "broker.key");

        assert_true(strcmp(secret.public_key, known.public_key) == 0 ||
                    strcmp(secret.public_key, known.next_key) == 0 ||
                    strcmp(secret.public_key, known.last_key) == 0);
        program_run(bed->memory, words);
        assert_string_equal(read_one(bed, "broker.key_secret").public_key,
                            read_one(bed, "broker.key").public_key);
        assert_int_equal(keys(bed, "rotate", "broker", "--forget").code, 0);
    }
}

/* ---- revoking ---- */

static void a_revoked_name_is_gone_with_all_its_keys(void **state)
{
    struct bed *bed = *state;

    create(bed, "anna");
    struct certificate former = read_one(bed, "anna.key");
    const char *copy = content(bed, "anna.key");

    assert_int_equal(keys(bed, "rotate", "anna").code, 0);
    struct certificate present = read_one(bed, "anna.key");

    assert_int_equal(keys(bed, "revoke", "anna").code, 0);
    static const char *const files[] = {"anna.key", "anna.key_secret", "anna.old.key",
                                        "anna.old.key_secret"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_false(has(bed, files[i]));
    assert_contains(content(bed, "revoked"),
                    mem_printf(bed->memory, "%s anna %s\n", former.public_key, in_days(bed, 0)));
    assert_contains(content(bed, "revoked"), present.public_key);

    put_back(bed, "anna.key", copy);
    assert_contains(keys(bed, "list").out, "revoked");
    assert_contains(keys(bed, "rotate", "anna").err, "this key was revoked");
    assert_int_equal(keys(bed, "revoke", "anna").code, 0); /* again, and not twice in the file */
    assert_false(has(bed, "anna.key"));
    assert_null(strstr(strstr(content(bed, "revoked"), former.public_key) + 1, former.public_key));
}

static void a_revoked_key_is_not_admitted_nor_its_name_made_without_a_word(void **state)
{
    struct bed *bed = *state;
    char key[CURVE_TEXT + 1], secret[CURVE_TEXT + 1];

    do {
        assert_int_equal(zmq_curve_keypair(key, secret), 0);
    } while (key[0] == '-');
#define admit(...) keys(bed, "admit", __VA_ARGS__, key, "--role=SHOP", "--streets=xiasha")
    assert_int_equal(admit("hall").code, 0);
    assert_int_equal(keys(bed, "revoke", "hall").code, 0);
    assert_contains(admit("hall").err, "this key was revoked");
    assert_contains(admit("other").err, "this key was revoked");
    assert_contains(admit("hall", "--again").err, "this key was revoked");
#undef admit
    assert_contains(keys(bed, "create", "hall", "--role=SHOP", "--streets=xiasha").err, "--again");
    assert_int_equal(keys(bed, "create", "hall", "--role=SHOP", "--streets=xiasha", "--again").code,
                     0);
}

static void a_key_without_a_file_is_revoked_by_itself(void **state)
{
    struct bed *bed = *state;

    create(bed, "anna");
    struct certificate lost = read_one(bed, "anna.key");

    assert_int_equal(unlink(path_of(bed, "anna.key")), 0);
    assert_int_equal(unlink(path_of(bed, "anna.key_secret")), 0);
    assert_contains(keys(bed, "revoke", "anna").err, "revoked by its PUBLICKEY");
    assert_int_equal(keys(bed, "revoke", "anna", "typo").code, 2);
    const char *const words[] = {"keys", "revoke", folder, "--", "anna", lost.public_key, NULL};
    assert_int_equal(program_run(bed->memory, words).code, 0);
    assert_contains(content(bed, "revoked"), lost.public_key);
}

static void the_last_of_its_kind_stays_unless_forced(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(keys(bed, "init").code, 0);
    assert_contains(keys(bed, "revoke", "operator").err, "the only OPERATOR");
    assert_contains(keys(bed, "revoke", "registry").err, "--force");
    assert_contains(keys(bed, "revoke", "broker", "--force").err, "keys rotate broker");
    assert_int_equal(keys(bed, "create", "second", "--role=OPERATOR", "--streets=*").code, 0);
    assert_int_equal(keys(bed, "revoke", "operator").code, 0);
    assert_contains(keys(bed, "revoke", "second").err, "the only OPERATOR");
    assert_int_equal(keys(bed, "revoke", "second", "--force").code, 0);

    struct outcome init = keys(bed, "init");
    assert_int_equal(init.code, 0);
    assert_contains(init.err, "operator was revoked");
    assert_false(has(bed, "operator.key"));
    assert_int_equal(keys(bed, "init", "--again").code, 0);
    assert_true(has(bed, "operator.key"));
}

static void revocations_at_once_are_all_there(void **state)
{
    struct bed *bed = *state;
    struct running *running[AT_ONCE];
    struct certificate gone[AT_ONCE];

    for (int i = 0; i < AT_ONCE; i++) {
        const char *name = mem_printf(bed->memory, "n%d", i);

        create(bed, name);
        gone[i] = read_one(bed, mem_printf(bed->memory, "%s.key", name));
    }
    for (int i = 0; i < AT_ONCE; i++)
        running[i] = program_start(
            bed->memory, (const char *const[]){"keys", "revoke", mem_printf(bed->memory, "n%d", i),
                                               folder, NULL});
    for (int i = 0; i < AT_ONCE; i++)
        assert_int_equal(program_end(bed->memory, running[i], 0).code, 0);
    for (int i = 0; i < AT_ONCE; i++)
        assert_contains(content(bed, "revoked"), gone[i].public_key);
}

/* ---- the audit ---- */

static void notes_every_change_for_its_owner_alone(void **state)
{
    static const char *const events[] = {"event=key_created",  "event=key_renewed",
                                         "event=key_rotated",  "event=key_former",
                                         "event=key_admitted", "event=key_revoked"};
    struct bed *bed = *state;
    struct stat about;

    assert_int_equal(keys(bed, "init").code, 0);
    create(bed, "anna");
    assert_int_equal(keys(bed, "rotate", "anna").code, 0);
    assert_int_equal(keys(bed, "admit", "hall", "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID",
                          "--role=SHOP", "--streets=xiasha")
                         .code,
                     0);
    assert_int_equal(keys(bed, "revoke", "anna").code, 0);
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        assert_contains(content(bed, "audit.log"), events[i]);
    assert_contains(content(bed, "audit.log"), "who=");
    assert_contains(content(bed, "audit.log"), "name=hall role=SHOP streets=\"xiasha\"");
    assert_int_equal(stat(path_of(bed, "audit.log"), &about), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
}

static void says_that_a_change_could_not_be_noted(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(mkdir(path_of(bed, "audit.log"), 0700), 0);
    struct outcome outcome = keys(bed, "create", "anna", "--role=SHOP", "--streets=xiasha");

    assert_int_equal(outcome.code, 4);
    assert_contains(outcome.err, "it was done, but");
    assert_true(has(bed, "anna.key"));
}

int main(void)
{
#define in_folder(test) cmocka_unit_test_setup_teardown(test, folder_up, bed_sweep)
    const struct CMUnitTest tests[] = {
        in_folder(makes_a_certificate_that_ends),
        in_folder(refuses_days_that_are_none_or_over),
        in_folder(both_keys_count_after_a_rotation),
        in_folder(rotates_to_a_key_that_its_owner_made),
        in_folder(refuses_to_rotate_what_it_cannot),
        in_folder(a_killed_rotation_leaves_whole_files_and_goes_on),
        in_folder(one_of_several_rotations_at_once_is_done),
        in_folder(brokers_change_their_key_in_three_steps),
        in_folder(a_killed_finish_leaves_brokers_known_and_goes_on),
        in_folder(a_revoked_name_is_gone_with_all_its_keys),
        in_folder(a_revoked_key_is_not_admitted_nor_its_name_made_without_a_word),
        in_folder(a_key_without_a_file_is_revoked_by_itself),
        in_folder(the_last_of_its_kind_stays_unless_forced),
        in_folder(revocations_at_once_are_all_there),
        in_folder(notes_every_change_for_its_owner_alone),
        in_folder(says_that_a_change_could_not_be_noted),
    };

    return cmocka_run_group_tests(tests, bed_up, bed_down);
}
