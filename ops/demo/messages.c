/* SPDX-License-Identifier: Apache-2.0 */
/*
 * messages.c - step 6: everybody was told exactly what they had to be told
 *
 * Of a person's inbox the messages about the story's own objects count. They are asked for behind
 * the events that cause them; what the notification service does after that is asked for again
 * until it is there.
 */
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "ops/cli/json_path.h"
#include "ops/demo/steps.h"

enum { LATEST_MS = 15000, LIST_MAX = 16 };

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Texts in order, "a, b", under the story's memory. */
static const char *joined(struct story *story, const char **texts, size_t count)
{
    char *line = mem_text(story->memory, "");

    qsort(texts, count, sizeof *texts, by_text);
    for (size_t i = 0; i < count; i++)
        line = mem_check(talloc_asprintf_append(line, "%s%s", i == 0 ? "" : ", ", texts[i]));
    return line;
}

/* "rule subject" of each message that this person has to get. */
static const char *expected_of(struct story *story, const char *holder)
{
    const char *texts[LIST_MAX] = {NULL};
    size_t i, count = 0;
    json_t *entry;

    json_array_foreach(story->expected, i, entry)
    {
        if (strcmp(json_path_text(entry, "holder"), holder) == 0 && count < LIST_MAX)
            texts[count++] = mem_printf(story->memory, "%s %s", json_path_text(entry, "rule"),
                                        json_path_text(entry, "subject"));
    }
    return joined(story, texts, count);
}

/* The same of what the person got; *ret_titles is for people. */
static const char *told(struct story *story, struct actor who, const char **ret_titles)
{
    json_t *messages = story_list(story, who, "ListMessages", "messages", json_object()), *message;
    const char *texts[LIST_MAX] = {NULL}, *titles[LIST_MAX] = {NULL};
    size_t i, count = 0;

    json_array_foreach(messages, i, message)
    {
        const char *subject = json_path_text(message, "subject");

        if (story_find(story->expected, "subject", subject) == NULL || count == LIST_MAX)
            continue;
        titles[count] = story_text(story, message, story->chinese ? "title_zh" : "title_en");
        texts[count++] =
            mem_printf(story->memory, "%s %s", json_path_text(message, "rule"), subject);
    }
    *ret_titles = joined(story, titles, count);
    return joined(story, texts, count);
}

static void check_inbox(struct story *story, const char *name, struct actor who)
{
    const char *expected = expected_of(story, who.id), *titles = "";
    const char *got = told(story, who, &titles);
    int64_t until_ms = clock_monotonic_ms() + LATEST_MS;

    while (!story->stopped && strcmp(got, expected) != 0 && clock_monotonic_ms() < until_ms)
        got = told(story, who, &titles);
    if (strcmp(got, expected) == 0)
        story_check(story, true, INBOX, name, titles);
    else
        story_check(story, false, INBOX_WRONG, name, expected, got);
}

static void try_a_foreign_message(struct story *story)
{
    json_t *messages =
        story_list(story, story->cast.bank_contact, "ListMessages", "messages", json_object());
    json_t *request =
        json_pack("{s:s}", "messageId", json_path_text(json_array_get(messages, 0), "message_id"));

    story_refused(story, story->cast.babao_contact, "GetMessage", request, "NOT_FOUND", NULL,
                  INBOX_FOREIGN);
}

void story_of_messages(struct story *story)
{
    json_t *done = json_object(), *entry;
    size_t i;

    json_array_foreach(story->expected, i, entry)
    {
        const char *holder = json_path_text(entry, "holder");

        if (json_object_get(done, holder) != NULL)
            continue;
        json_object_set_new(done, holder, json_true());
        check_inbox(story, json_path_text(entry, "who"),
                    (struct actor){story->gateway.session, holder});
    }
    json_decref(done);
    try_a_foreign_message(story);
}
