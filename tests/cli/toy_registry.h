/* SPDX-License-Identifier: Apache-2.0 */
/*
 * toy_registry.h - broker and registry in one thread, small enough to see through
 *
 * It speaks the real frames over a real CURVE socket and keeps objects as JSON, so the command line
 * is tested down to the wire without a database. It checks next to nothing: whatever name starts
 * with "refuse" is refused, on its kind or as a row of a table says, and nothing is answered while
 * it is mute.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>

#include "libcommon/bus/certificate.h"

struct toy_registry;

/* own is the broker's certificate, copied. It listens on a free port of 127.0.0.1. */
struct toy_registry *toy_start(const struct certificate *own);
/* "127.0.0.1:12345" */
const char *toy_address(const struct toy_registry *toy);
void toy_stop(struct toy_registry **toy);

/* How many requests to methods that begin so were answered OK: "Register", "Update". */
size_t toy_count(struct toy_registry *toy, const char *prefix);
/* The first position that the last request named in `after`: "registry:5", or "". */
enum { TOY_AFTER = 64 };
void toy_after(struct toy_registry *toy, char after[static TOY_AFTER]);
/* The traceparent of the last request. */
enum { TOY_TRACE = 64 };
void toy_trace(struct toy_registry *toy, char trace[static TOY_TRACE]);
void toy_mute(struct toy_registry *toy, bool mute);
/* A service that no broker knows, "": none; a constant. The registry follows it. */
void toy_away(struct toy_registry *toy, const char *service);
/* The load that has the street's lease, "": none. */
void toy_lend(struct toy_registry *toy, const char *lease_id);
/* Forgets the street and all that is in it. */
void toy_forget(struct toy_registry *toy);
