/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_state.h - what the files of the client share: its connections and its requests
 *
 * client.c is the interface and drives the rest; client_peer.c is one connection; client_requests.c
 * decides where a request goes and how it ends; client_call.c holds the calls that wait. No other
 * file includes this one.
 */
#pragma once

#include <uthash.h>

#include "libcommon/bus/client.h"
#include "libcommon/bus/frames.h"
#include "libcommon/bus/link.h"

struct open_request {
    uint64_t number;
    char *key;                 /* the request_id in lower case: brokers may answer either */
    Bus__RequestHeader header; /* timeout_ms is set at each sending */
    char *address;             /* service frame */
    ProtobufCBinaryData payload;
    bool aside, forgotten;       /* forgotten: its caller dropped the reply */
    bool abandoned;              /* a lost peer had it and may have passed it on */
    int64_t deadline_ms, due_ms; /* due_ms: when to send it, for one that waits */
    int pause_ms, tries;
    unsigned denied_by;     /* a bit for each peer that does not know our certificate any more */
    struct broker_peer *at; /* the peer that has it; NULL: none */
    size_t prefer;          /* index of the peer to try first */
    struct open_request **list;    /* the list it is in */
    const Bus__ReplyHeader *reply; /* the last one that came; final when done */
    ProtobufCBinaryData reply_payload;
    struct open_request *prev, *next;
    UT_hash_handle by_id, by_number;
};

struct broker_peer {
    struct link *link;
    int64_t heard_ms, asked_ms; /* last message; unanswered ping, 0 for none */
    struct open_request *sent;
    uint64_t questions,
        answers;     /* mmi.* on this connection; answers come in the order of questions */
    uint64_t wanted; /* the question whose answer is kept; 0: none */
    enum status answer_status;
    ProtobufCBinaryData answer; /* .data is a child of the client */
};

struct client {
    struct certificate own;
    size_t n_peers, current; /* current: the peer that new requests try first */
    struct broker_peer peer[BROKERS_MAX];
    uint64_t last_number;
    size_t open;    /* not done and not aside */
    int64_t due_ms; /* a pass over all requests is needed then, not before */
    struct open_request *waiting, *done, *aside; /* aside: done ones that client_take fetches */
    struct open_request *by_id;                  /* those that are not done */
    struct open_request *by_number;              /* all */
};

/* ---- client_peer.c ---- */

extern const char client_protocol[]; /* "MDPC02" */

/* Handles the loss of the connection and of all that was asked on it. */
void peer_reset(struct broker_peer *peer);
/* False: not connected. */
bool peer_send(struct broker_peer *peer, struct open_request *pending, int64_t now);
/* Asks a management question; false: not connected. */
bool peer_ask(struct broker_peer *peer, const char *service, const char *question);
/* Takes the answer to one; code is the index of its frame. */
void peer_take_answer(struct client *client, struct broker_peer *peer, struct frames *frames,
                      size_t code);

/* ---- client_requests.c ---- */

/* Moves a request to a list, NULL for none. */
void request_place(struct open_request *pending, struct open_request **list);
void request_dispatch(struct client *client, struct open_request *pending, int64_t now);
/* Is it asked again, whatever its last reply says? */
bool request_goes_on(struct client *client, struct open_request *pending, struct broker_peer *peer,
                     int64_t now);
/* It is done; a forgotten one is freed. */
void pending_settle(struct client *client, struct open_request *pending,
                    const Bus__ReplyHeader *reply);
Bus__ReplyHeader *request_refusal(struct open_request *pending, enum status status,
                                  const char *message);
bool reply_says_not_begun(Type__Code code);
void requests_move(struct client *client, struct broker_peer *peer, const char *reason,
                   int64_t now);
void requests_sweep(struct client *client, int64_t now);

/* ---- client.c ---- */

/* Takes what arrived and does what is due; waits for sockets, until_ms at most; now + wait_ms,
 * where -1 is for ever. */
void client_wait(struct client *client, int64_t until_ms);
int64_t client_until(int wait_ms);
