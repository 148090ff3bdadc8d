/* SPDX-License-Identifier: Apache-2.0 */
/* test_certificate.c - certificate files, good and bad */
#include "bed.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[40], path[200];

static const char *in_folder(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int remove_one(const char *file, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(file);
}

static int folder_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s", "/tmp/jusha-certificate-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int folder_down(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void write_file(const char *name, const void *text, size_t size)
{
    FILE *file = fopen(in_folder(name), "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static char *read_file(const char *name)
{
    static char text[4096];
    FILE *file = fopen(in_folder(name), "r");

    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static mode_t mode_of(const char *file)
{
    struct stat st;

    assert_int_equal(stat(file, &st), 0);
    return st.st_mode & 07777;
}

static void writes_a_pair_of_files_and_reads_it_back(void **state)
{
    struct certificate made, public, secret;
    char sub[60];

    (void)state;
    umask(0);
    snprintf(sub, sizeof sub, "%s/keys", folder);
    assert_int_equal(
        certificate_create(sub, "registry-1.a_b", BUS__ROLE__ROLE_SERVICE, "xiasha yanlan", &made),
        STATUS_OK);
    assert_int_equal(mode_of(sub), 0700);
    assert_int_equal(mode_of(in_folder("keys/registry-1.a_b.key")), 0644);
    assert_int_equal(certificate_load(path, &public), STATUS_OK);
    assert_int_equal(mode_of(in_folder("keys/registry-1.a_b.key_secret")), 0600);
    assert_int_equal(certificate_load(path, &secret), STATUS_OK);
    assert_memory_equal(&secret, &made, sizeof made);
    assert_text(public.name, "registry-1.a_b");
    assert_int_equal(public.role, BUS__ROLE__ROLE_SERVICE);
    assert_text(public.streets, "xiasha yanlan");
    assert_text(public.public_key, made.public_key);
    assert_text(public.secret_key, "");
    assert_null(strstr(read_file("keys/registry-1.a_b.key"), made.secret_key));
    assert_non_null(strstr(read_file("keys/registry-1.a_b.key_secret"), made.secret_key));
}

static void never_overwrites_a_key(void **state)
{
    static const char *const taken[] = {"one.key", "one.key_secret"};
    struct certificate made;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        write_file(taken[i], "mine", 4);
        assert_int_equal(certificate_create(folder, "one", BUS__ROLE__ROLE_OPERATOR, "*", &made),
                         STATUS_ALREADY_EXISTS);
        assert_text(read_file(taken[i]), "mine");
        assert_int_equal(unlink(in_folder(taken[i])), 0);
        assert_int_equal(access(in_folder(taken[!i]), F_OK), -1); /* no half pair either */
    }
    assert_int_equal(rmdir(folder), 0); /* and no temporary file */
    assert_int_equal(mkdir(folder, 0700), 0);
}

static void refuses_to_make_what_is_no_certificate(void **state)
{
    static const struct {
        const char *name;
        Bus__Role role;
        const char *streets;
    } bad[] = {
        {"", BUS__ROLE__ROLE_SHOP, "xiasha"},
        {"-x", BUS__ROLE__ROLE_SHOP, "xiasha"},
        {".x", BUS__ROLE__ROLE_SHOP, "xiasha"},
        {"X", BUS__ROLE__ROLE_SHOP, "xiasha"},
        {"a/b", BUS__ROLE__ROLE_SHOP, "xiasha"},
        {"a b", BUS__ROLE__ROLE_SHOP, "xiasha"},
        {"a\nb", BUS__ROLE__ROLE_SHOP, "xiasha"},
        {"a:b", BUS__ROLE__ROLE_SHOP, "xiasha"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", BUS__ROLE__ROLE_SHOP,
         "xiasha"}, /* 65 */
        {"shop", BUS__ROLE__ROLE_UNSPECIFIED, "xiasha"},
        {"shop", (Bus__Role)99, "xiasha"},
        {"shop", BUS__ROLE__ROLE_SHOP, " xiasha"},
        {"shop", BUS__ROLE__ROLE_SHOP, "xiasha "},
        {"shop", BUS__ROLE__ROLE_SHOP, "xiasha  yanlan"},
        {"shop", BUS__ROLE__ROLE_SHOP, "* xiasha"},
        {"shop", BUS__ROLE__ROLE_SHOP, "Xiasha"},
        {"shop", BUS__ROLE__ROLE_SHOP, "x"},
        {"shop", BUS__ROLE__ROLE_SHOP, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, /* 33 */
        {"shop", BUS__ROLE__ROLE_SHOP, "xia\"sha"},
    };
    struct certificate made;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (certificate_create(folder, bad[i].name, bad[i].role, bad[i].streets, &made) !=
            STATUS_INVALID_ARGUMENT)
            fail_msg("made \"%s\" for \"%s\"", bad[i].name, bad[i].streets);
    assert_int_equal(rmdir(folder), 0); /* nothing was written */
    assert_int_equal(mkdir(folder, 0700), 0);
}

#define KEY "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID" /* RFC 32's and libzmq's examples */
#define SECRET "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"
#define META "metadata\n    name = \"a\"\n    role = \"SHOP\"\n    streets = \"xiasha\"\n"
#define CURVE(key) "curve\n    public-key = \"" key "\"\n"

static void reads_a_file_of_another_tool(void **state)
{
    static const char text[] =
        "#  **** Generated by pyzmq ****\n\n" META CURVE(KEY) "    secret-key = \"" SECRET "\"\n";
    struct certificate read;

    (void)state;
    write_file("a.key_secret", text, strlen(text));
    assert_int_equal(certificate_load(path, &read), STATUS_OK);
    assert_text(read.secret_key, SECRET);
}

/* zmq.auth.create_certificates writes no metadata, and brokers go by the public file. */
static void reads_an_own_file_without_name_and_role(void **state)
{
    static const char text[] = "metadata\n" CURVE(KEY) "    secret-key = \"" SECRET "\"\n";
    struct certificate read;

    (void)state;
    write_file("a.key_secret", text, strlen(text));
    assert_int_equal(certificate_load(path, &read), STATUS_OK);
    assert_text(read.secret_key, SECRET);
    assert_text(read.name, "");
    assert_int_equal(read.role, BUS__ROLE__ROLE_UNSPECIFIED);
}

static void refuses_a_bad_file(void **state)
{
    static const struct {
        const char *why, *file, *text;
    } bad[] = {
        {"empty", "a.key", ""},
        {"not text", "a.key", "\x01\x02\xff\xfe"},
        {"only comments", "a.key", "# nothing\n"},
        {"no metadata", "a.key", CURVE(KEY)},
        {"no key", "a.key", META},
        {"bad indentation", "a.key", "metadata\n  name = \"a\"\n" CURVE(KEY)},
        {"unfinished quote", "a.key", "metadata\n    name = \"a\n" CURVE(KEY)},
        {"short key", "a.key", META CURVE("Yne@$w-vo")},
        {"long key", "a.key", META CURVE(KEY "0")},
        {"key not Z85", "a.key", META CURVE("~ne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID")},
        {"key over 2^32", "a.key", META CURVE("#####w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID")},
        {"unknown role", "a.key", "metadata\n    name = \"a\"\n    role = \"KING\"\n" CURVE(KEY)},
        {"unspecified role", "a.key",
         "metadata\n    name = \"a\"\n    role = \"UNSPECIFIED\"\n" CURVE(KEY)},
        {"bad name", "a.key", "metadata\n    name = \"../a\"\n    role = \"SHOP\"\n" CURVE(KEY)},
        {"bad streets", "a.key",
         "metadata\n    name = \"a\"\n    role = \"SHOP\"\n    streets = \"XIASHA\"\n" CURVE(KEY)},
        {"secret in a public file", "a.key", META CURVE(KEY) "    secret-key = \"" SECRET "\"\n"},
        {"metadata without a name", "a.key", "metadata\n" CURVE(KEY)},
        {"unknown role in a secret file", "a.key_secret",
         "metadata\n    role = \"KING\"\n" CURVE(KEY) "    secret-key = \"" SECRET "\"\n"},
        {"no secret in a secret file", "a.key_secret", META CURVE(KEY)},
        {"another's secret", "a.key_secret",
         META CURVE("rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7") "    secret-key = \"" KEY "\"\n"},
    };
    static char large[20000];
    struct certificate read;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_file(bad[i].file, bad[i].text, strlen(bad[i].text));
        if (certificate_load(path, &read) != STATUS_INVALID_ARGUMENT)
            fail_msg("took one with: %s", bad[i].why);
    }
    memset(large, '#', sizeof large);
    write_file("a.key", large, sizeof large);
    assert_int_equal(certificate_load(path, &read), STATUS_INVALID_ARGUMENT);
    write_file("a.key", META CURVE(KEY) "\0", sizeof(META CURVE(KEY)));
    assert_int_equal(certificate_load(path, &read), STATUS_INVALID_ARGUMENT);
    assert_int_equal(certificate_load(in_folder("nobody.key"), &read), STATUS_NOT_FOUND);
    assert_int_equal(certificate_load(folder, &read), STATUS_INVALID_ARGUMENT);
}

/* Whatever one wrong byte does, it is told or harmless; nothing dies. */
static void survives_every_single_wrong_byte(void **state)
{
    static const char good[] = META CURVE(KEY);
    static const char wrong[] = {'"', '\n', ' ', '=', '\t', '#', '/', '\x80'};
    struct certificate read;
    char text[sizeof good];
    size_t refused = 0;

    (void)state;
    for (size_t i = 0; i + 1 < sizeof good; i++) {
        for (size_t n = 0; n < sizeof wrong; n++) {
            memcpy(text, good, sizeof good);
            text[i] = wrong[n];
            write_file("a.key", text, sizeof good - 1);
            refused += certificate_load(path, &read) != STATUS_OK;
        }
        write_file("a.key", good, i); /* cut short */
        refused += certificate_load(path, &read) != STATUS_OK;
    }
    assert_true(refused > sizeof good * 4);
}

static void grants_the_streets_that_it_names(void **state)
{
    static const struct {
        const char *streets, *street;
        bool granted;
    } table[] = {
        {"xiasha yanlan", "xiasha", true},
        {"xiasha yanlan", "yanlan", true},
        {"xiasha yanlan", "yan", false},
        {"xiasha yanlan", "lan", false},
        {"xiasha yanlan", "", false},
        {"xiasha yanlan", "xiasha yanlan", false},
        {"", "xiasha", false},
        {"", "", false},
        {"*", "xiasha", true},
        {"*", "", true},
        {"xiasha", "*", false},
        {"xiasha", "xiasha2", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (certificate_grants(table[i].streets, table[i].street) != table[i].granted)
            fail_msg("\"%s\" and \"%s\"", table[i].streets, table[i].street);
}

static void names_every_role_and_no_other(void **state)
{
    (void)state;
    for (unsigned i = 0; i < bus__role__descriptor.n_values; i++) {
        Bus__Role role = (Bus__Role)bus__role__descriptor.values[i].value;

        assert_int_equal(role_of(role_name(role)), role);
    }
    assert_text(role_name(BUS__ROLE__ROLE_STREET_STAFF), "STREET_STAFF");
    assert_text(role_name((Bus__Role)99), "UNSPECIFIED");
    assert_int_equal(role_of("street_staff"), BUS__ROLE__ROLE_UNSPECIFIED);
    assert_int_equal(role_of(""), BUS__ROLE__ROLE_UNSPECIFIED);
}

int main(void)
{
#define folder_test(function) cmocka_unit_test_setup_teardown(function, folder_up, folder_down)
    const struct CMUnitTest tests[] = {
        folder_test(writes_a_pair_of_files_and_reads_it_back),
        folder_test(never_overwrites_a_key),
        folder_test(refuses_to_make_what_is_no_certificate),
        folder_test(reads_a_file_of_another_tool),
        folder_test(reads_an_own_file_without_name_and_role),
        folder_test(refuses_a_bad_file),
        folder_test(survives_every_single_wrong_byte),
        cmocka_unit_test(grants_the_streets_that_it_names),
        cmocka_unit_test(names_every_role_and_no_other),
    };
    return cmocka_run_group_tests_name("certificate", tests, NULL, NULL);
}
