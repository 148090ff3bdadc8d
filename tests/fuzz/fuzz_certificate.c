/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_certificate.c - certificate files, which others hand to the operator
 *
 * One file in memory is read as a public one and, by another name, as a secret one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libcommon/bus/certificate.h"
#include "target.h"

static int file;
static char public_path[64], folder[] = "/tmp/jusha-fuzz-XXXXXX", secret_path[64];

static void remove_link(void)
{
    unlink(secret_path);
    rmdir(folder);
}

void target_start(void)
{
    bool made = mkdtemp(folder) != NULL;

    file = memfd_create("certificate", MFD_CLOEXEC);
    assert(made && file != -1);
    snprintf(public_path, sizeof public_path, "/proc/self/fd/%d", file);
    snprintf(secret_path, sizeof secret_path, "%s/a.key_secret", folder);
    int linked = symlink(public_path, secret_path);
    assert(linked == 0);
    atexit(remove_link);
}

static void load(const char *path)
{
    struct certificate certificate;

    if (certificate_load(path, &certificate) != STATUS_OK)
        return;
    assert(certificate.role != BUS__ROLE__ROLE_UNSPECIFIED && certificate.name[0]);
    assert(strlen(certificate.public_key) == CURVE_TEXT);
    assert(strlen(certificate.secret_key) == (path == secret_path ? CURVE_TEXT : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != (ssize_t)size)
        abort();
    load(public_path);
    load(secret_path);
    return 0;
}
