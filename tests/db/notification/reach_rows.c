/* SPDX-License-Identifier: Apache-2.0 */
/* reach_rows.c - what the methods of notification are called with */
#include "reach_rows.h"

const char *const reach_objects =
    "INSERT INTO follower VALUES ('$STREET', 'registry', 9, 9) ON CONFLICT DO NOTHING;"
    "INSERT INTO message VALUES ('$STREET', '$MESSAGE', '$PERSON', 'need_raised', '$HAPPENED',"
    " 'selection', 1, 'jusha.selection.v1.NeedRaised', '$NEED', now(), NULL, '新需求', 'A need',"
    " now(), NULL);";

const struct reach_row reach_rows[] = {
    {"Rebuild", OF_STREET, "{'service': 'registry'}"},
    {"ListMessages", OF_PERSON, "{}", .shows = "$MESSAGE"},
    {"ListMessages", OF_PERSON, "{'unreadOnly': true}", .shows = "$MESSAGE"},
    {"GetMessage", OF_PERSON, "{'messageId': '$MESSAGE'}", .shows = "$MESSAGE"},
    {"CountUnread", OF_PERSON, "{}", .shows = "{'unread':1}"},
    {"MarkRead", OF_PERSON, "{'messageIds': ['$MESSAGE']}"},
    {"MarkRead", OF_STREET, "{'messageIds': ['$MESSAGE', '$THEIR_MESSAGE']}"},
    {"MarkAllRead", OF_PERSON, "{'upToMessageId': '$MESSAGE'}"},
    {"ListRules", OF_STREET, "{}", .shows = "need_raised"},
    {0},
};
