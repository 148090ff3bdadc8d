/* SPDX-License-Identifier: Apache-2.0 */
/* test_keys.c - jusha keys: the files that it makes, and what it refuses */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>
#include <cmocka.h>

#include "bed.h"
#include "libcommon/base/mem.h"

static void makes_the_first_keys_once(void **state)
{
    struct bed *bed = *state;
    const char *folder = mem_printf(bed->memory, "%s/fresh", bed->folder);
    const char *secret = mem_printf(bed->memory, "%s/operator.key_secret", folder);
    struct certificate first, second;
    struct stat about;

    assert_int_equal(bed_run(bed, "keys", "init", "--folder", folder).code, 0);
    assert_int_equal(certificate_load(secret, &first), STATUS_OK);
    assert_int_equal(stat(secret, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    struct outcome again = bed_run(bed, "keys", "init", "--folder", folder);
    assert_int_equal(again.code, 0);
    assert_contains(again.out, "operator.key_secret is there");
    assert_int_equal(certificate_load(secret, &second), STATUS_OK);
    assert_string_equal(first.secret_key, second.secret_key);
    assert_contains(again.out, "registry.data_key is there");

    struct outcome list = bed_run(bed, "keys", "list", "--folder", folder);
    assert_int_equal(list.code, 0);
    assert_string_equal(list.out, "name          role      streets  secret  until\n"
                                  "broker        SERVICE            here    -\n"
                                  "notification  SERVICE   *        here    -\n"
                                  "operator      OPERATOR  *        here    -\n"
                                  "registry      SERVICE   *        here    -\n"
                                  "scheduling    SERVICE   *        here    -\n"
                                  "selection     SERVICE   *        here    -\n"
                                  "\n"
                                  "service       data keys\n"
                                  "notification  1\n"
                                  "registry      1\n"
                                  "scheduling    1\n"
                                  "selection     1\n");
    struct outcome json = bed_run(bed, "keys", "list", "--json", "--folder", folder);
    assert_contains(json.out, first.public_key);
    assert_null(strstr(json.out, first.secret_key));
}

static void renews_a_data_key(void **state)
{
    struct bed *bed = *state;
    const char *folder = mem_printf(bed->memory, "%s/renewed", bed->folder);
    const char *path = mem_printf(bed->memory, "%s/selection.data_key", folder);
    struct stat about;

    assert_int_equal(bed_run(bed, "keys", "init", "--folder", folder).code, 0);
    assert_int_equal(bed_run(bed, "keys", "renew", "selection", "--folder", folder).code, 0);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_size, 2 * 65);
    assert_int_equal(bed_run(bed, "keys", "renew", "operator", "--folder", folder).code, 2);
    assert_int_equal(bed_run(bed, "keys", "renew", "--folder", folder).code, 2);
}

/* Its owner has made it and keeps the secret. */
static void admits_a_key_and_refuses_typos(void **state)
{
    struct bed *bed = *state;
    const char *folder = mem_printf(bed->memory, "--folder=%s", bed->keys);
    const char *path = mem_printf(bed->memory, "%s/hall.key", bed->keys);
    char key[CURVE_TEXT + 1], secret[CURVE_TEXT + 1];
    struct certificate admitted;

    assert_int_equal(zmq_curve_keypair(key, secret), 0);
#define admit(name, key, folder)                                                                   \
    bed_run(bed, "keys", "admit", name, key, "--role=INTEGRATOR", "--streets=xiasha", folder)
    struct outcome made = admit("hall", key, folder);
    assert_int_equal(made.code, 0);
    assert_string_equal(made.out, mem_printf(bed->memory, "%s\n", path));
    assert_int_equal(certificate_load(path, &admitted), STATUS_OK);
    assert_string_equal(admitted.public_key, key);
    assert_string_equal(admitted.secret_key, "");
    assert_int_not_equal(access(mem_printf(bed->memory, "%s_secret", path), F_OK), 0);

    assert_contains(admit("hall-2", key, folder).err, "hall.key has this key already");
    assert_contains(admit("hall", secret, folder).err, "never overwritten");
    assert_int_equal(admit("Hall", secret, folder).code, 2);
    assert_int_equal(admit("hall-3", secret, "--folder=/typo").code, 2);
    assert_int_not_equal(access("/typo", F_OK), 0);
    key[0] = '-'; /* which Z85 knows, too */
    key[1] = 'z'; /* no option of ours */
    assert_int_equal(admit("dash", key, folder).code, 0);
    key[1] = '-';
    assert_int_equal(admit("dashes", key, folder).code, 0);
    key[7] = '"'; /* no character of Z85 */
    assert_contains(admit("hall-3", key, folder).err, "it may be mistyped or cut short");
    secret[CURVE_TEXT - 1] = '\0';
    assert_int_equal(admit("hall-3", secret, folder).code, 2);
#undef admit
}

/* A word of 40 characters that begins with '-' is a key, or it is an option with its value. */
static void tells_keys_from_options(void **state)
{
    struct bed *bed = *state;
    const char *folder = mem_printf(bed->memory, "--folder=%s", bed->keys);
    const char *nowhere = mem_printf(bed->memory, "-f/%0*d", CURVE_TEXT - 3, 0);
    char key[CURVE_TEXT + 1], secret[CURVE_TEXT + 1];

    assert_int_equal(strlen(nowhere), CURVE_TEXT);
    assert_contains(bed_run(bed, "keys", "list", nowhere).err, "000 is no folder that can be read");
    assert_contains(
        bed_run(bed, "keys", "create", "x", "--role=SHOP", "--streets=xiasha", nowhere).err,
        "000 is no folder");
    assert_int_equal(zmq_curve_keypair(key, secret), 0);
#define admit(name, ...)                                                                           \
    bed_run(bed, "keys", "admit", "--role=SHOP", "--streets=xiasha", __VA_ARGS__, "--", name, key)
    assert_contains(admit("hall", nowhere).err, "000 is no folder");
    for (const char *letters = "-frsz?"; *letters != '\0'; letters++) {
        const char *name = mem_printf(bed->memory, "key-%zu", strlen(letters));

        key[0] = '-';
        key[1] = *letters;
        assert_int_equal(admit(name, folder).code, 0);
    }
#undef admit
    key[1] = 'f';
    struct outcome unmarked =
        bed_run(bed, "keys", "admit", "shop", key, "--role=SHOP", "--streets=xiasha", folder);
    assert_int_equal(unmarked.code, 2);
    assert_contains(unmarked.err, "stands behind --");
}

static void makes_no_folder_for_a_key(void **state)
{
    struct bed *bed = *state;
    const char *typo = mem_printf(bed->memory, "%s/typo", bed->folder);
    struct outcome outcome =
        bed_run(bed, "keys", "create", "x", "--role=SHOP", "--streets=xiasha", "--folder", typo);

    assert_int_equal(outcome.code, 2);
    assert_contains(outcome.err, "typo is no folder");
    assert_int_not_equal(access(typo, F_OK), 0);
}

static void never_overwrites_a_key(void **state)
{
    struct bed *bed = *state;
    const char *const make[] = {"keys",      "create", "anna",     "--role",  "STREET_STAFF",
                                "--streets", "xiasha", "--folder", bed->keys, NULL};

    assert_int_equal(program_run(bed->memory, make).code, 0);
    struct outcome again = program_run(bed->memory, make);
    assert_int_equal(again.code, 1);
    assert_contains(again.err, "never overwritten");
    struct outcome bad = bed_run(bed, "keys", "create", "An na", "--role", "SHOP", "--streets",
                                 "xiasha", "--folder", bed->keys);
    assert_int_equal(bad.code, 2);
}

int main(void)
{
#define on_bed(test) cmocka_unit_test_setup_teardown(test, bed_fresh, bed_sweep)
    const struct CMUnitTest tests[] = {
        on_bed(makes_the_first_keys_once),      on_bed(renews_a_data_key),
        on_bed(admits_a_key_and_refuses_typos), on_bed(tells_keys_from_options),
        on_bed(makes_no_folder_for_a_key),      on_bed(never_overwrites_a_key),
    };
    return cmocka_run_group_tests(tests, bed_up, bed_down);
}
