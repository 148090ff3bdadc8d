/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage.h - reading a command line, help, and what is wrong with it
 *
 * argp reads; what it would say itself is said here, as it knows neither --json nor the width of a
 * Chinese character. Texts of an argp are marked SPOKEN, each part of its doc (before and behind
 * the \v) by itself.
 */
#pragma once

#include <argp.h>
#include <stdio.h>

#include "libcommon/base/status.h"

/* Reads argv into input; a wrong one ends the program with EXIT_CODE_USAGE. flags: ARGP_IN_ORDER or
 * 0. */
void usage_parse(const struct argp *argp, int argc, char **argv, unsigned flags, void *input);

/* Ends the program with EXIT_CODE_USAGE after a line that says what is wrong. */
_Noreturn void usage_error(const struct argp_state *state, const char *format, ...) PRINTF(2, 3);

/* What an option that argp does not take is: unknown, or without its value. Ends the program. */
_Noreturn void usage_bad_option(const struct argp_state *state);

/* The help of argp under this name, as wide as the terminal. */
void usage_help(const struct argp *argp, const char *name, FILE *out);

/* NULL, or the name nearest to what was typed, if it is near enough to be meant. names ends with
 * NULL; capitals count as small letters. */
const char *usage_nearest(const char *typed, const char *const *names);

/* "; did you mean \"call\"?", or "", under parent. */
const char *usage_hint(const void *parent, const char *typed, const char *const *names);
