/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certificate.c - certificate files and what they mean to a socket
 *
 * Reading: bytes (at most CERTIFICATE_BYTES_MAX) -> ZPL tree -> every field checked -> struct.
 * Writing: struct -> ZPL -> a temporary file on disk -> link(2) to its name, which fails when the
 * name is taken: so a file is whole or not there, and no key is ever overwritten.
 */
#include "libcommon/bus/certificate.h"

#include <assert.h>
#include <czmq.h>
#undef LOG_DEBUG /* syslog.h's, which czmq.h brings; log.h has its own */
#undef LOG_INFO
#undef LOG_WARNING
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "libcommon/base/log.h"
#include "libcommon/base/secrets.h"
#include "libcommon/base/text.h"
#include "libcommon/base/types.h"

enum { CERTIFICATE_BYTES_MAX = 16 * 1024, PATH_BYTES = 4096, CURVE_BYTES = 32 };

/* ---- what a field may be ---- */

/* ^[a-z0-9][a-z0-9._-]{0,63}$ */
static bool is_name(const char *name)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    static const char all[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t length = strlen(name);

    return length >= 1 && length <= CERTIFICATE_NAME && strchr(first, name[0]) &&
           strspn(name, all) == length;
}

bool certificate_streets_are_valid(const char *streets)
{
    char slug[34];

    if (strlen(streets) > CERTIFICATE_STREETS)
        return false;
    if (streets[0] == '\0' || strcmp(streets, "*") == 0)
        return true;
    for (const char *at = streets;; at++) {
        size_t length = strcspn(at, " ");

        if (length >= sizeof slug)
            return false;
        memcpy(slug, at, length);
        slug[length] = '\0';
        if (!text_is_slug(slug))
            return false;
        at += length;
        if (*at == '\0')
            return true; /* else it is the space that the loop steps over */
    }
}

bool certificate_is_key(const char *text)
{
    static const char z85[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              ".-:+=^!/*?&<>()[]{}@%$#";
    uint8_t bytes[CURVE_BYTES];

    return strlen(text) == CURVE_TEXT && strspn(text, z85) == CURVE_TEXT &&
           zmq_z85_decode(bytes, text) != NULL;
}

/* Is the public key that of this secret key? */
static bool is_pair(const char *public_key, const char *secret_key)
{
    char derived[CURVE_TEXT + 1];

    return certificate_is_key(secret_key) && zmq_curve_public(derived, secret_key) == 0 &&
           strcmp(derived, public_key) == 0;
}

/* ---- reading ---- */

/* Text of the file with a closing NUL; -1 with errno. EFBIG also stands for an embedded NUL. */
static int read_text(const char *path, char ret[static CERTIFICATE_BYTES_MAX + 1])
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO does not hold us up */
    ssize_t size = -1;

    if (file == -1)
        return -1;
    size = read(file, ret, CERTIFICATE_BYTES_MAX + 1);
    int error = size == -1 ? errno : EFBIG;

    close(file);
    if (size >= 0 && size <= CERTIFICATE_BYTES_MAX) {
        ret[size] = '\0';
        if (strlen(ret) == (size_t)size)
            return 0;
    }
    errno = error;
    return -1;
}

/* text was found short enough before. */
static void copy_text(char *to, size_t size, const char *text)
{
    int length = snprintf(to, size, "%s", text);

    assert(length >= 0 && (size_t)length < size);
}

