/* SPDX-License-Identifier: Apache-2.0 */
/* test_ports.c - lists of brokers, good and bad */
#include "bed.h"

#include "libcommon/bus/ports.h"

static void reads_hosts_and_ports(void **state)
{
    struct broker_address broker[BROKERS_MAX];
    char endpoint[300];

    (void)state;
    assert_int_equal(ports_parse("127.0.0.1:7000,broker-2.example:65532,[fe80::1]:1", broker), 3);
    ports_endpoint(&broker[0], PORT_CLIENT, endpoint, sizeof endpoint);
    assert_text(endpoint, "tcp://127.0.0.1:7000");
    ports_endpoint(&broker[1], PORT_SUBSCRIBE, endpoint, sizeof endpoint);
    assert_text(endpoint, "tcp://broker-2.example:65535");
    assert_text(broker[2].host, "fe80::1");
    ports_endpoint(&broker[2], PORT_WORKER, endpoint, sizeof endpoint);
    assert_text(endpoint, "tcp://[fe80::1]:2");
}

static void reads_eight_brokers_and_no_ninth(void **state)
{
    struct broker_address broker[BROKERS_MAX];

    (void)state;
    assert_int_equal(ports_parse("a:1,a:2,a:3,a:4,a:5,a:6,a:7,a:8", broker), 8);
    assert_int_equal(ports_parse("a:1,a:2,a:3,a:4,a:5,a:6,a:7,a:8,a:9", broker), -1);
}

static void refuses_what_is_no_list_of_brokers(void **state)
{
    static const char *const bad[] = {
        "",
        ",",
        "host",
        "host:",
        ":7000",
        "host:0",
        "host:-1",
        "host:+1",
        "host:65533",
        "host:99999",
        "host:100000",
        "host:7000,",
        ",host:1",
        "a:1,,b:1",
        "host:7a",
        "host: 7",
        "ho st:7",
        "fe80::1:7000",
        "[fe80::1]",
        "[]:7000",
        "[host]:7000",
        "[::1:7000",
        "::1]:7000",
        "tcp://host:7000",
        "host:1 ",
        "h\xc3\xb6st:1",
    };
    struct broker_address broker[BROKERS_MAX];
    char host[300];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (ports_parse(bad[i], broker) != -1)
            fail_msg("took \"%s\"", bad[i]);
    snprintf(host, sizeof host, "%0255d:1", 7);
    assert_int_equal(ports_parse(host, broker), 1);
    snprintf(host, sizeof host, "%0256d:1", 7);
    assert_int_equal(ports_parse(host, broker), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_hosts_and_ports),
        cmocka_unit_test(reads_eight_brokers_and_no_ninth),
        cmocka_unit_test(refuses_what_is_no_list_of_brokers),
    };
    return cmocka_run_group_tests_name("ports", tests, NULL, NULL);
}
