/* SPDX-License-Identifier: Apache-2.0 */
/* bed.c - starts and stops the system, and asks it the simple questions */
#include "bed.h"

#include <ctype.h>
#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/data_keys.h"
#include "libcommon/base/json.h"
#include "libcommon/base/mem.h"
#include "libcommon/base/types.h"
#include "libcommon/base/wire.h"
#include "libcommon/bus/context.h"
#include "registry_unit.pb-c.h"
#include "tests/free_ports.h"

enum { LOG_TAIL_BYTES = 4000 };

int bed_port(void)
{
    static int taken;

    if (!taken)
        taken = free_ports(7700, 8000, 50);
    return taken;
}

static struct bed *the_bed; /* for bed_finish, which has no state any more */

const char *bed_environment(const char *name)
{
    const char *value = getenv(name);

    if (!value)
        fail_msg("no %s: run me by ops/lib/with-database meson test --suite system", name);
    return value;
}

void report(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    printf("# ");
    vprintf(format, args);
    printf("\n");
    fflush(stdout);
    va_end(args);
}

/* ---- keys ---- */

static void make_keys(struct bed *bed)
{
    const struct {
        const char *name;
        Bus__Role role;
        const char *streets;
    } rows[WHO_COUNT] = {
        [STAFF] = {"staff", BUS__ROLE__ROLE_STREET_STAFF, bed->street},
        [OTHER_STAFF] = {"other-staff", BUS__ROLE__ROLE_STREET_STAFF, bed->other},
        [EVERYWHERE] = {"everywhere", BUS__ROLE__ROLE_STREET_STAFF, "*"},
        [VOLUNTEER] = {"volunteer", BUS__ROLE__ROLE_VOLUNTEER, bed->street},
        [GATEWAY] = {"gateway", BUS__ROLE__ROLE_GATEWAY, "*"},
        [OPERATOR] = {"operator", BUS__ROLE__ROLE_OPERATOR, "*"},
        [REGISTRY] = {"registry", BUS__ROLE__ROLE_SERVICE, "*"},
        [SELECTION] = {"selection", BUS__ROLE__ROLE_SERVICE, "*"},
        [SCHEDULING] = {"scheduling", BUS__ROLE__ROLE_SERVICE, "*"},
        [NOTIFICATION] = {"notification", BUS__ROLE__ROLE_SERVICE, "*"},
        [ROGUE] = {"rogue", BUS__ROLE__ROLE_SERVICE, "*"},
        [POET] = {"poet", BUS__ROLE__ROLE_WORKER, bed->street},
        [BROKER] = {"broker", BUS__ROLE__ROLE_SERVICE, "*"},
    };

    for (size_t i = 0; i < WHO_COUNT; i++)
        assert_int_equal(certificate_create(bed->folder, rows[i].name, rows[i].role,
                                            rows[i].streets, &bed->key[i]),
                         STATUS_OK);
}

/* ---- processes ---- */

const char *bed_brokers(size_t which)
{
    static char names[BROKERS + 1][80];
    int first = bed_port(), second = first + BROKER_STEP;

    snprintf(names[0], sizeof names[0], "127.0.0.1:%d", first);
    snprintf(names[1], sizeof names[1], "127.0.0.1:%d", second);
    snprintf(names[BROKERS], sizeof names[BROKERS], "127.0.0.1:%d,127.0.0.1:%d", first, second);
    return names[which];
}

static void name_process(struct bed *bed, struct process *process, const char *what, size_t index,
                         int admin)
{
    snprintf(process->name, sizeof process->name, "%s %zu", what, index);
    snprintf(process->log, sizeof process->log, "%s/%s-%zu.log", bed->folder, what, index);
    process->admin = admin;
}

void bed_start_broker(struct bed *bed, size_t index)
{
    char certificate[80], clients[80], port[32], admin[40];
    const char *argv[] = {bed_environment("JUSHA_BROKER_PROGRAM"),
                          certificate,
                          clients,
                          port,
                          admin,
                          bed->options.broker_option,
                          NULL};

    snprintf(certificate, sizeof certificate, "--certificate=%s/broker.key_secret", bed->folder);
    snprintf(clients, sizeof clients, "--clients=%s", bed->folder);
    snprintf(port, sizeof port, "--port=%d", bed_port() + BROKER_STEP * (int)index);
    snprintf(admin, sizeof admin, "--admin=127.0.0.1:%d", bed->broker[index].admin);
    process_start(&bed->broker[index], argv);
}

