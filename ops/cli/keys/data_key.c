/* SPDX-License-Identifier: Apache-2.0 */
/* data_key.c - jusha keys renew: one more key of a service's personal data */
#include <errno.h>
#include <string.h>

#include "keys/folder.h"
#include "language/language.h"
#include "libcommon/base/data_keys.h"
#include "libcommon/base/mem.h"
#include "output.h"

static enum exit_code complain_of(enum status status, const char *path)
{
    switch (status) {
    case STATUS_RESOURCE_EXHAUSTED:
        return complain(EXIT_CODE_REFUSED, speak("%s has %d keys; there is no room for more"), path,
                        DATA_KEYS_MAX);
    case STATUS_FAILED_PRECONDITION:
        return complain(
            EXIT_CODE_REFUSED,
            speak("%s has a line that is no key of 64 hex digits; no key behind it would"
                  " count. Mend it first"),
            path);
    default:
        return keys_unwritten(path);
    }
}

enum exit_code keys_append_data(const struct keys_arguments *arguments, const char *service)
{
    char *path = keys_path(NULL, arguments, service, ".data_key");
    enum status status = data_keys_append(path);
    enum exit_code code = EXIT_CODE_OK;

    if (status == STATUS_OK) {
        keys_print_path(arguments, path, true);
        code = keys_audit_data(arguments, "renewed", service, data_keys_count(path));
    } else {
        code = complain_of(status, path);
    }
    talloc_free(path);
    return code;
}

enum exit_code keys_renew(const struct keys_arguments *arguments)
{
    if (arguments->name == NULL || !keys_is_service(arguments->name))
        return complain(EXIT_CODE_USAGE, "%s", speak("keys renew needs the NAME of a service"));
    enum exit_code code = keys_open(arguments);

    return code == EXIT_CODE_OK ? keys_append_data(arguments, arguments->name) : code;
}
