/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vector.c - reads a file of vectors
 *
 * A line at the margin begins a step, an indented one adds a frame to it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "libcommon/base/mem.h"
#include "tests/broker/vector.h"

enum { LINE_MAX_BYTES = 1024, FRAME_BYTES_MAX = 4096 };

struct reader {
    const void *parent;
    const char *path;
    int line;
    struct vector_step *steps;
    struct vector_step *step;           /* the last one */
    uint8_t bytes[FRAME_BYTES_MAX + 1]; /* of a frame that goes on */
    size_t size;
    char *ticket; /* in it; NULL: none */
    size_t ticket_at;
};

static void give_up(const struct reader *reader, const char *why)
{
    fprintf(stderr, "%s:%d: %s\n", reader->path, reader->line, why);
    exit(EXIT_FAILURE);
}

static void begin_step(struct reader *reader, char *text)
{
    struct vector_step *step = mem_new(reader->parent, struct vector_step);
    char *rest = NULL;
    size_t count = 0;

    if (reader->size > 0)
        give_up(reader, "the frame before does not end");
    for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        if (count == VECTOR_WORDS_MAX)
            give_up(reader, "too many words");
        step->word[count++] = mem_text(step, word);
    }
    step->line = reader->line;
    DL_APPEND(reader->steps, step);
    reader->step = step;
}

static struct vector_frame *add_frame(struct reader *reader)
{
    struct vector_step *step = reader->step;

    if (!step || step->count == VECTOR_FRAMES_MAX)
        give_up(reader, "a frame that belongs nowhere");
    return &step->frame[step->count++];
}

static void add_hex(struct reader *reader, const char *word)
{
    for (; word[0] && word[1]; word += 2) {
        char pair[3] = {word[0], word[1], 0}, *end;
        unsigned long byte = strtoul(pair, &end, 16);

        if (*end || reader->size == FRAME_BYTES_MAX)
            give_up(reader, "not hex");
        reader->bytes[reader->size++] = (uint8_t)byte;
    }
    if (word[0])
        give_up(reader, "half a byte");
}

static void add_ticket(struct reader *reader, const char *name)
{
    if (!reader->step || reader->ticket || reader->size + VECTOR_TICKET > FRAME_BYTES_MAX)
        give_up(reader, "no place for a ticket");
    reader->ticket = mem_text(reader->step, name);
    reader->ticket_at = reader->size;
    memset(reader->bytes + reader->size, 0, VECTOR_TICKET);
    reader->size += VECTOR_TICKET;
}

static void add_bytes(struct reader *reader, const char *word)
{
    if (word[0] == '$')
        add_ticket(reader, word);
    else if (strcmp(word, "-") != 0)
        add_hex(reader, word);
}

static void add_line(struct reader *reader, char *text)
{
    char *rest = NULL, *first = strtok_r(text, " ", &rest);
    char *colon = strtok_r(NULL, " ", &rest), *type = strtok_r(NULL, " ", &rest);
    struct vector_frame *frame;

    add_bytes(reader, first);
    if (colon && strcmp(colon, "\\") == 0)
        return; /* the frame goes on */
    frame = add_frame(reader);
    frame->data = mem_copy(reader->step, reader->bytes, reader->size + 1);
    frame->size = reader->size;
    frame->ticket = reader->ticket;
    frame->ticket_at = reader->ticket_at;
    if (colon && strcmp(colon, ":") == 0 && type)
        frame->type = mem_text(reader->step, type);
    else if (colon)
        give_up(reader, "what is behind the hex?");
    reader->size = 0;
    reader->ticket = NULL;
}

struct vector_step *vector_read(const void *parent, const char *path)
{
    struct reader reader = {.parent = parent, .path = path};
    char text[LINE_MAX_BYTES];
    FILE *file = fopen(path, "r");

    if (!file)
        give_up(&reader, "cannot be opened");
    while (fgets(text, sizeof text, file)) {
        reader.line++;
        text[strcspn(text, "#\n")] = 0;
        if (strspn(text, " ") == strlen(text))
            continue;
        if (text[0] == ' ')
            add_line(&reader, text);
        else
            begin_step(&reader, text);
    }
    fclose(file);
    return reader.steps;
}
