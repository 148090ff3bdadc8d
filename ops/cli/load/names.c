/* SPDX-License-Identifier: Apache-2.0 */
/* names.c - ids in the place of names */
#include "names.h"

#include <assert.h>
#include <string.h>

#include "json_path.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/text_form.h"

void plan_init(struct plan *plan)
{
    for (size_t i = 0; sheets[i] != NULL; i++) {
        assert(i < SHEETS_MAX);
        plan_index_init(&plan->index[i], sheets[i]);
    }
}

void plan_clear(struct plan *plan)
{
    for (size_t i = 0; sheets[i] != NULL; i++)
        plan_index_clear(&plan->index[i]);
}

struct plan_index *plan_of(struct plan *plan, const struct sheet *sheet)
{
    size_t i = 0;

    while (sheets[i] != sheet)
        i++;
    return &plan->index[i];
}

/* The object of this name, borrowed; null if several have it, NULL if none has. */
static json_t *find(struct plan *plan, const struct sheet *sheet, const char *name)
{
    char *key = text_key(NULL, name);
    json_t *found = json_object_get(plan_of(plan, sheet)->by_name, key);

    talloc_free(key);
    return found;
}

/* The same for a word about people: "头格社区居民", the residents of a community, are the
 * community. */
static json_t *find_word(struct plan *plan, const struct sheet *sheet, const char *word)
{
    static const char residents[] = "居民";
    size_t size = strlen(word), tail = sizeof residents - 1;
    json_t *found = find(plan, sheet, word);

    if (found != NULL || size <= tail || strcmp(word + size - tail, residents) != 0)
        return found;
    char *name = mem_check(talloc_strndup(NULL, word, size - tail));
    found = find(plan, sheet, name);
    talloc_free(name);
    return found;
}

/* NULL, or why the cell's name is no id. */
static const char *put_id(struct plan *plan, const struct sheet_column *column, json_t *object)
{
    json_t *name = json_incref(json_path_get(object, column->field));
    const char *fault = name == NULL ? NULL : "nothing here has this name";

    for (size_t i = 0; i < SHEET_TARGETS && column->targets[i].sheet != NULL && fault != NULL;
         i++) {
        const struct sheet_target *target = &column->targets[i];
        json_t *found = find(plan, target->sheet, json_string_value(name));

        if (json_is_null(found)) {
            fault = "several have this name";
            break;
        }
        if (found == NULL)
            continue;
        json_path_set(object, column->field, NULL);
        json_path_set(object, target->field, json_incref(json_path_get(found, target->sheet->id)));
        fault = NULL;
    }
    json_decref(name);
    return fault;
}

/* The list of ids that a word belongs to, with its id; NULL if it is no name. */
static const struct sheet_target *target_of(struct plan *plan, const struct sheet_column *column,
                                            const char *word, json_t **ret_id)
{
    for (size_t i = 0; i < SHEET_TARGETS && column->targets[i].sheet != NULL; i++) {
        const struct sheet_target *target = &column->targets[i];
        const json_t *found = find_word(plan, target->sheet, word);

        if (!json_is_object(found))
            continue;
        *ret_id = json_path_get(found, target->sheet->id);
        return target;
    }
    return NULL;
}

/* Moves the words that are names to their target's list. */
static void put_words(struct plan *plan, const struct sheet_column *column, json_t *object)
{
    json_t *words = json_path_get(object, column->words), *id;
    size_t i = 0;

    while (i < json_array_size(words)) {
        const struct sheet_target *target =
            target_of(plan, column, json_string_value(json_array_get(words, i)), &id);

        if (target == NULL) {
            i++;
            continue;
        }
        if (json_path_get(object, target->field) == NULL)
            json_path_set(object, target->field, json_array());
        json_array_append(json_path_get(object, target->field), id);
        json_array_remove(words, i);
    }
    if (words != NULL && json_array_size(words) == 0)
        json_path_set(object, column->words, NULL);
}

/* False if what the line meant before is not there. */
static bool put_origins(struct plan *plan, const struct sheet *sheet, json_t *object)
{
    for (size_t i = 0; i < SHEET_ORIGINS_MAX && sheet->origins[i].sheet != NULL; i++) {
        const struct sheet_target *origin = &sheet->origins[i];
        json_t *id = json_object_get(plan_of(plan, origin->sheet)->of_line,
                                     json_path_text(object, origin->field));

        if (id == NULL)
            return false;
        json_path_set(object, origin->field, json_incref(id));
    }
    return true;
}

bool names_resolve(struct plan *plan, const struct sheet_rows *rows, struct sheet_row *row,
                   struct report *report)
{
    const struct sheet *sheet = rows->sheet;
    bool good = put_origins(plan, sheet, row->object);

    for (size_t i = 0; i < sheet_columns(sheet); i++) {
        const struct sheet_column *column = &sheet->columns[i];
        const char *fault = NULL;

        if (column->words != NULL)
            put_words(plan, column, row->object);
        else if (column->targets[0].sheet != NULL)
            fault = put_id(plan, column, row->object);
        if (fault == NULL)
            continue;
        report_fault(report, sheet->file, row->line, column->name, fault);
        good = false;
    }
    return good;
}