static void print_database(char *ret, size_t size, bool by_socket)
{
    const char *state = bed_environment("JUSHA_STATE");
    char socket[160];

    snprintf(socket, sizeof socket, "%s/cluster", state);
    snprintf(ret, size, "--database=host=%s port=%s dbname=%s passfile=%s",
             by_socket ? socket : bed_environment("PGHOST"), bed_environment("PGPORT"),
             bed_environment("PGDATABASE"), bed_environment("JUSHA_TEST_PASSFILE"));
}

#define X(name, NAME) #name,
static const char *const service_names[SERVICES] = {SERVICE_NAMES(X)};
#undef X

void bed_start_service(struct bed *bed, enum service service, size_t index)
{
    const char *name = service_names[service];
    char brokers[80], certificate[80], broker_key[80], database[480], admin[40], program[100];
    char data_key[80];
    const char *argv[9] = {program, brokers, certificate, broker_key, database, admin, data_key};
    size_t count = 7;

    snprintf(program, sizeof program, "JUSHA_%s_PROGRAM", name);
    for (char *c = program; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    snprintf(brokers, sizeof brokers, "--brokers=%s", bed_brokers(BROKERS));
    snprintf(certificate, sizeof certificate, "--certificate=%s/%s.key_secret", bed->folder, name);
    snprintf(broker_key, sizeof broker_key, "--broker_key=%s/broker.key", bed->folder);
    snprintf(admin, sizeof admin, "--admin=127.0.0.1:%d", bed->service[service][index].admin);
    print_database(database, sizeof database, index == 1);
    snprintf(data_key, sizeof data_key, "--data_key=%s/data_key", bed->folder);
    if (service == REGISTRY_SERVICE && bed->options.registry_option)
        argv[count++] = bed->options.registry_option;
    argv[0] = bed_environment(program);
    process_start(&bed->service[service][index], argv);
}

void bed_start_registry(struct bed *bed, size_t index)
{
    bed_start_service(bed, REGISTRY_SERVICE, index);
}

/* How many of a service run from the start. */
static size_t wanted(const struct bed *bed, size_t service)
{
    return service == REGISTRY_SERVICE ? bed->options.registries : bed->options.others;
}

static void wait_ready(const struct process *process)
{
    int64_t end_ms = deadline_ms();

    while (process->pid && process_http(process, "/readyz") != 200) {
        if (!process_runs(process))
            fail_msg("%s ended", process->name);
        look_again(end_ms, process->name);
    }
}

void bed_wait_ready(struct bed *bed)
{
    int64_t end_ms = deadline_ms();
    long workers = 0;

    for (size_t i = 0; i < BROKERS; i++)
        wait_ready(&bed->broker[i]);
    for (size_t service = 0; service < SERVICES; service++)
        for (size_t i = 0; i < INSTANCES; i++) {
            wait_ready(&bed->service[service][i]);
            workers += bed->service[service][i].pid > 0;
        }
    for (size_t i = 0; i < BROKERS; i++)
        while (bed->broker[i].pid &&
               process_metric(&bed->broker[i], "jusha_broker_workers") < workers)
            look_again(end_ms, "a broker knows every service");
}

int bed_revive(void **state)
{
    struct bed *bed = *state;

    for (size_t i = 0; i < BROKERS; i++) {
        if (bed->broker[i].pid)
            process_continue(&bed->broker[i]);
        else
            bed_start_broker(bed, i);
    }
    for (size_t service = 0; service < SERVICES; service++)
        for (size_t i = 0; i < wanted(bed, service); i++) {
            if (bed->service[service][i].pid)
                process_continue(&bed->service[service][i]);
            else
                bed_start_service(bed, (enum service)service, i);
        }
    bed_wait_ready(bed);
    return 0;
}

/* What it knows must not lie in a file after a crash (secrets.h). */
static bool dumps_core(const struct process *process)
{
    char path[64], line[200];
    long limit = -1;

    snprintf(path, sizeof path, "/proc/%d/limits", (int)process->pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "Max core file size %ld", &limit) == 1)
            break;
    fclose(file);
    return limit != 0;
}

