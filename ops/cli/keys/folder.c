/* SPDX-License-Identifier: Apache-2.0 */
/* folder.c - the folder of certificates: one at a time, its paths, what is said of them */
#include "keys/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "language/language.h"
#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "output.h"
#include "services/service_names.h"
#include "terminal.h"

bool keys_is_folder(const char *path)
{
    struct stat about;

    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return true;
    complain(EXIT_CODE_USAGE, speak("%s is no folder"), path);
    return false;
}

bool keys_lock(const struct keys_arguments *arguments)
{
    int folder = open(arguments->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    /* the descriptor stays open: the lock ends with the process, however that ends */
    if (folder != -1 && flock(folder, LOCK_EX) == 0)
        return true;
    complain(EXIT_CODE_REFUSED, speak("%s cannot be locked: %s"), arguments->folder,
             strerror(errno));
    return false;
}

enum exit_code keys_open(const struct keys_arguments *arguments)
{
    if (arguments->name == NULL)
        return complain(EXIT_CODE_USAGE, speak("keys %s needs NAME"), arguments->action);
    if (!certificate_is_name(arguments->name))
        return complain(EXIT_CODE_USAGE,
                        speak("\"%s\" is no name: it is 1-64 of a-z, 0-9, '.',"
                              " '_' and '-'"),
                        arguments->name);
    if (!keys_is_folder(arguments->folder))
        return EXIT_CODE_USAGE;
    return keys_lock(arguments) ? EXIT_CODE_OK : EXIT_CODE_REFUSED;
}

char *keys_path(const void *parent, const struct keys_arguments *arguments, const char *name,
                const char *suffix)
{
    return mem_printf(parent, "%s/%s%s", arguments->folder, name, suffix);
}

bool keys_has(const struct keys_arguments *arguments, const char *name, const char *suffix)
{
    char *path = keys_path(NULL, arguments, name, suffix);
    bool has = access(path, F_OK) == 0;

    talloc_free(path);
    return has;
}

void keys_print_path(const struct keys_arguments *arguments, const char *path, bool made)
{
    json_t *line = json_pack("{s:s, s:b}", "path", path, "made", made);
    char *text = mem_printf(NULL, made ? "%s" : speak("%s is there"), path);

    keys_print(arguments, line, text);
    talloc_free(text);
}

void keys_print(const struct keys_arguments *arguments, json_t *line, const char *text)
{
    if (arguments->common.json)
        output_json(line, JSON_COMPACT);
    else
        terminal_say(stdout, text, 0, 0);
    json_decref(line);
}

enum exit_code keys_unwritten(const char *path)
{
    return complain(EXIT_CODE_REFUSED, speak("%s cannot be written: %s"), path, strerror(errno));
}

enum exit_code keys_tell(const struct keys_arguments *arguments, const char *name,
                         enum status status, const char *suffix)
{
    char *path = keys_path(NULL, arguments, name, suffix);
    enum exit_code code = EXIT_CODE_OK;

    if (status == STATUS_OK)
        keys_print_path(arguments, path, true);
    else if (status == STATUS_ALREADY_EXISTS)
        code = complain(EXIT_CODE_REFUSED, speak("%s/%s.key is there; a key is never overwritten"),
                        arguments->folder, name);
    else
        code = keys_unwritten(path);
    talloc_free(path);
    return code;
}

bool keys_read(const struct keys_arguments *arguments, const char *name, const char *suffix,
               struct certificate *ret)
{
    char *path = keys_path(NULL, arguments, name, suffix);
    const char *why;
    bool read = certificate_read(path, ret, &why) == STATUS_OK;

    if (!read)
        complain(EXIT_CODE_REFUSED, speak("%s is no certificate that can be read: %s"), path, why);
    talloc_free(path);
    return read;
}

void keys_day(int64_t days, char ret[static CERTIFICATE_DAY + 1])
{
    char now[CLOCK_TEXT];

    if (!clock_format(clock_unix_us() / 1000000 + days * 24 * 60 * 60, 0, now))
        now[0] = '\0'; /* a clock beyond year 9999 */
    snprintf(ret, CERTIFICATE_DAY + 1, "%.*s", CERTIFICATE_DAY, now);
}

bool keys_is_service(const char *name)
{
#define X(service, NAME)                                                                           \
    if (strcmp(name, #service) == 0)                                                               \
        return true;
    SERVICE_NAMES(X)
#undef X
    return false;
}
