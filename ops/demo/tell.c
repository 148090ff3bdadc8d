/* SPDX-License-Identifier: Apache-2.0 */
/* tell.c - asking, saying, checking: what every step of the story does */
#include <stdio.h>
#include <string.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "ops/cli/ask.h"
#include "ops/cli/json_path.h"
#include "ops/cli/known.h"
#include "ops/cli/language/language.h"
#include "ops/cli/output.h"
#include "ops/cli/refusal.h"
#include "ops/cli/terminal.h"
#include "ops/demo/tell.h"

enum { PAGE_ROWS = 200, ARGS_MAX = 4, DAY_SECONDS = 24 * 60 * 60, DATE_CHARS = 10 };

/* ---- telling ---- */

static void print(struct story *story, enum story_text text, const char *const *args,
                  const char *mark)
{
    const struct story_words *words = &story_words[text];
    char *line = story_format(NULL, story->chinese ? words->zh : words->en, args);

    printf("  %s %s\n", mark, line);
    fflush(stdout);
    talloc_free(line);
}

/* One object a line for machines: what was said, or checked and whether it held. */
static void print_json(enum story_text text, const char *const *args, const json_t *holds)
{
    char *line = story_format(NULL, story_words[text].en, args);
    json_t *json =
        json_pack("{s:s, s:s, s:O*}", "text", story_words[text].name, "line", line, "holds", holds);

    output_json(json, JSON_COMPACT);
    json_decref(json);
    talloc_free(line);
}

void story_say_list(struct story *story, enum story_text text, const char *const *args)
{
    if (story->stopped)
        return;
    if (story->options.json)
        print_json(text, args, NULL);
    else
        print(story, text, args, "·");
}

bool story_check_list(struct story *story, bool holds, enum story_text text,
                      const char *const *args)
{
    if (story->stopped)
        return false;
    story->checks++;
    story->failed += !holds;
    if (story->options.json) {
        print_json(text, args, holds ? json_true() : json_false());
        return holds;
    }
    fputs(holds ? "" : terminal_paint(stdout, PAINT_BAD), stdout);
    print(story, text, args, holds ? "✓" : story->chinese ? "✗ 未通过：" : "✗ FAILED:");
    fputs(holds ? "" : terminal_paint(stdout, PAINT_PLAIN), stdout);
    return holds;
}

const char *story_number(struct story *story, size_t number)
{
    return mem_printf(story->memory, "%zu", number);
}

/* ---- asking ---- */

/* The header's words: of its violation by this rule, else of all of it, whose rule is its code. */
static const char *words_of(const Bus__ReplyHeader *header, const char *rule, bool *ret_found)
{
    *ret_found = strcmp(rule, status_name((enum status)header->code)) == 0;
    for (size_t i = 0; i < header->n_violations; i++) {
        if (strcmp(header->violations[i]->rule, rule) != 0)
            continue;
        *ret_found = true;
        return *header->violations[i]->message != '\0' ? header->violations[i]->message
                                                       : header->message;
    }
    return header->message;
}

/* The same in the story's language, with the name or id that stands in it. */
static const char *translated(struct story *story, enum status status, const char *rule,
                              const char *words, const char *said)
{
    const char *chinese = speak_rule(rule);

    if (!story->chinese)
        return said;
    if (chinese == NULL)
        chinese = refusal_meaning(status);
    return words == NULL ? chinese : mem_printf(story->memory, "%s（%s）", chinese, words);
}

static void stop(struct story *story, const char *method, const Bus__ReplyHeader *header)
{
    char *words =
        mem_printf(story->memory, "%s %s", status_name((enum status)header->code), header->message);

    for (size_t i = 0; i < header->n_violations; i++)
        words = mem_check(talloc_asprintf_append(words, " (%s: %s)", header->violations[i]->field,
                                                 header->violations[i]->rule));
    story_check(story, false, STOPPED, method, words);
    story->stopped = true;
    story->why = exit_code_of((enum status)header->code);
}