static void assert_alive(const struct process *process)
{
    if (!process->pid)
        return;
    if (!process_runs(process))
        fail_msg("%s died", process->name);
    assert_int_equal(process_http(process, "/healthz"), 200);
    if (dumps_core(process))
        fail_msg("%s would leave a core dump", process->name);
}

void bed_assert_alive(const struct bed *bed)
{
    for (size_t i = 0; i < BROKERS; i++)
        assert_alive(&bed->broker[i]);
    for (size_t service = 0; service < SERVICES; service++)
        for (size_t i = 0; i < INSTANCES; i++)
            assert_alive(&bed->service[service][i]);
}

int bed_alive(void **state)
{
    bed_assert_alive(*state);
    return 0;
}

/* ---- the whole ---- */

int bed_up(void **state, struct bed_options options)
{
    struct bed *bed = mem_new(NULL, struct bed);
    char data_key[80];

    assert_true(sodium_init() >= 0);
    the_bed = *state = bed;
    bed->options = options;
    bed->memory = mem_check(talloc_new(NULL));
    snprintf(bed->folder, sizeof bed->folder, "%s", "/tmp/jusha-system-XXXXXX");
    assert_non_null(mkdtemp(bed->folder));
    snprintf(bed->street, sizeof bed->street, "a%08x", randombytes_random());
    snprintf(bed->other, sizeof bed->other, "b%08x", randombytes_random());
    make_keys(bed);
    bed->database = PQconnectdb(bed_environment("JUSHA_TEST_SUPERUSER_URL"));
    assert_int_equal(PQstatus(bed->database), CONNECTION_OK);
    for (size_t i = 0; i < BROKERS; i++) {
        name_process(bed, &bed->broker[i], "broker", i, bed_port() + BED_ADMIN + (int)i);
        bed_start_broker(bed, i);
    }
    snprintf(data_key, sizeof data_key, "%s/data_key", bed->folder);
    assert_int_equal(data_keys_append(data_key), STATUS_OK);
    bed->registry = bed->service[REGISTRY_SERVICE];
    for (size_t service = 0; service < SERVICES; service++)
        for (size_t i = 0; i < INSTANCES; i++) {
            name_process(bed, &bed->service[service][i], service_names[service], i,
                         bed_port() + BED_ADMIN + BROKERS + INSTANCES * (int)service + (int)i);
            if (i < wanted(bed, service))
                bed_start_service(bed, (enum service)service, i);
        }
    bed_wait_ready(bed);
    bed->context = context_new();
    bed->client = bed_client(bed, STAFF, BROKERS);
    bed->founder = bed_client(bed, OPERATOR, BROKERS);
    bed_street(bed, bed->street);
    bed_street(bed, bed->other);
    return 0;
}

int bed_down(void **state)
{
    struct bed *bed = *state;

    for (size_t service = 0; service < SERVICES; service++)
        for (size_t i = 0; i < INSTANCES; i++)
            bed->ended_badly += !process_finish(&bed->service[service][i]);
    for (size_t i = 0; i < BROKERS; i++)
        bed->ended_badly += !process_finish(&bed->broker[i]);
    talloc_free(bed->memory);
    if (bed->context)
        zmq_ctx_term(bed->context);
    PQfinish(bed->database);
    return 0;
}

