/* SPDX-License-Identifier: Apache-2.0 */
/* unseen.c - what the kernel received, less what it still has, less what was handed over */
#include "services/broker/ports/unseen.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum {
    FRAME_MORE = 9 + 33,    /* ZMTP's head and CURVE's MESSAGE, at the most */
    NEGLIGIBLE = 64 * 1024, /* not worth another system call */
};

uint64_t unseen_received(int fd)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof info;

    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? info.tcpi_bytes_received : 0;
}

void unseen_took(struct unseen *unseen, const struct frames *frames)
{
    for (size_t i = 0; i < frames->count; i++)
        unseen->taken += frames_size(frames, i) + FRAME_MORE;
    unseen->spoke = true;
}

static uint64_t bytes_read(int fd, uint64_t taken)
{
    uint64_t received = unseen_received(fd);
    int waiting = 0;

    if (received > taken + NEGLIGIBLE && ioctl(fd, SIOCINQ, &waiting) == 0 && waiting > 0)
        received -= (uint64_t)waiting;
    return received;
}

/* A message that came since the last look was not complete when nothing waited before it: so what
 * had been read one look earlier stands before its end. */
void unseen_look(struct unseen *unseen, int fd, bool was_drained)
{
    uint64_t now = bytes_read(fd, unseen->taken);

    if (unseen->spoke && was_drained && unseen->taken < unseen->read[1])
        unseen->taken = unseen->read[1];
    if (unseen->taken > now)
        unseen->taken = now; /* nobody saves up by small frames */
    unseen->bytes = now - unseen->taken;
    unseen->stuck = unseen->read[0] > unseen->taken ? unseen->read[0] - unseen->taken : 0;
    unseen->read[1] = unseen->read[0];
    unseen->read[0] = now;
    unseen->spoke = false;
}
