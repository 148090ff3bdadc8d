/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certificate.c - certificate files and what they mean to a socket
 *
 * Reading: bytes (at most CERTIFICATE_BYTES_MAX) -> ZPL tree -> every field checked -> struct.
 * certificate_write.c writes them.
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
#include <unistd.h>
#include <zmq.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/secrets.h"
#include "libcommon/base/text.h"
#include "libcommon/base/types.h"

enum { CERTIFICATE_BYTES_MAX = 16 * 1024, CURVE_BYTES = 32, DAY_S = 24 * 60 * 60 };
static const int64_t DAY_US = (int64_t)DAY_S * 1000000;

/* ---- what a field may be ---- */

/* ^[a-z0-9][a-z0-9._-]{0,63}$ */
bool certificate_is_name(const char *name)
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
    const char *until = zconfig_get(zpl, "metadata/until", "");
    const char *next_key = zconfig_get(zpl, "curve/next-key", "");
    const char *last_key = zconfig_get(zpl, "curve/last-key", "");
    const char *last_until = zconfig_get(zpl, "metadata/last-until", "");

    /* brokers go by the public file; other tools write none into the owner's */
    if (!(secret && !*name) && !certificate_is_name(name))
        return "metadata/name is not ^[a-z0-9][a-z0-9._-]{0,63}$";
    ret->role = role_of(role);
    if (!(secret && !*role) && ret->role == BUS__ROLE__ROLE_UNSPECIFIED)
        return "metadata/role is no role";
    if (!certificate_streets_are_valid(streets))
        return "metadata/streets is neither slugs with one space between nor *";
    if (*until && !text_is_date(until))
        return "metadata/until is no day YYYY-MM-DD";
    if (!certificate_is_key(public_key))
        return "curve/public-key is no Z85 key of 40 characters";
    if (!secret && secret_key[0] != '\0')
        return "a public file holds a secret key";
    if (secret && !is_pair(public_key, secret_key))
        return "curve/secret-key does not belong to curve/public-key";
    copy_text(ret->name, sizeof ret->name, name);
    copy_text(ret->streets, sizeof ret->streets, streets);
    if (*next_key && !certificate_is_key(next_key))
        return "curve/next-key is no Z85 key of 40 characters";
    if (*last_key && !(certificate_is_key(last_key) && text_is_date(last_until)))
        return "curve/last-key is no Z85 key of 40 characters, or has no metadata/last-until";
    copy_text(ret->until, sizeof ret->until, until);
    copy_text(ret->next_key, sizeof ret->next_key, next_key);
    copy_text(ret->last_key, sizeof ret->last_key, last_key);
    copy_text(ret->last_until, sizeof ret->last_until, *last_key ? last_until : "");
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

/* ---- how long, where, what ---- */

int64_t certificate_days_left(const struct certificate *certificate, int64_t unix_us)
{
    char midnight[CLOCK_TEXT];
    int64_t seconds = 0;
    int32_t nanos;

    if (certificate->until[0] == '\0')
        return CERTIFICATE_FOR_EVER;
    snprintf(midnight, sizeof midnight, "%sT00:00:00Z", certificate->until);
    bool is_day = clock_parse(midnight, &seconds, &nanos);

    assert(is_day); /* whoever filled it in has looked */
    return seconds / DAY_S - unix_us / DAY_US;
}

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
