/* SPDX-License-Identifier: Apache-2.0 */
/* ports.h - a broker is named by host and client port; its other three ports follow that one */
#pragma once

enum broker_port {
    PORT_CLIENT = 0,    /* ROUTER: requests of callers */
    PORT_WORKER = 1,    /* ROUTER: workers */
    PORT_PUBLISH = 2,   /* XSUB: relays and workers publish here, see feed.h */
    PORT_SUBSCRIBE = 3, /* ROUTER that numbers its peers itself: followers, see feed.h */
    BROKER_PORTS = 4,
};

enum {
    BROKERS_MAX = 8,
    MESSAGE_BYTES_MAX = 256 * 1024,  /* a frame; a broker cuts off whoever sends a larger one */
    RESPONSE_BYTES_MAX = 224 * 1024, /* a packed response */
    EVENT_BYTES_MAX = 128 * 1024,    /* a packed event, without its CloudEvent */
};

struct broker_address {
    char host[256];
    int port; /* of clients */
};

/* Reads "host:port,host:port" into at most BROKERS_MAX addresses; returns how many, -1 if it is not
 * that. IPv6 hosts stand in brackets. */
int ports_parse(const char *brokers, struct broker_address *ret);

/* "jusha.client": the ZAP domain of a port, so that ZAP knows which one a peer connects to. */
const char *ports_domain(enum broker_port which);
/* BROKER_PORTS if it is none of them. */
enum broker_port ports_of_domain(const void *domain, unsigned long size);

/* Writes "tcp://host:port+which". */
void ports_endpoint(const struct broker_address *broker, enum broker_port which, char *ret,
                    unsigned long ret_size);