json_t *story_ask(struct story *story, struct actor as, const char *method, json_t *request)
{
    void *memory = talloc_new(NULL);
    const Bus__ReplyHeader *header;
    json_t *response = NULL;

    if (!story->stopped) {
        if (ask(as.session, memory, method, as.id, request, &header, &response) != STATUS_OK)
            stop(story, method, header);
        else
            json_array_append_new(story->kept, response);
    }
    json_decref(request);
    talloc_free(memory);
    return response;
}

void story_refused_list(struct story *story, struct actor as, const char *method, json_t *request,
                        const char *rule, const char *words, enum story_text text,
                        const char *const *args)
{
    void *memory = talloc_new(NULL);
    const char *all[ARGS_MAX + 2] = {0};
    const Bus__ReplyHeader *header;
    json_t *response = NULL;
    size_t count = 0;

    if (!story->stopped) {
        enum status status = ask(as.session, memory, method, as.id, request, &header, &response);
        bool found;
        const char *said = words_of(header, rule, &found);
        bool holds = status != STATUS_OK && found && (words == NULL || strstr(said, words) != NULL);

        while (count < ARGS_MAX && args[count] != NULL) {
            all[count] = args[count];
            count++;
        }
        said = status == STATUS_OK ? "OK"
               : holds             ? translated(story, status, rule, words, said)
                                   : said;
        all[count] = known_words(story->options.json ? NULL : story->street.session, memory, said);
        story_check_list(story, holds, text, all);
    }
    json_decref(response);
    json_decref(request);
    talloc_free(memory);
}

json_t *story_list(struct story *story, struct actor as, const char *method, const char *objects,
                   json_t *request)
{
    json_t *all = json_array(), *page;
    const char *token;

    json_array_append_new(story->kept, all);
    json_object_set_new(request, "pageSize", json_integer(PAGE_ROWS));
    do {
        page = story_ask(story, as, method, json_deep_copy(request));
        token = json_path_text(page, "next_page_token");
        json_array_extend(all, json_path_get(page, objects));
        json_object_set_new(request, "pageToken", json_string(token));
    } while (*token != '\0');
    json_decref(request);
    return all;
}

json_t *story_find(json_t *list, const char *field, const char *text)
{
    json_t *object;
    size_t i;

    json_array_foreach(list, i, object)
    {
        if (strcmp(json_path_text(object, field), text) == 0)
            return object;
    }
    return NULL;
}

json_t *story_loaded(struct story *story, json_t *list, const char *field, const char *text)
{
    json_t *object = story_find(list, field, text);

    if (object == NULL && !story->stopped) {
        story_check(story, false, NOT_LOADED, text);
        story->stopped = true;
    }
    return object;
}

size_t story_count(json_t *list, const char *field, const char *text)
{
    json_t *object;
    size_t i, count = 0;

    json_array_foreach(list, i, object)
    {
        count += strcmp(json_path_text(object, field), text) == 0;
    }
    return count;
}

const char *story_text(struct story *story, const json_t *object, const char *field)
{
    return mem_text(story->memory, json_path_text(object, field));
}

json_t *story_action(const json_t *object, const char *id, const char *action, const char *reason)
{
    json_t *request = json_pack("{s:s, s:s}", "action", action, "reason", reason);

    json_path_set(request, id, json_string(json_path_text(object, id)));
    json_path_set(request, "revision", json_incref(json_path_get(object, "revision")));
    return request;
}

const char *story_time(struct story *story, int days)
{
    char text[CLOCK_TEXT];

    if (!clock_format(clock_unix_us() / 1000000 + (int64_t)days * DAY_SECONDS, 0, text))
        return "";
    return mem_text(story->memory, text);
}

const char *story_day(struct story *story, int days)
{
    return mem_printf(story->memory, "%.*s", DATE_CHARS, story_time(story, days));
}

void story_expect(struct story *story, const char *who, struct actor holder, const char *rule,
                  const char *subject)
{
    json_array_append_new(story->expected, json_pack("{s:s, s:s, s:s, s:s}", "who", who, "holder",
                                                     holder.id, "rule", rule, "subject", subject));
}
