/* SPDX-License-Identifier: Apache-2.0 */
/* named_sql.c - the text is cut into lexemes; those that are parameters get their numbers, all
 * others are copied */
#include "libcommon/service/database/named_sql.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "libcommon/base/mem.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define WORD LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

/* ---- lexemes: each function returns the end of the one that begins at `at`, NULL if it has none
 * ---- */

/* A quote within is doubled; in E'…' a backslash takes the next character with it. */
static const char *end_of_quoted(const char *at, bool escapes)
{
    char quote = *at++;

    for (; *at; at++)
        if ((escapes && *at == '\\' && at[1]) || (*at == quote && at[1] == quote))
            at++;
        else if (*at == quote)
            return at + 1;
    return NULL;
}

/* $$…$$ or $tag$…$tag$; a dollar that begins neither is a lexeme of its own. */
static const char *end_of_dollars(const char *at)
{
    size_t tag = 1 + strspn(at + 1, WORD);

    if (at[tag] != '$')
        return at + 1;
    tag++;
    for (const char *end = at + tag; *end; end++)
        if (strncmp(end, at, tag) == 0)
            return end + tag;
    return NULL;
}

/* Comments of this kind lie within each other. */
static const char *end_of_comment(const char *at)
{
    int depth = 0;

    for (; *at; at++)
        if (strncmp(at, "/*", 2) == 0) {
            depth++;
            at++;
        } else if (strncmp(at, "*/", 2) == 0) {
            at++;
            if (--depth == 0)
                return at + 1;
        }
    return NULL;
}

static const char *end_of_lexeme(const char *at, const char *word)
{
    bool escapes = word + 1 == at && (*word == 'E' || *word == 'e');

    if (strspn(at, WORD) > 0)
        return at + strspn(at, WORD);
    if (strncmp(at, "--", 2) == 0)
        return at + strcspn(at, "\n");
    if (strncmp(at, "/*", 2) == 0)
        return end_of_comment(at);
    if (strncmp(at, "::", 2) == 0)
        return at + 2;
    switch (*at) {
    case '\'':
    case '"':
        return end_of_quoted(at, escapes);
    case '$':
        return end_of_dollars(at);
    default:
        return at + 1;
    }
}

/* ---- parameters ---- */

/* Length of the name of a parameter that begins at `at`, which lies within sql. Behind a word or a
 * bracket a colon parts the ends of a range. */
static size_t name_length(const char *sql, const char *at)
{
    if (*at != ':' || !at[1] || !strchr(LOWER "_", at[1]))
        return 0;
    if (at > sql && strchr(WORD ")]", at[-1]))
        return 0;
    return strspn(at + 1, LOWER "0123456789_");
}

/* The number of a parameter; 0: there is no room for one more. */
static int number_of(struct named_sql *sql, const char *name, size_t length)
{
    for (int i = 0; i < sql->count; i++)
        if (strncmp(sql->names[i], name, length) == 0 && !sql->names[i][length])
            return i + 1;
    if (sql->count == SQL_PARAMS_MAX || length > SQL_NAME_MAX)
        return 0;
    sql->names[sql->count++] = mem_check(talloc_strndup(sql->text, name, length));
    return sql->count;
}

static void add(struct named_sql *sql, const char *text, size_t length)
{
    sql->text = mem_check(talloc_strndup_append_buffer(sql->text, text, length));
}

const char *named_sql_read(const void *parent, const char *sql, struct named_sql *ret)
{
    const char *word = sql; /* where the last lexeme began */

    *ret = (struct named_sql){.text = mem_text(parent, "")};
    for (const char *at = sql, *end; *at; word = at, at = end) {
        size_t length = name_length(sql, at);
        if (length > 0) {
            int number = number_of(ret, at + 1, length);
            if (number == 0)
                return "it has too many parameters, or a name that is too long";
            end = at + 1 + length;
            ret->text = mem_check(talloc_asprintf_append_buffer(ret->text, "$%d", number));
            continue;
        }
        end = end_of_lexeme(at, word);
        if (!end)
            return "a quote or a comment does not end";
        if (*at == '$' && isdigit((unsigned char)at[1]))
            return "it has a parameter by number";
        add(ret, at, (size_t)(end - at));
    }
    return NULL;
}
