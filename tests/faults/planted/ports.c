/* SPDX-License-Identifier: Apache-2.0 */
/* ports.c - crash points and planted bugs at the broker's sockets */
#include "services/broker/ports/ledger.h"
#include "services/broker/ports/outgoing.h"
#include "tests/faults/planted/fault.h"

WRAPS(ledger_sender);
WRAPS(outgoing_send);

enum sender __wrap_ledger_sender(struct ledger *ledger, enum broker_port port,
                                 struct frames *frames, struct certificate *ret_caller)
{
    enum sender sender = __real_ledger_sender(ledger, port, frames, ret_caller);
    bool claims_are_served =
        fault_planted(BUG_SQUATTED_ID_SERVED) || fault_planted(BUG_REFUSAL_WITHOUT_CERTIFICATE);

    return claims_are_served && sender == SENDER_CLAIMED ? SENDER_KNOWN : sender;
}

void __wrap_outgoing_send(struct outgoing *outgoing, void *socket, struct outbox_message *message)
{
    fault_point(FAULT_BROKER_BEFORE_REPLY);
    __real_outgoing_send(outgoing, socket, message);
}
