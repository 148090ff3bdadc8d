/* SPDX-License-Identifier: Apache-2.0 */
/* test_names.c - names that people cannot tell apart: unique, searched, and of a version before
 * keys */
#include "bed_registry.h"
#include "registry_name_key.pb-c.h"
#include "registry_person.pb-c.h"
#include "registry_unit.pb-c.h"

#include <stdio.h>
#include <string.h>

static size_t count_units(struct bed *bed, const char *json)
{
    struct call *call = bed_run(bed, bed_call(bed, "ListUnits", json));
    const Registry__ListUnitsResponse *response = call->response;

    assert_int_equal(call->status, STATUS_OK);
    size_t count = response->n_units;
    bed_free(call);
    return count;
}

static void tells_no_names_apart_that_people_cannot(void **state)
{
    static const char *const same[] = {"zeta",       "ＺＥＴＡ",   "Ze\u200bta", "\u202eZeta",
                                       "Zeta\u2800", "\ufeffZeta", "Zeta\u3164", "Ze\u00adta"};
    static const char *const none[] = {"\u200b", "\u00ad", "\u2800", "\u3164", "\u202e", "\ufeff"};
    static const struct {
        const char *method, *object, *field;
    } makers[] = {{"RegisterUnit", "'unit': {'kind': 'SHOP', 'name'", "unit.name"},
                  {"CreateCommunity", "'community': {'name'", "community.name"},
                  {"CreateAlliance", "'alliance': {'level': 'STREET', 'name'", "alliance.name"}};
    struct bed *bed = *state;

    for (size_t m = 0; m < sizeof makers / sizeof *makers; m++) {
        bed_ok(bed, makers[m].method, bed_json(bed, "{%s: 'Zeta'}}", makers[m].object));
        for (size_t i = 0; i < sizeof same / sizeof *same; i++)
            bed_refused(bed, makers[m].method,
                        bed_json(bed, "{%s: '%s'}}", makers[m].object, same[i]),
                        STATUS_ALREADY_EXISTS, makers[m].field, "unique_in_street");
        for (size_t i = 0; i < sizeof none / sizeof *none; i++)
            bed_refused(bed, makers[m].method,
                        bed_json(bed, "{%s: '%s'}}", makers[m].object, none[i]),
                        STATUS_INVALID_ARGUMENT, makers[m].field, "length");
    }
}

static void shows_names_as_they_were_written(void **state)
{
    struct bed *bed = *state;

    bed_make(bed, "RegisterUnit",
             bed_json(bed, "{'unit': {'kind': 'SHOP', 'name': '己（杭州）公司①'}}"));
    assert_string_equal(
        bed_text(bed, "SELECT name FROM registry.unit WHERE street = '%s'", bed->street),
        "己（杭州）公司①");
    assert_string_equal(
        bed_text(bed, "SELECT name_key FROM registry.unit WHERE street = '%s'", bed->street),
        "己(杭州)公司1");
}

#define OF_KEY "SELECT count(*) FROM registry.person WHERE street = '%s' AND name_key = 'abc'"

/* Names of people may be equal; they are found all the same. Who leaves takes the key along. */
static void finds_people_whatever_the_case(void **state)
{
    struct bed *bed = *state;

    for (int i = 0; i < 2; i++)
        bed_ok(bed, "RegisterPerson",
               bed_json(bed, "{'person': {'name': 'ABC', 'kind': 'STAFF'}}"));
    struct call *call =
        bed_run(bed, bed_call(bed, "ListPeople", bed_json(bed, "{'nameContains': 'ｂc'}")));
    const Registry__ListPeopleResponse *response = call->response;
    assert_int_equal(response->n_people, 2);
    assert_string_equal(response->people[0]->name, "ABC");
    assert_int_equal(bed_number(bed, OF_KEY, bed->street), 2);
    bed_ok(bed, "ChangePerson",
           bed_json(bed, "{'personId': '%s', 'action': 'LEAVE', 'reason': 'a', 'revision': 1}",
                    response->people[0]->person_id));
    assert_int_equal(bed_number(bed, OF_KEY, bed->street), 1);
    bed_free(call);
}

