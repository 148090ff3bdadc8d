/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lane.c - turns within a queue: one lane for each party that asks there
 *
 * Lanes take turns, one request each, so that nobody waits behind all that another one has asked.
 * And while others ask the same service, a party may have only its share of its workers' credit:
 * what is at a worker is out of the broker's hands, and whoever comes waits behind it. A lane whose
 * party has its share is held, out of line, until one of the party's requests comes back. An idle
 * lane stays for a moment, since the next request comes soon where one came.
 */
#include "services/broker/route/route_state.h"

enum {
    COMPANY_MS = 1000, /* after two different parties asked, neither is alone for so long */
    SHARES = 16,       /* into which a worker's credit is cut then */
    SHARE_MIN = 4,     /* requests */
    IDLE_MS = 1000,    /* that a lane without requests is kept */
};

static struct stake *stake_open(struct routed_service *service, struct party *party)
{
    struct broker *broker = service->broker;
    struct stake_key key = {service, party};
    struct stake *stake;

    /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): two pointers, all of it
     * is set */
    HASH_FIND(hh, broker->stakes, &key, sizeof key, stake);
    if (!stake) {
        stake = mem_new(broker, struct stake);
        stake->key = key;
        HASH_ADD(hh, broker->stakes, key, sizeof stake->key, stake);
    }
    stake->lanes++;
    return stake;
}

static void stake_close(struct broker *broker, struct stake *stake)
{
    if (--stake->lanes > 0)
        return;
    HASH_DEL(broker->stakes, stake);
    talloc_free(stake);
}

struct lane *lane_open(struct queue *queue, struct party *party)
{
    struct broker *broker = queue->service->broker;
    struct lane_key key = {queue, party};
    struct lane *lane;

    /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): two pointers, all of it
     * is set */
    HASH_FIND(hh, broker->lanes, &key, sizeof key, lane);
    if (lane)
        return lane;
    lane = mem_new(broker, struct lane);
    lane->key = key;
    lane->stake = stake_open(queue->service, party);
    lane->idle_ms = broker->now_ms;
    HASH_ADD(hh, broker->lanes, key, sizeof lane->key, lane);
    DL_APPEND(broker->idle_lanes, lane);
    queue->lanes++;
    party_use(party);
    return lane;
}

static void leave(struct lane *lane)
{
    struct broker *broker = lane->key.queue->service->broker;

    switch (lane->state) {
    case LANE_IDLE:
        DL_DELETE(broker->idle_lanes, lane);
        break;
    case LANE_IN_TURN:
        DL_DELETE(lane->key.queue->turns, lane);
        break;
    case LANE_HELD:
        DL_DELETE(lane->stake->held, lane);
        if (!lane->stake->held)
            LL_DELETE2(broker->holding, lane->stake, next_holding);
        break;
    case LANE_BUSY:
        break;
    }
}

static void enter(struct lane *lane, enum lane_state state)
{
    struct broker *broker = lane->key.queue->service->broker;

    leave(lane);
    lane->state = state;
    switch (state) {
    case LANE_IDLE:
        lane->idle_ms = broker->now_ms;
        DL_APPEND(broker->idle_lanes, lane);
        break;
    case LANE_IN_TURN:
        DL_APPEND(lane->key.queue->turns, lane);
        break;
    case LANE_HELD:
        DL_APPEND(lane->stake->held, lane);
        break;
    case LANE_BUSY:
        break;
    }
    queue_turn(lane->key.queue);
}

void lane_turn(struct lane *lane)
{
    enum lane_state state = lane->waiting ? LANE_IN_TURN : lane->requests ? LANE_BUSY : LANE_IDLE;

    if (lane->state == LANE_HELD && state == LANE_IN_TURN)
        return;
    if (lane->state != state)
        enter(lane, state);
}

void lane_end_turn(struct lane *lane)
{
    if (lane->state != LANE_IN_TURN)
        return;
    DL_DELETE(lane->key.queue->turns, lane);
    DL_APPEND(lane->key.queue->turns, lane);
}

/* That one party may have at the workers of this group. */
static uint32_t share_of(const struct group *group)
{
    uint32_t share;

    if (group->service->broker->now_ms >= group->company_ms || group->live == 0)
        return UINT32_MAX;
    share = group->credit / group->live / SHARES;
    return share > SHARE_MIN ? share : SHARE_MIN;
}

void lane_arrives(struct lane *lane)
{
    struct group *group = lane->key.queue->group;

    if (group->last && group->last != lane->key.party)
        group->company_ms = lane->key.queue->service->broker->now_ms + COMPANY_MS;
    group->last = lane->key.party;
}

bool lane_hold(struct lane *lane)
{
    struct broker *broker = lane->key.queue->service->broker;
    struct stake *stake = lane->stake;

    if (stake->in_flight < share_of(lane->key.queue->group))
        return false;
    if (!stake->held)
        LL_PREPEND2(broker->holding, stake, next_holding);
    enter(lane, LANE_HELD);
    return true;
}

static void release_one(struct stake *stake)
{
    struct lane *lane = stake->held;

    enter(lane, LANE_IN_TURN);
    group_wake(lane->key.queue->group);
}

/* One came back, so one may go; all when there is room in any case, since the one that went in line
 * may find no worker. */
void lanes_release(struct stake *stake)
{
    if (stake->held)
        release_one(stake);
    while (stake->held && stake->in_flight < SHARE_MIN)
        release_one(stake);
}

/* Shares may have grown. Whoever is still beyond one is held again at its turn. */
void lanes_release_all(struct broker *broker)
{
    while (broker->holding)
        release_one(broker->holding);
}

void lane_free(struct lane *lane)
{
    struct queue *queue = lane->key.queue;

    leave(lane);
    stake_close(queue->service->broker, lane->stake);
    HASH_DEL(queue->service->broker->lanes, lane);
    party_leave(lane->key.party);
    queue->lanes--;
    talloc_free(lane);
    queue_release(queue);
}

void lanes_forget(struct broker *broker)
{
    while (broker->idle_lanes && broker->now_ms - broker->idle_lanes->idle_ms >= IDLE_MS)
        lane_free(broker->idle_lanes);
}
