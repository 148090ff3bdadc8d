/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certificate_write.c - certificate files are made
 *
 * struct -> ZPL -> a whole file (whole_file.h), which is made only where there is none: so no key
 * is ever overwritten, but by certificate_replace.
 */
#include <assert.h>
#include <czmq.h>
#undef LOG_DEBUG /* syslog.h's, which czmq.h brings; log.h has its own */
#undef LOG_INFO
#undef LOG_WARNING
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "libcommon/base/log.h"
#include "libcommon/base/text.h"
#include "libcommon/base/types.h"
#include "libcommon/base/whole_file.h"
#include "libcommon/bus/certificate.h"

enum { PATH_BYTES = 4096 };

/* As ZPL; the caller's, for freen. */
static char *to_text(const struct certificate *certificate, bool secret)
{
    zconfig_t *zpl = zconfig_new("root", NULL);

    assert(zpl);
    zconfig_set_comment(zpl, secret ? "   Secret key: only for its owner's eyes"
                                    : "   Public key: for everybody who shall know its owner");
    zconfig_put(zpl, "/metadata/name", certificate->name);
    zconfig_put(zpl, "/metadata/role", role_name(certificate->role));
    zconfig_put(zpl, "/metadata/streets", certificate->streets);
    if (!secret && certificate->until[0]) /* brokers go by the public file */
        zconfig_put(zpl, "/metadata/until", certificate->until);
    if (!secret && certificate->last_key[0])
        zconfig_put(zpl, "/metadata/last-until", certificate->last_until);
    zconfig_put(zpl, "/curve/public-key", certificate->public_key);
    if (!secret && certificate->next_key[0])
        zconfig_put(zpl, "/curve/next-key", certificate->next_key);
    if (!secret && certificate->last_key[0])
        zconfig_put(zpl, "/curve/last-key", certificate->last_key);
    if (secret)
        zconfig_put(zpl, "/curve/secret-key", certificate->secret_key);
    char *text = zconfig_str_save(zpl);

    zconfig_destroy(&zpl);
    assert(text);
    return text;
}

/* Logs errno, keeps it, and says it as a status. */
static enum status write_failed(const char *path)
{
    int error = errno;

    log_error("certificate_not_written", "path=%s error=%s", LOG_QUOTED(path),
              LOG_QUOTED(strerror(error)));
    errno = error;
    return error == EEXIST ? STATUS_ALREADY_EXISTS : STATUS_INTERNAL;
}

/* Secret first: a public file that others honour always has its secret beside it. */
static enum status write_files(const char *folder, const struct certificate *certificate)
{
    char public_path[PATH_BYTES - 16], secret_path[PATH_BYTES - 8]; /* room for "_secret" */
    char *public_text = to_text(certificate, false), *secret_text = to_text(certificate, true);
    enum status status = STATUS_OK;

    int length = snprintf(public_path, sizeof public_path, "%s/%s.key", folder, certificate->name);
    snprintf(secret_path, sizeof secret_path, "%s_secret", public_path);
    if (length >= (int)sizeof public_path) {
        errno = ENAMETOOLONG;
        status = write_failed(folder);
    } else if (access(public_path, F_OK) == 0) {
        errno = EEXIST;
        status = write_failed(public_path);
    } else if (!whole_file_make(secret_path, secret_text, 0600)) {
        status = write_failed(secret_path);
    } else if (!whole_file_make(public_path, public_text, 0644)) {
        status = write_failed(public_path);
        unlink(secret_path);
    }
    explicit_bzero(secret_text, strlen(secret_text));
    freen(secret_text);
    freen(public_text);
    return status;
}

/* But for its keys. */
static bool is_fit(const struct certificate *certificate)
{
    return certificate_is_name(certificate->name) &&
           certificate_streets_are_valid(certificate->streets) &&
           (certificate->until[0] == '\0' || text_is_date(certificate->until)) &&
           certificate->role != BUS__ROLE__ROLE_UNSPECIFIED &&
           types_enum_name(&bus__role__descriptor, (int)certificate->role);
}

bool certificate_describe(struct certificate *ret, const char *name, Bus__Role role,
                          const char *streets, const char *until)
{
    *ret = (struct certificate){.role = role};
    return snprintf(ret->name, sizeof ret->name, "%s", name) < (int)sizeof ret->name &&
           snprintf(ret->streets, sizeof ret->streets, "%s", streets) < (int)sizeof ret->streets &&
           snprintf(ret->until, sizeof ret->until, "%s", until) < (int)sizeof ret->until &&
           is_fit(ret);
}

void certificate_new_pair(struct certificate *certificate)
{
    int rc = zmq_curve_keypair(certificate->public_key, certificate->secret_key);

    assert(rc == 0); /* libzmq is built with CURVE */
}

enum status certificate_write(const char *folder, const struct certificate *certificate)
{
    if (!is_fit(certificate) || !certificate_is_key(certificate->public_key))
        return STATUS_INVALID_ARGUMENT;
    if (mkdir(folder, 0700) == -1 && errno != EEXIST)
        return write_failed(folder);
    return write_files(folder, certificate);
}

enum status certificate_create(const char *folder, const char *name, Bus__Role role,
                               const char *streets, struct certificate *ret)
{
    struct certificate made;

    if (!certificate_describe(&made, name, role, streets, ""))
        return STATUS_INVALID_ARGUMENT;
    certificate_new_pair(&made);
    enum status status = certificate_write(folder, &made);

    if (status == STATUS_OK)
        *ret = made;
    explicit_bzero(&made, sizeof made);
    return status;
}

enum status certificate_admit(const char *folder, const struct certificate *certificate)
{
    char path[PATH_BYTES - 8];

    if (!is_fit(certificate) || !certificate_is_key(certificate->public_key))
        return STATUS_INVALID_ARGUMENT;
    if (snprintf(path, sizeof path, "%s/%s.key", folder, certificate->name) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return write_failed(folder);
    }
    char *text = to_text(certificate, false);
    enum status status = whole_file_make(path, text, 0644) ? STATUS_OK : write_failed(path);

    freen(text);
    return status;
}

enum status certificate_replace(const char *folder, const char *file,
                                const struct certificate *certificate)
{
    bool secret = certificate->secret_key[0] != '\0';
    char path[PATH_BYTES - 8];

    if (!is_fit(certificate) || !certificate_is_key(certificate->public_key))
        return STATUS_INVALID_ARGUMENT;
    if (snprintf(path, sizeof path, "%s/%s", folder, file) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return write_failed(folder);
    }
    char *text = to_text(certificate, secret);
    enum status status =
        whole_file_replace(path, text, secret ? 0600 : 0644) ? STATUS_OK : write_failed(path);

    explicit_bzero(text, strlen(text));
    freen(text);
    return status;
}
