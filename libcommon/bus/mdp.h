/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mdp.h - the constants of Majordomo 0.2 (ZeroMQ RFC 18)
 *
 * Between the broker and a worker that announced credit, REQUEST and FINAL carry one frame behind
 * the command, a Delivery and an Answer (jusha/bus/v1/delivery.proto); all else is as in the RFC.
 */
#pragma once

#define MDP_CLIENT "MDPC02"
#define MDP_WORKER "MDPW02"

enum mdp_client_command {
    MDP_CLIENT_REQUEST = 0x01,
    MDP_CLIENT_PARTIAL = 0x02,
    MDP_CLIENT_FINAL = 0x03,
};

enum mdp_worker_command {
    MDP_WORKER_READY = 0x01,
    MDP_WORKER_REQUEST = 0x02,
    MDP_WORKER_PARTIAL = 0x03,
    MDP_WORKER_FINAL = 0x04,
    MDP_WORKER_HEARTBEAT = 0x05,
    MDP_WORKER_DISCONNECT = 0x06,
    MDP_WORKER_COMMANDS,
};
