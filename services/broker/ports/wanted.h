/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wanted.h - what publishers are asked for: what somebody here may hear, and no more
 *
 * PUB sends only what its peers subscribed to, so an event that nobody follows is neither encrypted
 * nor sent. Publishers are asked for all that begins like an admitted subscription up to its first
 * slash ("xiasha/", "!registry/"), which are about as many as streets. Nothing is taken back before
 * the broker ends: subscribers come and go more often than streets do.
 */
#pragma once

#include <stddef.h>

struct wanted;

struct wanted *wanted_create(const void *parent);
/* Asks the publishers at this XSUB for a prefix that was admitted, unless they were asked
 * before. */
void wanted_ask(struct wanted *wanted, void *publishers, const void *prefix, size_t size);
