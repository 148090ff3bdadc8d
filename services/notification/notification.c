/* SPDX-License-Identifier: Apache-2.0 */
/* notification.c - notification's table of methods, and what it follows */
#include "services/notification/notification.h"

#include "services/notification/contract.h"

#include "libcommon/base/log.h"
#include "libcommon/base/mem.h"
#include "notification_methods.h"
#include "services/notification/follow.h"
#include "services/notification/rule/rules.h"

NOTIFICATION_PERMISSIONS(PERMISSION_DEFINE)
const struct permission *const notification_permissions[] = {
    NOTIFICATION_PERMISSIONS(PERMISSION_POINTER) NULL};

/* The contract lists the methods; each name here is a row in the file of that name. */
static const struct methods notification_methods =
    NOTIFICATION__NOTIFICATION_SERVICE__INIT(&notification_);

/* A rule that does not fit the contract ends the process, so that no event ever meets it. */
static bool start(void)
{
    void *mem = mem_check(talloc_new(NULL));
    const char *wrong = rule_books_check(mem, rule_books, notification_follows);
    const bool fits = !wrong;

    if (wrong)
        log_error("rule_invalid", "reason=%s", LOG_QUOTED(wrong));
    talloc_free(mem);
    return fits;
}

const struct service notification_service = {
    .name = "notification",
    .methods = (const struct methods *const[]){&notification_methods, &journal_methods, NULL},
    .follows = notification_follows,
    .start = start,
};
