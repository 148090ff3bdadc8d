/* SPDX-License-Identifier: Apache-2.0 */
/*
 * data_keys.c - a file of keys that only grows, read again when it did
 *
 *   file -> fresh: all that stands in it -> keys: what came new behind `count`, then count rises
 *
 * A thread that asks for a key looks at the file first when a look is due; no other thread does.
 * Keys that are not in `keys` are wiped.
 */
#include "libcommon/base/data_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/log.h"
#include "libcommon/base/metrics.h"
#include "libcommon/base/secrets.h"

enum {
    DIGITS = 2 * DATA_KEY_BYTES,
    FILE_BYTES = DATA_KEYS_MAX * (DIGITS + 2) + 1, /* with CR and LF; one more shows a longer one */
    LOOK_MS = 1000,                                /* between two looks at the file */
};

static const char *path;

const struct setting data_key_settings[] = {
    {"data_key", SETTING_TEXT, &path, NULL, 1, 4000, "",
     "path of the file with the keys of personal data, 64 hex digits a line, the newest last"},
    {0},
};

static struct metric refused_line = {METRIC_GAUGE, "jusha_data_key_refused_line", NULL,
                                     "Line of the data key file that is no key, or whose key is"
                                     " another one than it was; 0: there is none"};

/* The keys that a file was found to hold. */
struct contents {
    int count;   /* keys up to the first line that is none */
    int refused; /* that line; 0: there is none */
    struct data_key key[DATA_KEYS_MAX];
    char text[FILE_BYTES];
};

/* Those below count are never written again, so that they are read without a lock. Only under
 * `looking` are any added. */
static struct data_key keys[DATA_KEYS_MAX];
static _Atomic int count;

static _Atomic int64_t look_due_ms; /* clock_monotonic_ms of the next look */
static pthread_mutex_t looking = PTHREAD_MUTEX_INITIALIZER; /* for what follows */
static struct stat seen;                                    /* the file as it was read last */
static struct contents fresh;                               /* too large for a stack */

/* ---- what stands in a file ---- */

/* Nobody's secret, or a renewal that renewed nothing: what stands there by mistake. */
static bool is_mistake(const struct contents *contents, const struct data_key *key)
{
    bool mistake = sodium_is_zero(key->seal, sizeof key->seal);

    for (int i = 0; i < contents->count; i++)
        mistake |= sodium_memcmp(contents->key[i].seal, key->seal, sizeof key->seal) == 0;
    return mistake;
}

/* Adds the key of the next 64 characters. False: they are no key, or there is no place for it. */
static bool read_key(struct contents *ret, const char *digits)
{
    static const char purpose[crypto_kdf_CONTEXTBYTES + 1] = "requests";
    size_t size;

    if (ret->count == DATA_KEYS_MAX)
        return false;
    struct data_key *key = &ret->key[ret->count];
    if (sodium_hex2bin(key->seal, sizeof key->seal, digits, DIGITS, NULL, &size, NULL) != 0 ||
        size != sizeof key->seal || is_mistake(ret, key))
        return false;
    crypto_kdf_derive_from_key(key->hash, sizeof key->hash, 1, purpose, key->seal);
    ret->count++;
    return true;
}

/* Adds the keys of a line, none if it is empty. False: it is unfit, and nothing of it counts. */
static bool read_line(struct contents *ret, const char *line, size_t length)
{
    static const char blanks[] = {' ', '\t', '\r'}; /* no NUL: that is what a crash leaves */
    int before = ret->count;

    while (length > 0 && memchr(blanks, line[length - 1], sizeof blanks))
        length--;
    bool good = length % DIGITS == 0;
    for (; good && length > 0; line += DIGITS, length -= DIGITS)
        good = read_key(ret, line);
    if (!good)
        ret->count = before;
    return good;
}

/* Up to the first line that is unfit. */
static void read_lines(struct contents *ret, const char *text, size_t size)
{
    const char *end = text + size;

    for (int number = 1; text < end && ret->refused == 0; number++) {
        const char *line = text;
        const char *line_end = memchr(line, '\n', (size_t)(end - line));

        text = line_end ? line_end + 1 : end;
        if (!read_line(ret, line, (size_t)((line_end ? line_end : end) - line)))
            ret->refused = number;
    }
}

/* Nobody waits for who may write into a pipe, and it could not be read again. False: with errno. */
static bool is_file(int file, struct stat *ret_file)
{
    if (file < 0 || fstat(file, ret_file) != 0)
        return false;
    if (!S_ISREG(ret_file->st_mode))
        errno = EINVAL;
    return S_ISREG(ret_file->st_mode);
}

/* False, with errno: it cannot be read. What is in *ret is the caller's to wipe. */
static bool read_file(const char *from, struct contents *ret, struct stat *ret_file)
{
    int file = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    size_t size = 0;
    ssize_t got = is_file(file, ret_file) ? 1 : -1;

    *ret = (struct contents){0};
    while (got > 0 && size < sizeof ret->text) {
        got = read(file, ret->text + size, sizeof ret->text - size);
        size += got > 0 ? (size_t)got : 0;
    }
    if (file >= 0)
        close(file);
    if (got >= 0)
        read_lines(ret, ret->text, size);
    sodium_memzero(ret->text, sizeof ret->text);
    return got >= 0;
}

/* ---- taking it up ---- */

/* The number of the first key that is not what it was; 0: they only became more. */
static int changed_key(const struct contents *now)
{
    for (int i = 0; i < count; i++)
        if (i >= now->count || sodium_memcmp(&keys[i], &now->key[i], sizeof keys[i]) != 0)
            return i + 1;
    return 0;
}