/* NULL, or what is wrong with it. Fills *ret on the way. */
static const char *read_fields(zconfig_t *zpl, bool secret, struct certificate *ret)
{
    const char *name = zconfig_get(zpl, "metadata/name", "");
    const char *streets = zconfig_get(zpl, "metadata/streets", "");
    const char *public_key = zconfig_get(zpl, "curve/public-key", "");
    const char *secret_key = zconfig_get(zpl, "curve/secret-key", "");

    const char *role = zconfig_get(zpl, "metadata/role", "");

    /* brokers go by the public file; other tools write none into the owner's */
    if (!(secret && !*name) && !is_name(name))
        return "metadata/name is not ^[a-z0-9][a-z0-9._-]{0,63}$";
    ret->role = role_of(role);
    if (!(secret && !*role) && ret->role == BUS__ROLE__ROLE_UNSPECIFIED)
        return "metadata/role is no role";
    if (!certificate_streets_are_valid(streets))
        return "metadata/streets is neither slugs with one space between nor *";
    if (!certificate_is_key(public_key))
        return "curve/public-key is no Z85 key of 40 characters";
    if (!secret && secret_key[0] != '\0')
        return "a public file holds a secret key";
    if (secret && !is_pair(public_key, secret_key))
        return "curve/secret-key does not belong to curve/public-key";
    copy_text(ret->name, sizeof ret->name, name);
    copy_text(ret->streets, sizeof ret->streets, streets);
    copy_text(ret->public_key, sizeof ret->public_key, public_key);
    copy_text(ret->secret_key, sizeof ret->secret_key, secret_key);
    return NULL;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);

    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

enum status certificate_read(const char *path, struct certificate *ret, const char **ret_why)
{
    char text[CERTIFICATE_BYTES_MAX + 1];
    struct certificate read = {0};

    if (read_text(path, text) == -1) {
        *ret_why = strerror(errno);
        return errno == ENOENT || errno == ENOTDIR ? STATUS_NOT_FOUND : STATUS_INVALID_ARGUMENT;
    }
    zconfig_t *zpl = zconfig_str_load(text);
    const char *wrong = zpl ? read_fields(zpl, ends_with(path, "_secret"), &read) : "not ZPL";

    zconfig_destroy(&zpl);
    explicit_bzero(text, sizeof text);
    if (!wrong)
        *ret = read;
    explicit_bzero(&read, sizeof read);
    *ret_why = wrong;
    return wrong ? STATUS_INVALID_ARGUMENT : STATUS_OK;
}

enum status certificate_load(const char *path, struct certificate *ret)
{
    const char *why;
    enum status status = certificate_read(path, ret, &why);

    if (status != STATUS_OK)
        log_warning("certificate_refused", "path=%s reason=%s", LOG_QUOTED(path), LOG_QUOTED(why));
    else if (ret->secret_key[0])
        secrets_look_at(path);
    return status;
}

/* ---- writing ---- */

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
    zconfig_put(zpl, "/curve/public-key", certificate->public_key);
    if (secret)
        zconfig_put(zpl, "/curve/secret-key", certificate->secret_key);
    char *text = zconfig_str_save(zpl);

    zconfig_destroy(&zpl);
    assert(text);
    return text;
}

/* To the disk; false with errno. */
static bool write_all(int file, const char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        ssize_t written = write(file, text, left);

        if (written == -1)
            return false;
        text += written;
        left -= (size_t)written;
    }
    return fsync(file) == 0;
}

/* Writes path as a whole or not at all; false with errno, EEXIST if it is there. */
static bool write_new(const char *path, const char *text, mode_t mode)
{
    char temporary[PATH_BYTES];

    if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >= (int)sizeof temporary) {
        errno = ENAMETOOLONG;
        return false;
    }
    int file = mkstemp(temporary); /* mode 600 */

    if (file == -1)
        return false;
    bool written = write_all(file, text) && fchmod(file, mode) == 0 && link(temporary, path) == 0;
    int error = errno;

    close(file);
    unlink(temporary);
    errno = error;
    return written;
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
    } else if (!write_new(secret_path, secret_text, 0600)) {
        status = write_failed(secret_path);
    } else if (!write_new(public_path, public_text, 0644)) {
        status = write_failed(public_path);
        unlink(secret_path);
    }
    explicit_bzero(secret_text, strlen(secret_text));
    freen(secret_text);
    freen(public_text);
    return status;
}

