/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace_lines.h - lines of programs' logs, as whoever collects them hands them over
 *
 * logfmt or JSON, by themselves or behind a prefix (docker-compose logs, journalctl), or as a text
 * within JSON (docker's json-file, journalctl -o json), of any number of programs mixed. What is
 * none of ours is passed over.
 */
#pragma once

#include <jansson.h>
#include <stdio.h>

/* Adds to `lines` what a request leaves (events routed, request, reaction), and each line whose
 * request_id is this id: the line's names and values, and "origin", the last word of what stood
 * before it ("registry_1"), or "". */
void trace_lines_read(FILE *file, const char *id, json_t *lines);

/* A field as text, "" if there is none; as a number, else 0. */
const char *trace_text(const json_t *line, const char *name);
json_int_t trace_number(const json_t *line, const char *name);