/* Reads the file and takes its new keys; logs what is wrong with it. Under `looking`, or before
 * there are threads. False: it cannot be read, or there is no key at all. */
static bool take_up(void)
{
    if (!read_file(path, &fresh, &seen)) {
        log_error("data_key_missing", "path=%s reason=\"it cannot be read\"", LOG_QUOTED(path));
        return false;
    }
    int changed = changed_key(&fresh);
    bool was_refused = changed || fresh.refused;
    metrics_set(&refused_line, changed ? changed : fresh.refused);
    if (changed)
        log_error("data_key_changed",
                  "path=%s key=%d reason=\"keys are only ever appended; those read before go on\"",
                  LOG_QUOTED(path), changed);
    else if (fresh.refused)
        log_error("data_key_unfit",
                  "path=%s line=%d reason=\"a key is 64 hex digits, not all 0 and none of those"
                  " before it, and a file has at most %d; the keys before this line go on\"",
                  LOG_QUOTED(path), fresh.refused, DATA_KEYS_MAX);
    if (!changed && fresh.count > count) {
        memcpy(&keys[count], &fresh.key[count], (size_t)(fresh.count - count) * sizeof *keys);
        log_info("data_keys_read", "path=%s keys=%d", LOG_QUOTED(path), fresh.count);
        count = fresh.count;
    }
    sodium_memzero(&fresh, sizeof fresh);
    secrets_look_at(path);
    if (count == 0 && !was_refused)
        log_error("data_key_missing", "path=%s reason=\"there is no key in it\"", LOG_QUOTED(path));
    return count > 0;
}

/* Was the file written, or replaced, since it was read last? */
static bool is_another(const struct stat *now)
{
    return now->st_dev != seen.st_dev || now->st_ino != seen.st_ino ||
           now->st_size != seen.st_size || now->st_mtim.tv_sec != seen.st_mtim.tv_sec ||
           now->st_mtim.tv_nsec != seen.st_mtim.tv_nsec;
}

static void look(void)
{
    struct stat now;

    pthread_mutex_lock(&looking);
    look_due_ms = clock_monotonic_ms() + LOOK_MS;
    if (stat(path, &now) == 0 && is_another(&now))
        (void)take_up();
    pthread_mutex_unlock(&looking);
}

bool data_keys_start(void)
{
    static bool is_counted;

    if (sodium_init() < 0) {
        log_error("data_key_missing", "path=%s reason=\"libsodium does not start\"",
                  LOG_QUOTED(path));
        return false;
    }
    sodium_mlock(keys, sizeof keys); /* not allowed everywhere */
    sodium_mlock(&fresh, sizeof fresh);
    if (!is_counted)
        metrics_register(&refused_line);
    is_counted = true;
    count = 0;
    return take_up();
}

int data_keys_newest(void)
{
    if (clock_monotonic_ms() >= look_due_ms)
        look();
    return count;
}

const struct data_key *data_keys_find(int number)
{
    if (number > count)
        look(); /* another process has seen it first */
    return number >= 1 && number <= count ? &keys[number - 1] : NULL;
}

/* ---- one more ---- */

/* "\n" if the file's last line has no end, and a random key. False: it may not be on the disk. */
static bool append_line(int file, off_t size)
{
    uint8_t key[DATA_KEY_BYTES];
    char last = '\n', line[1 + DIGITS + 1 + 1] = "\n"; /* newline, key, newline, NUL */
    size_t length;

    if (size > 0 && pread(file, &last, 1, size - 1) != 1)
        return false;
    char *digits = line + (last != '\n');
    randombytes_buf(key, sizeof key);
    sodium_bin2hex(digits, DIGITS + 1, key, sizeof key);
    digits[DIGITS] = '\n';
    digits[DIGITS + 1] = '\0';
    length = strlen(line);
    ssize_t written = write(file, line, length);
    if (written >= 0 && (size_t)written < length)
        errno = ENOSPC; /* a disk that takes a part of so short a line is full */
    bool done = written == (ssize_t)length && fsync(file) == 0;
    sodium_memzero(key, sizeof key);
    sodium_memzero(line, sizeof line);
    return done;
}

/* How a file stands that is to get one more key. */
static enum status may_grow(const char *to)
{
    enum status status = STATUS_OK;
    struct stat unused;

    pthread_mutex_lock(&looking);
    if (!read_file(to, &fresh, &unused))
        status = errno == ENOENT ? STATUS_OK : STATUS_UNAVAILABLE;
    else if (fresh.refused)
        status = STATUS_FAILED_PRECONDITION;
    else if (fresh.count == DATA_KEYS_MAX)
        status = STATUS_RESOURCE_EXHAUSTED;
    sodium_memzero(&fresh, sizeof fresh);
    pthread_mutex_unlock(&looking);
    return status;
}

enum status data_keys_append(const char *to)
{
    struct stat file_status;
    enum status status = may_grow(to);
    int file = status == STATUS_OK ? open(to, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;

    if (status != STATUS_OK)
        return status;
    if (file < 0)
        return STATUS_UNAVAILABLE;
    bool done = fstat(file, &file_status) == 0 && append_line(file, file_status.st_size);
    int error = errno;
    close(file);
    errno = error;
    return done ? STATUS_OK : STATUS_UNAVAILABLE;
}

int data_keys_count(const char *of)
{
    struct stat unused;

    pthread_mutex_lock(&looking);
    int found = read_file(of, &fresh, &unused) ? fresh.count : -1;

    sodium_memzero(&fresh, sizeof fresh);
    pthread_mutex_unlock(&looking);
    return found;
}