enum status certificate_create(const char *folder, const char *name, Bus__Role role,
                               const char *streets, struct certificate *ret)
{
    struct certificate made = {.role = role};

    if (!is_name(name) || !certificate_streets_are_valid(streets) ||
        role == BUS__ROLE__ROLE_UNSPECIFIED || !types_enum_name(&bus__role__descriptor, (int)role))
        return STATUS_INVALID_ARGUMENT;
    if (mkdir(folder, 0700) == -1 && errno != EEXIST)
        return write_failed(folder);
    copy_text(made.name, sizeof made.name, name);
    copy_text(made.streets, sizeof made.streets, streets);
    int rc = zmq_curve_keypair(made.public_key, made.secret_key);

    assert(rc == 0); /* libzmq is built with CURVE */
    enum status status = write_files(folder, &made);

    if (status == STATUS_OK)
        *ret = made;
    explicit_bzero(&made, sizeof made);
    return status;
}

enum status certificate_admit(const char *folder, const char *name, Bus__Role role,
                              const char *streets, const char *public_key)
{
    struct certificate admitted = {.role = role};
    char path[PATH_BYTES - 8];

    if (!is_name(name) || !certificate_streets_are_valid(streets) ||
        role == BUS__ROLE__ROLE_UNSPECIFIED || !certificate_is_key(public_key))
        return STATUS_INVALID_ARGUMENT;
    copy_text(admitted.name, sizeof admitted.name, name);
    copy_text(admitted.streets, sizeof admitted.streets, streets);
    copy_text(admitted.public_key, sizeof admitted.public_key, public_key);
    if (snprintf(path, sizeof path, "%s/%s.key", folder, name) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return write_failed(folder);
    }
    char *text = to_text(&admitted, false);
    enum status status = write_new(path, text, 0644) ? STATUS_OK : write_failed(path);

    freen(text);
    return status;
}

/* ---- sockets ---- */

/* A refusal would be a bug: keys were checked, and the socket is ours. */
static void set_text(void *socket, int option, const char *text)
{
    int rc = zmq_setsockopt(socket, option, text, strlen(text));

    assert(rc == 0);
}

void certificate_serve(void *socket, const struct certificate *own, enum broker_port port)
{
    int rc = zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &(int){1}, sizeof(int));

    assert(rc == 0);
    set_text(socket, ZMQ_CURVE_SECRETKEY, own->secret_key);
    set_text(socket, ZMQ_ZAP_DOMAIN, ports_domain(port));
}

void certificate_connect(void *socket, const struct certificate *own, const char *server_key)
{
    set_text(socket, ZMQ_CURVE_SERVERKEY, server_key);
    set_text(socket, ZMQ_CURVE_PUBLICKEY, own->public_key);
    set_text(socket, ZMQ_CURVE_SECRETKEY, own->secret_key);
}

/* ---- streets and roles ---- */

bool certificate_grants(const char *streets, const char *street)
{
    size_t length = strlen(street);

    if (strcmp(streets, "*") == 0)
        return true;
    for (const char *at = streets; length > 0 && *at; at += strspn(at, " ")) {
        size_t slug = strcspn(at, " ");

        if (slug == length && memcmp(at, street, length) == 0)
            return true;
        at += slug;
    }
    return false;
}

bool certificate_is_same(const struct certificate *a, const struct certificate *b)
{
    return a->role == b->role && strcmp(a->public_key, b->public_key) == 0 &&
           strcmp(a->name, b->name) == 0 && strcmp(a->streets, b->streets) == 0;
}

const char *role_name(Bus__Role role)
{
    const char *name = types_enum_name(&bus__role__descriptor, (int)role);

    return name ? name : "UNSPECIFIED";
}

Bus__Role role_of(const char *name)
{
    int value = types_enum_value(&bus__role__descriptor, name);

    return value < 0 ? BUS__ROLE__ROLE_UNSPECIFIED : (Bus__Role)value;
}
