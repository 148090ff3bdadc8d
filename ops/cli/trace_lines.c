/* SPDX-License-Identifier: Apache-2.0 */
/* trace_lines.c - a line, whatever stands around it -> its names and values as JSON */
#include "trace_lines.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/log_json.h"

enum { ORIGIN_BYTES = 100 };

const char *trace_text(const json_t *line, const char *name)
{
    const char *text = json_string_value(json_object_get(line, name));

    return text != NULL ? text : "";
}

json_int_t trace_number(const json_t *line, const char *name)
{
    return json_integer_value(json_object_get(line, name));
}

/* ---- one line ---- */

/* Where "ts=2" or {"ts":"2 begins; NULL: it is none of ours. */
static const char *find_start(const char *text)
{
    const char *json = strstr(text, "{\"ts\":\"2"), *logfmt = strstr(text, "ts=2");

    return json != NULL && (logfmt == NULL || json < logfmt) ? json : logfmt;
}

static bool is_of_origin(char character)
{
    return isalnum((unsigned char)character) || strchr("_.-[]@", character) != NULL;
}

/* The last word before the line, without the colours that compose gives it. */
static void read_origin(const char *text, const char *end, char ret[static ORIGIN_BYTES])
{
    size_t used = 0;
    bool ended = false;

    for (; text < end && *text != '\0'; text++) {
        if (*text == '\x1b') {
            text += strcspn(text, "m");
            if (text >= end || *text == '\0')
                break;
        } else if (is_of_origin(*text) && used < ORIGIN_BYTES - 1) {
            used = ended ? 0 : used;
            ended = false;
            ret[used++] = *text;
        } else {
            ended = true;
        }
    }
    ret[used] = '\0';
}

static json_t *read_pairs(const char *start, size_t size)
{
    char text[LOG_JSON_BYTES];

    if (*start == '{')
        return json_loadb(start, size, JSON_DISABLE_EOF_CHECK, NULL);
    return json_loadb(text, log_json(start, size, text), 0, NULL);
}

/* The line within what docker or journalctl made of it; NULL: there is none. */
static json_t *read_line(const char *text)
{
    char origin[ORIGIN_BYTES];
    json_t *outer = *text == '{' ? json_loads(text, 0, NULL) : NULL;
    const char *inner = trace_text(outer, *trace_text(outer, "log") != '\0' ? "log" : "MESSAGE");
    const char *whole = *inner != '\0' ? inner : text, *start = find_start(whole);
    json_t *line = start == NULL ? NULL : read_pairs(start, strcspn(start, "\n"));

    if (json_is_object(line)) {
        read_origin(whole, start, origin);
        json_object_set_new(line, "origin", json_string(origin));
    }
    json_decref(outer);
    return line;
}

static bool is_wanted(const json_t *line, const char *id)
{
    static const char *const events[] = {"routed", "request", "reaction"};

    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        if (strcmp(trace_text(line, "event"), events[i]) == 0)
            return true;
    return strcmp(trace_text(line, "request_id"), id) == 0;
}

void trace_lines_read(FILE *file, const char *id, json_t *lines)
{
    char *text = NULL;
    size_t room = 0;

    while (getline(&text, &room, file) > 0) {
        json_t *line = read_line(text);

        if (json_is_object(line) && is_wanted(line, id))
            json_array_append(lines, line);
        json_decref(line);
    }
    free(text);
}