/* Rows of a version before keys: unique as they stand, found as they stand, until the keys are
 * made. */
static void makes_keys_of_old_names_and_lists_what_collides(void **state)
{
    static const char named[] = "{'unit': {'unitId': '%s', 'name': '%s', 'revision': 2},"
                                " 'updateMask': 'name'}";
    struct bed *bed = *state;
    const char *first = bed_unit(bed, "ABC商贸"), *second = bed_unit(bed, "other"),
               *gone = bed_unit(bed, "third");

    bed_ok(bed, "ChangeUnit",
           bed_json(bed, "{'unitId': '%s', 'action': 'WITHDRAW', 'reason': 'a', 'revision': 1}",
                    gone));
    bed_sql(bed, "UPDATE registry.unit SET name_key = '' WHERE street = '%s'", bed->street);
    bed_sql(bed, "UPDATE registry.unit SET name = 'abc商贸' WHERE unit_id = '%s'", second);
    bed_sql(bed, "UPDATE registry.unit SET name = 'Abc商贸' WHERE unit_id = '%s'", gone);
    assert_int_equal(count_units(bed, "{\"nameContains\": \"ABC\"}"), 1);
    bed_refused(bed, "RegisterUnit", bed_json(bed, "{'unit': {'kind': 'SHOP', 'name': 'ABC商贸'}}"),
                STATUS_ALREADY_EXISTS, "unit.name", "unique_in_street");

    int pages = 0, made = 0;
    char position[100] = "";
    do {
        struct call *call = bed_run(
            bed, bed_call(bed, "MakeNameKeys", bed_json(bed, "{'position': '%s'}", position)));
        const Registry__MakeNameKeysResponse *response = call->response;

        assert_int_equal(call->status, STATUS_OK);
        made += (int)response->made;
        for (size_t i = 0; i < response->n_collisions; i++) {
            assert_string_equal(response->collisions[i]->object_id, second);
            assert_string_equal(response->collisions[i]->name, "abc商贸");
            assert_string_equal(response->collisions[i]->other_id, first);
            assert_string_equal(response->collisions[i]->other_name, "ABC商贸");
            pages += 100;
        }
        snprintf(position, sizeof position, "%s", response->next_position);
        bed_free(call);
        pages++;
    } while (position[0] && pages < 1000);
    assert_int_equal(pages, 105); /* four tables, one of them with a full page; one collision */
    assert_int_equal(made, 2);
    assert_int_equal(count_units(bed, "{\"nameContains\": \"aBc\"}"), 2);

    /* it goes on as it is, but for its name */
    bed_ok(bed, "UpdateUnit",
           bed_json(bed,
                    "{'unit': {'unitId': '%s', 'address': 'a', 'revision': 1},"
                    " 'updateMask': 'address'}",
                    second));
    bed_refused(bed, "UpdateUnit", bed_json(bed, named, second, "ABc商贸"), STATUS_ALREADY_EXISTS,
                "unit.name", "unique_in_street");
    bed_ok(bed, "UpdateUnit", bed_json(bed, named, second, "Beta"));
    assert_int_equal(count_units(bed, "{\"nameContains\": \"bETA\"}"), 1);
    bed_refused(bed, "MakeNameKeys", "{\"position\": \"tables\"}", STATUS_INVALID_ARGUMENT,
                "position", "position");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, bed_up, bed_down)
    const struct CMUnitTest tests[] = {
        TEST(tells_no_names_apart_that_people_cannot),
        TEST(shows_names_as_they_were_written),
        TEST(finds_people_whatever_the_case),
        TEST(makes_keys_of_old_names_and_lists_what_collides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
