/* SPDX-License-Identifier: Apache-2.0 */
/* test_refusals.c - how people are told of a refusal, in either language */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bed.h"
#include "libcommon/base/mem.h"

static void speak_chinese(bool chinese)
{
    setenv("LC_ALL", chinese ? "zh_CN.UTF-8" : "C.UTF-8", 1);
}

#define ID "01900000-0000-7000-8000-0000000000ff"

/* The toy registry refuses by the name (toy_answers.c). */
static const struct {
    const char *name, *code, *english, *chinese;
    bool tells_id; /* it is worth asking again, or worth looking for in the logs */
} refusals[] = {
    {"refuse by role", "PERMISSION_DENIED", "method: role: the role may not\n",
     "method: role: 该角色不可以\n", false},
    {"refuse a rival", "FAILED_PRECONDITION",
     "unit.name: booked: \"杭州联合银行\" has it from 2026-07-01 08:30\n",
     "unit.name: booked: 该时段已被占用（对方：“杭州联合银行”，自：2026-07-01 08:30）\n", false},
    {"refuse by fault", "INTERNAL", "(request): unreadable: it cannot be read\n",
     "（请求）: unreadable: 所存内容无法读取\n", true},
    {"refuse while away", "UNAVAILABLE", "(request): database: the database is away\n",
     "（请求）: database: 数据库暂不可用\n", true},
    {"refuse a mass", "RESOURCE_EXHAUSTED", "(request): size: it is larger than 9 bytes\n",
     "（请求）: size: 超过最大字节数（最多：9）\n", true},
};
enum { REFUSALS = sizeof refusals / sizeof *refusals };

static int bed_ready(void **state)
{
    bed_fresh(state);
    bed_run((struct bed *)*state, "call", "CreateStreet", "--street=xiasha",
            "{\"street\": {\"street\": \"xiasha\", \"timeZone\": \"Asia/Shanghai\"}}");
    return 0;
}

static int bed_left(void **state)
{
    unsetenv("LC_ALL");
    return bed_sweep(state);
}

static void tells_a_call_in_both_languages(void **state)
{
    struct bed *bed = *state;

    for (size_t i = 0; i < 2 * (size_t)REFUSALS; i++) {
        const bool chinese = i % 2 == 1;
        const size_t row = i / 2;
        speak_chinese(chinese);
        struct outcome told =
            bed_run(bed, "call", "--street=xiasha", ("--request-id=" ID), "RegisterUnit",
                    mem_printf(bed->memory, "{\"unit\": {\"name\": \"%s\", \"kind\": \"BANK\"}}",
                               refusals[row].name));
        assert_int_not_equal(told.code, 0);
        assert_contains(told.err, refusals[row].code);
        assert_contains(told.err, chinese ? refusals[row].chinese : refusals[row].english);
        assert_int_equal(strstr(told.err, ID) != NULL, refusals[row].tells_id);
    }
}

static void tells_a_load_in_both_languages(void **state)
{
    struct bed *bed = *state;

    bed_file(bed, "street.csv",
             "slug,name,time_zone,office\nxiasha,下沙街道,Asia/Shanghai,办公室\n");
    bed_file(bed, "units.csv", "name,kind\nrefuse by role,BANK\nrefuse a rival,BANK\n");
    speak_chinese(false);
    struct outcome english = bed_run(bed, "load", bed->folder);
    assert_contains(english.err, "units.csv:2: method: the role may not (role)\n");
    assert_contains(english.err,
                    "units.csv:3: name: \"杭州联合银行\" has it from 2026-07-01 08:30 (booked)\n");
    speak_chinese(true);
    struct outcome chinese = bed_run(bed, "load", bed->folder);
    assert_contains(chinese.err, "units.csv:2: method: 该角色不可以 (role)\n");
    assert_contains(chinese.err, "units.csv:3: name: 该时段已被占用（对方：“杭州联合银行”，自："
                                 "2026-07-01 08:30） (booked)\n");
}

int main(void)
{
#define on_bed(test) cmocka_unit_test_setup_teardown(test, bed_ready, bed_left)
    const struct CMUnitTest tests[] = {
        on_bed(tells_a_call_in_both_languages),
        on_bed(tells_a_load_in_both_languages),
    };
    return cmocka_run_group_tests(tests, bed_up, bed_down);
}