static void show_end(const struct process *process)
{
    char text[LOG_TAIL_BYTES + 1];
    FILE *file = fopen(process->log, "re");

    if (!file)
        return;
    if (fseek(file, -LOG_TAIL_BYTES, SEEK_END) != 0)
        rewind(file);
    size_t size = fread(text, 1, LOG_TAIL_BYTES, file);
    fclose(file);
    text[size] = 0;
    fprintf(stderr, "---- %s ----\n%s\n", process->name, text);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

int bed_finish(int failed)
{
    if (!the_bed)
        return failed;
    if (the_bed->ended_badly)
        fprintf(stderr, "%d processes did not end with exit code 0\n", the_bed->ended_badly);
    failed += the_bed->ended_badly;
    for (size_t i = 0; failed && i < BROKERS; i++)
        show_end(&the_bed->broker[i]);
    for (size_t service = 0; failed && service < SERVICES; service++)
        for (size_t i = 0; i < INSTANCES; i++)
            show_end(&the_bed->service[service][i]);
    nftw(the_bed->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    TALLOC_FREE(the_bed);
    return failed;
}

/* ---- questions ---- */

struct client *bed_client(struct bed *bed, enum who who, size_t which)
{
    struct client *client =
        client_new(bed->memory, bed->context, bed_brokers(which), &bed->key[who],
                   broker_keys_of(bed->memory, bed->key[BROKER].public_key));

    assert_non_null(client);
    return client;
}

const char *bed_method(const char *name)
{
    for (const ProtobufCServiceDescriptor *const *service = types_services; *service; service++)
        if (protobuf_c_service_descriptor_get_method_by_name(*service, name))
            return mem_printf(the_bed->memory, "%s/%s", (*service)->name, name);
    fail_msg("no method %s", name);
    return NULL;
}

const char *bed_service_of(const char *method)
{
    const char *start = strchr(method, '.') + 1;

    if (strncmp(start, "journal.", strlen("journal.")) == 0)
        return "registry";
    return mem_check(talloc_strndup(the_bed->memory, start, strcspn(start, ".")));
}

ProtobufCBinaryData bed_pack(struct bed *bed, const char *method, const char *json)
{
    struct violations violations = {0};
    ProtobufCMessage *message;

    if (json_parse(bed->memory, types_method(bed_method(method), NULL)->input, json, &violations,
                   &message) != STATUS_OK)
        fail_msg("%s: %s", json, violations.item[0].message);
    return wire_pack(bed->memory, message);
}

enum status bed_call(struct bed *bed, struct client *client, const char *street, const char *method,
                     const char *json, struct client_reply *ret)
{
    return client_call(client, bed->memory,
                       &(struct client_request){.service = bed_service_of(bed_method(method)),
                                                .street = street,
                                                .method = bed_method(method),
                                                .payload = bed_pack(bed, method, json)},
                       ret);
}

void bed_street(struct bed *bed, char slug[static 16])
{
    struct client_reply reply;

    if (!slug[0])
        snprintf(slug, 16, "c%08x", randombytes_random());
    if (bed_call(bed, bed->founder, slug, "CreateStreet",
                 "{\"street\": {\"name\": \"试验街道\", \"timeZone\": \"Asia/Shanghai\"}}",
                 &reply) != STATUS_OK)
        fail_msg("CreateStreet: %s", reply.header->message);
}

const char *bed_unit(struct bed *bed, struct client *client, const char *street, const char *json)
{
    struct violations violations = {0};
    struct client_reply reply;
    Registry__RegisterUnitResponse *response;

    if (bed_call(bed, client, street, "RegisterUnit", json, &reply) != STATUS_OK)
        fail_msg("%s: %s", json, reply.header->message);
    assert_int_equal(wire_unpack(bed->memory, &registry__register_unit_response__descriptor,
                                 reply.payload.data, reply.payload.len, &violations,
                                 (ProtobufCMessage **)&response),
                     STATUS_OK);
    return response->unit->unit_id;
}

long bed_number(struct bed *bed, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *sql = mem_check(talloc_vasprintf(bed->memory, format, args));
    va_end(args);
    PGresult *result = PQexec(bed->database, sql);
    if (PQstatus(bed->database) != CONNECTION_OK) {
        PQreset(bed->database);
        PQclear(result);
        result = PQexec(bed->database, sql);
    }
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQresultErrorMessage(result));
    long number = PQntuples(result) ? strtol(PQgetvalue(result, 0, 0), NULL, 10) : -1;
    PQclear(result);
    talloc_free(sql);
    return number;
}

void bed_restore_registry(struct bed *bed, const char *street, int64_t seq)
{
    (void)bed_number(bed,
                     "WITH gone AS (DELETE FROM registry.journal WHERE street = '%s' AND seq > %lld"
                     " RETURNING subject) DELETE FROM registry.unit WHERE street = '%s'"
                     " AND unit_id::text IN (SELECT subject FROM gone);"
                     " SELECT registry.begin_incarnation();"
                     " SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                     " WHERE usename LIKE 'registry%%' AND datname = current_database()",
                     street, (long long)seq, street);
}

long bed_rows(struct bed *bed)
{
    return bed_number(bed,
                      "SELECT (SELECT coalesce(sum(revision), 0) FROM registry.unit)"
                      " + 1000000 * (SELECT count(*) FROM registry.journal)"
                      " + 1000000000000 * (SELECT count(*) FROM registry.request WHERE seq >= 0)");
}
