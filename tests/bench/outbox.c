/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox.c - outbox CONNINFO REDIS-PORT COUNT PAUSE-MS: what event_latency_1 is compared with
 *
 * The usual other way to tell others of a commit: a row in a table "outbox", a relay that puts it
 * into a Redis stream, a consumer that waits there. Three threads, each with a connection of its
 * own:
 *
 *   publisher  one INSERT with pg_notify, a transaction of its own; waits until the consumer has it, and PAUSE-MS
 *   relay      LISTEN; reads the rows behind its position; XADD
 *   consumer   XREAD BLOCK; notes when the entry was here
 *
 * Prints the time from each row's commit, as PostgreSQL notes it, to its entry at the consumer.
 */
#include <hiredis/hiredis.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/histogram.h"

enum { PAYLOAD_BYTES = 200, WARM_UP = 50, TEXT = 24 };

static const char *conninfo;
static int redis_port;
static useconds_t pause_us;
static sem_t came;
static int64_t came_us; /* of the last entry; read after `came` */

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now); /* PostgreSQL's clock */
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

__attribute__((noreturn)) static void give_up(const char *what)
{
    fprintf(stderr, "outbox: %s\n", what);
    exit(EXIT_FAILURE);
}

static PGresult *ask(PGconn *database, const char *sql, const char *parameter)
{
    PGresult *rows =
        PQexecParams(database, sql, parameter ? 1 : 0, NULL, &parameter, NULL, NULL, 0);

    if (PQresultStatus(rows) != PGRES_TUPLES_OK && PQresultStatus(rows) != PGRES_COMMAND_OK)
        give_up(PQerrorMessage(database));
    return rows;
}

static PGconn *open_database(void)
{
    PGconn *database = PQconnectdb(conninfo);

    if (PQstatus(database) != CONNECTION_OK)
        give_up(PQerrorMessage(database));
    return database;
}

static redisContext *open_redis(void)
{
    redisContext *redis = redisConnect("127.0.0.1", redis_port);

    if (!redis || redis->err)
        give_up("cannot connect to Redis");
    return redis;
}

static redisReply *tell(redisContext *redis, redisReply *reply)
{
    if (!reply || reply->type == REDIS_REPLY_ERROR)
        give_up(reply ? reply->str : redis->errstr);
    return reply;
}

/* ---- relay ---- */

static void pass_on(PGconn *database, redisContext *redis, char position[static TEXT])
{
    static const char select[] = "SELECT id, payload FROM outbox WHERE id > $1 ORDER BY id";
    PGresult *rows = ask(database, select, position);

    for (int i = 0; i < PQntuples(rows); i++) {
        freeReplyObject(tell(redis, redisCommand(redis, "XADD outbox * id %s payload %s",
                                                 PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 1))));
        snprintf(position, TEXT, "%s", PQgetvalue(rows, i, 0));
    }
    PQclear(rows);
}

static void *relay(void *unused)
{
    PGconn *database = open_database();
    redisContext *redis = open_redis();
    char position[TEXT] = "0";

    PQclear(ask(database, "LISTEN outbox", NULL));
    for (;;) {
        PGnotify *notice;

        pass_on(database, redis, position);
        while (!(notice = PQnotifies(database))) { /* one may have come with the rows */
            poll(&(struct pollfd){.fd = PQsocket(database), .events = POLLIN}, 1, -1);
            PQconsumeInput(database);
        }
        PQfreemem(notice);
    }
    return unused;
}

/* ---- consumer ---- */

static void *consume(void *unused)
{
    redisContext *redis = open_redis();
    char position[64] = "0";

    for (;;) {
        redisReply *reply =
            tell(redis, redisCommand(redis, "XREAD BLOCK 0 STREAMS outbox %s", position));
        redisReply *entries =
            reply->element[0]->element[1]; /* of the first stream: name, entries */

        came_us = now_us();
        snprintf(position, sizeof position, "%s",
                 entries->element[entries->elements - 1]->element[0]->str);
        for (size_t i = 0; i < entries->elements; i++)
            sem_post(&came);
        freeReplyObject(reply);
    }
    return unused;
}

/* ---- publisher ---- */

static void publish(PGconn *database, size_t count, int64_t *ret_us)
{
    static const char insert[] =
        "WITH added AS (INSERT INTO outbox (payload) VALUES ($1) RETURNING id)"
        " SELECT pg_notify('outbox', '') FROM added";
    char payload[PAYLOAD_BYTES + 1];

    memset(payload, 'x', PAYLOAD_BYTES);
    payload[PAYLOAD_BYTES] = '\0';
    for (size_t i = 0; i < count; i++) {
        PQclear(ask(database, insert, payload));
        sem_wait(&came);
        ret_us[i] = came_us;
        usleep(pause_us);
    }
}

static void print(PGconn *database, size_t count, const int64_t *came_at_us)
{
    static const char select[] =
        "SELECT (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::bigint"
        " FROM outbox ORDER BY id";
    static struct histogram histogram;
    PGresult *rows = ask(database, select, NULL);

    for (size_t i = WARM_UP; i < count; i++)
        histogram_add(&histogram, came_at_us[i] - atoll(PQgetvalue(rows, (int)i, 0)));
    printf("{\"commit_to_event\":{");
    histogram_print(&histogram);
    printf("}}\n");
    PQclear(rows);
}

/* Nothing of an earlier run may look like an answer of this one. */
static void start_empty(PGconn *database)
{
    redisContext *redis = open_redis();

    freeReplyObject(tell(redis, redisCommand(redis, "DEL outbox")));
    redisFree(redis);
    PQclear(ask(database, "DROP TABLE IF EXISTS outbox", NULL));
    PQclear(ask(database,
                "CREATE TABLE outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
                " payload text NOT NULL)",
                NULL));
}

int main(int argc, char **argv)
{
    pthread_t thread;

    if (argc != 5) {
        fprintf(stderr, "usage: outbox CONNINFO REDIS-PORT COUNT PAUSE-MS\n");
        return 2;
    }
    conninfo = argv[1];
    redis_port = atoi(argv[2]);
    pause_us = (useconds_t)atoi(argv[4]) * 1000;
    size_t count = (size_t)atoi(argv[3]) + WARM_UP;
    int64_t *came_at_us = calloc(count, sizeof *came_at_us);
    PGconn *database = open_database();

    start_empty(database);
    sem_init(&came, 0, 0);
    pthread_create(&thread, NULL, relay, NULL);
    pthread_create(&thread, NULL, consume, NULL);
    publish(database, count, came_at_us);
    print(database, count, came_at_us);
    free(came_at_us);
    PQfinish(database);
    return EXIT_SUCCESS; /* ends the other two */
}
