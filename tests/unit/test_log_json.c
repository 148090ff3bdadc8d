/* SPDX-License-Identifier: Apache-2.0 */
/* test_log_json.c - lines of the log as objects that every reader of JSON takes */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "libcommon/base/log_json.h"

static void says_the_same_as_the_line(void **state)
{
    static const struct {
        const char *line, *json;
    } cases[] = {
        {"", "{}\n"},
        {"event=started port=5550\n", "{\"event\":\"started\",\"port\":5550}\n"},
        {"a=-3 b=1.250 c=0 d=", "{\"a\":-3,\"b\":1.250,\"c\":0,\"d\":\"\"}\n"},
        {"a=007 b=+1 c=1. d=1e5 e=- f=0x1 g=.5",
         "{\"a\":\"007\",\"b\":\"+1\",\"c\":\"1.\",\"d\":\"1e5\",\"e\":\"-\",\"f\":\"0x1\",\"g\":"
         "\".5\"}\n"},
        {"id=1234567890123456", "{\"id\":\"1234567890123456\"}\n"},
        {"sqlstate=23514 n=23514", "{\"sqlstate\":\"23514\",\"n\":23514}\n"},
        {"name=\"12\" empty=\"\" next=1", "{\"name\":\"12\",\"empty\":\"\",\"next\":1}\n"},
        {"s=\"a \\\"b\\\" c\\\\d\\n\\r\\t\\x01\\x7f=\" n=1",
         "{\"s\":\"a \\\"b\\\" c\\\\d\\u000a\\u000d\\u0009\\u0001\\u007f=\",\"n\":1}\n"},
        {"s=\"\\xz\"", "{\"s\":\"xz\"}\n"},
        {"街道=\"聚沙\" s=𠮷", "{\"街道\":\"聚沙\",\"s\":\"𠮷\"}\n"},
        {"s=\"\xff\xe8\" n=\x80", "{\"s\":\"\xef\xbf\xbd\xef\xbf\xbd\",\"n\":\"\xef\xbf\xbd\"}\n"},
        /* cut: in a value, behind a backslash, in a name */
        {"a=1 s=\"half", "{\"a\":1,\"s\":\"half\"}\n"},
        {"a=1 s=\"half\\", "{\"a\":1,\"s\":\"half\\\\\"}\n"},
        {"a=1 nam", "{\"a\":1}\n"},
    };
    char json[LOG_JSON_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size = log_json(cases[i].line, strlen(cases[i].line), json);
        if (size != strlen(cases[i].json) || memcmp(json, cases[i].json, size) != 0)
            fail_msg("%s became %.*s", cases[i].line, (int)size, json);
        json_t *read = json_loadb(json, size, 0, NULL);
        assert_non_null(read);
        json_decref(read);
    }
}

/* Whatever becomes longer as JSON: the object ends before the pair that finds no room. */
static void is_whole_though_there_is_no_room(void **state)
{
    static const char *const parts[] = {"a=b ", "s=\"\x01\x01\x01\" ", "s=\"\\x01\\x01\" ",
                                        "=x ",  "s=\xff\xff\xff ",     "s=\"\xff\xff\xff\xff\xff"};
    char line[2000], json[LOG_JSON_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t part = strlen(parts[i]);
        for (size_t at = 0; at < sizeof line; at++)
            line[at] = parts[i][at % part];
        size_t size = log_json(line, sizeof line, json);
        assert_in_range(size, 3, LOG_JSON_BYTES);
        json_t *read = json_loadb(json, size, 0, NULL);
        if (!read)
            fail_msg("no JSON: %.*s", (int)size, json);
        json_decref(read);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_the_same_as_the_line),
        cmocka_unit_test(is_whole_though_there_is_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
