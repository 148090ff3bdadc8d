/* SPDX-License-Identifier: Apache-2.0 */
/* rules.c - the books of rules.h, and the templates of their titles */
#include "services/notification/rule/rules.h"

#include <string.h>

const struct rule_book *const rule_books[] = {&registry_rules, &selection_rules, &scheduling_rules,
                                              NULL};

const char *template_next(const char *template, size_t *ret_length)
{
    const char *open = strchr(template, '{');

    if (!open)
        return NULL;
    *ret_length = strcspn(open + 1, "}");
    return open + 1;
}
