/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_audiences.c - every event has an audience, or says why it has none; ops/doc/audiences.md is
 * what the rules say
 *
 * With --print the program writes the page.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "page.h"
#include "services/notification/rule/rules.h"

#define KIND(name) NOTIFICATION__AUDIENCE__AUDIENCE_##name

static const char *const audiences[] = {
    [KIND(STREET_STAFF)] = "street staff",
    [KIND(COMMUNITY_STAFF)] = "staff of %s",
    [KIND(UNIT_CONTACTS)] = "contacts of %s",
    [KIND(ALL_UNIT_CONTACTS)] = "contacts of all units",
    [KIND(PERSON)] = "%s",
    [KIND(SIGNED_UP)] = "who is signed up or waits",
    [KIND(OWNER)] = "staff or contacts of %s",
    [KIND(PARTIES)] = "staff and contacts of %s",
};

/* The last step of a path, without "_id" or "_ids": whose audience it is. */
static void print_whose(FILE *out, const char *format, const char *path)
{
    const char *dot = path ? strrchr(path, '.') : NULL, *name = dot ? dot + 1 : path;
    const char *place = strstr(format, "%s");

    if (!place || !name) {
        fputs(format, out);
        return;
    }
    size_t length = strlen(name);
    if (strstr(name, "_id"))
        length = (size_t)(strstr(name, "_id") - name);
    fprintf(out, "%.*s`%.*s`", (int)(place - format), format, (int)length, name);
}

static void print_rule(FILE *out, const struct notify_rule *rule)
{
    const char *name = rule->event->short_name;

    fprintf(out, "| `%s` | `%s` | ", name, rule->name);
    for (int i = 0; i < AUDIENCES_MAX && rule->audiences[i].kind; i++) {
        fputs(i > 0 ? "; " : "", out);
        print_whose(out, audiences[rule->audiences[i].kind], rule->audiences[i].path);
    }
    fprintf(out, " | %s |\n", rule->title_zh);
}

static void print_event(FILE *out, const struct rule_book *book,
                        const ProtobufCMessageDescriptor *event)
{
    for (const struct notify_rule *rule = book->rules; rule->name; rule++)
        if (rule->event == event)
            print_rule(out, rule);
    for (const struct silence *silent = book->silent; silent->event; silent++)
        if (silent->event == event)
            fprintf(out, "| `%s` | | nobody, because: %s | |\n", event->short_name,
                    silent->because);
}

static void print_book(FILE *out, const struct rule_book *book)
{
    char *package = mem_printf(NULL, "jusha.%s.v1", book->service);

    fprintf(out, "\n## %s\n\n| event | rule | tells | in Chinese |\n|---|---|---|---|\n",
            book->service);
    for (const ProtobufCMessageDescriptor *const *event = types_events; *event; event++)
        if (strcmp((*event)->package_name, package) == 0)
            print_event(out, book, *event);
    talloc_free(package);
}

static void print_page(FILE *out)
{
    fputs("# Who is told of what\n\n"
          "Printed from `services/notification/rule/<service>_rules.c`; a test holds this page to"
          " them. An event may tell by several rules, each\nunder its condition; what all of them"
          " keep to stands in [notices](notices.md). What stands in brackets is left out where"
          " nothing is said.\n",
          out);
    for (const struct rule_book *const *book = rule_books; *book; book++)
        print_book(out, *book);
}

static bool is_in(const struct rule_book *book, const ProtobufCMessageDescriptor *event)
{
    for (const struct notify_rule *rule = book->rules; rule->name; rule++)
        if (rule->event == event)
            return true;
    for (const struct silence *silent = book->silent; silent->event; silent++)
        if (silent->event == event)
            return true;
    return false;
}

static void says_of_every_event_whom_it_tells(void **state)
{
    (void)state;
    for (const struct rule_book *const *book = rule_books; *book; book++) {
        char *package = mem_printf(NULL, "jusha.%s.v1", (*book)->service);

        for (const ProtobufCMessageDescriptor *const *event = types_events; *event; event++)
            if (strcmp((*event)->package_name, package) == 0 && !is_in(*book, *event))
                fail_msg("nothing says whom %s tells: add a rule or a silence to"
                         " services/notification/rule/%s_rules.c",
                         (*event)->short_name, (*book)->service);
        talloc_free(package);
    }
}

static const struct page page = {"ops/doc/audiences.md", print_page};

static void writes_the_page_of_the_documentation(void **state)
{
    (void)state;
    page_assert(&page);
}

static void says_why_nobody_is_told(void **state)
{
    (void)state;
    for (const struct rule_book *const *book = rule_books; *book; book++)
        for (const struct silence *silent = (*book)->silent; silent->event; silent++)
            assert_true(silent->because && silent->because[0]);
}

/* English in a Chinese template would be read by people who have none. */
static bool has_english(const char *template)
{
    for (bool in_path = false; template && *template; template ++) {
        if (*template == '{' || *template == '}')
            in_path = *template == '{';
        else if (!in_path && (*template | 32) >= 'a' && (*template | 32) <= 'z')
            return true;
    }
    return false;
}

static void speaks_chinese_in_chinese(void **state)
{
    (void)state;
    for (const struct rule_book *const *book = rule_books; *book; book++)
        for (const struct notify_rule *rule = (*book)->rules; rule->name; rule++)
            if (has_english(rule->title_zh) || has_english(rule->together_zh))
                fail_msg("%s speaks English", rule->name);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_of_every_event_whom_it_tells),
        cmocka_unit_test(writes_the_page_of_the_documentation),
        cmocka_unit_test(says_why_nobody_is_told),
        cmocka_unit_test(speaks_chinese_in_chinese),
    };

    if (page_is_asked_for(count, arguments, &page))
        return EXIT_SUCCESS;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
