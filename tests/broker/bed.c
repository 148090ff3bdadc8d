/* SPDX-License-Identifier: Apache-2.0 */
/* bed.c - starts and stops the broker, connects to it, and plays the echo worker */
#include <arpa/inet.h>
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libcommon/base/clock.h"
#include "libcommon/base/mem.h"
#include "libcommon/bus/context.h"
#include "tests/broker/bed.h"
#include "tests/free_ports.h"

const char *bed_program;
int bed_descriptors;

static void make_key(struct bed *bed, const char *name, Bus__Role role, const char *streets,
                     struct certificate *ret)
{
    assert_int_equal(certificate_create(bed->folder, name, role, streets, ret), STATUS_OK);
}

int bed_port(void)
{
    static int taken;

    if (!taken)
        taken = free_ports(7200, 7500, 50);
    return taken;
}

static void exec_broker(const struct bed *bed, const char *certificate, int port)
{
    char options[4][128];

    snprintf(options[0], sizeof options[0], "--certificate=%s/%s.key_secret", bed->folder,
             certificate);
    snprintf(options[1], sizeof options[1], "--clients=%s", bed->folder);
    snprintf(options[2], sizeof options[2], "--port=%d", port);
    snprintf(options[3], sizeof options[3], "--admin=127.0.0.1:%d", port + BED_ADMIN);
    execl(bed_program, bed_program, options[0], options[1], options[2], options[3], NULL);
    _exit(127);
}

void bed_dies_with_its_test(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void limit_descriptors(void)
{
    struct rlimit limit = {(rlim_t)bed_descriptors, (rlim_t)bed_descriptors};

    if (bed_descriptors > 0 && setrlimit(RLIMIT_NOFILE, &limit) == -1)
        _exit(126);
}

pid_t bed_start(const struct bed *bed, const char *certificate, int port)
{
    pid_t pid = fork();

    assert_int_not_equal(pid, -1);
    if (pid == 0) {
        bed_dies_with_its_test();
        limit_descriptors();
        exec_broker(bed, certificate, port);
    }
    return pid;
}

int bed_wait_exit(pid_t pid, int64_t limit_ms)
{
    int64_t end_ms = clock_monotonic_ms() + limit_ms;
    int status;

    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (clock_monotonic_ms() > end_ms)
            fail_msg("the broker does not end");
        usleep(10000);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void *bed_connect(const struct bed *bed, int type, const struct certificate *own,
                  enum broker_port port)
{
    struct broker_address address = {.host = "127.0.0.1", .port = bed_port()};
    void *socket = zmq_socket(bed->context, type);
    struct certificate stranger = {0};
    char endpoint[300];

    zmq_curve_keypair(stranger.public_key, stranger.secret_key);
    zmq_setsockopt(socket, ZMQ_LINGER, &(int){0}, sizeof(int));
    certificate_connect(socket, own ? own : &stranger, bed->broker_key.public_key);
    ports_endpoint(&address, port, endpoint, sizeof endpoint);
    assert_int_equal(zmq_connect(socket, endpoint), 0);
    return socket;
}

void bed_send_texts(void *socket, const char *const *texts)
{
    struct frames frames = {0};

    for (; *texts; texts++)
        frames_add_text(&frames, *texts);
    frames_send(socket, &frames);
}

static void work(struct bed *bed)
{
    struct frames frames = {0};

    while (frames_recv(bed->worker, &frames)) {
        const char *command = frames_data(&frames, 1);
        struct frames reply = {0};

        if (*command == 0x02) { /* the request as it came, with FINAL instead of REQUEST */
            frames_add_text(&reply, "MDPW02");
            frames_add_text(&reply, "\x04");
            for (size_t i = 2; i < frames.count; i++)
                frames_add_copy(&reply, &frames.frame[i]);
            frames_send(bed->worker, &reply);
        } else if (*command == 0x05) {
            bed_send(bed->worker, "MDPW02", "\x05");
        } else if (*command == 0x06) {
            bed_send(bed->worker, "MDPW02", "\x01", "echo");
        }
        frames_clear(&frames);
    }
}

bool bed_receive(struct bed *bed, void *socket, int64_t wait_ms, struct frames *ret)
{
    int64_t end_ms = clock_monotonic_ms() + wait_ms;

    for (;;) {
        zmq_pollitem_t items[] = {{.socket = bed->worker, .events = ZMQ_POLLIN},
                                  {.socket = socket, .events = ZMQ_POLLIN}};
        int64_t left_ms = end_ms - clock_monotonic_ms();

        work(bed);
        if (frames_recv(socket, ret))
            return true;
        if (left_ms <= 0)
            return false;
        zmq_poll(items, 2, left_ms < 100 ? left_ms : 100);
    }
}

/* What is sent while the broker still starts waits for it; a worker that is not there yet is
 * waited for by the broker, so one question is enough. */
void assert_echo_serves(struct bed *bed)
{
    void *client = bed_connect(bed, ZMQ_DEALER, &bed->volunteer, PORT_CLIENT);
    struct frames frames = {0};

    bed_send(client, "MDPC02", "\x01", "echo", "ping");
    assert_true(bed_receive(bed, client, WAIT_MS, &frames));
    assert_int_equal(frames.count, 4);
    assert_true(frames_equal(&frames, 1, "\x03", 1));
    assert_true(frames_equal(&frames, 2, "echo", 4));
    assert_true(frames_equal(&frames, 3, "ping", 4));
    frames_clear(&frames);
    zmq_close(client);
}

int bed_tcp(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

long bed_metric(const char *name)
{
    static const char get[] = "GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n";
    char line[32 * 1024], wanted[128];
    size_t size = 0;
    ssize_t got;
    int fd = bed_tcp(bed_port() + BED_ADMIN);

    if (fd == -1)
        return -1;
    assert_int_equal(write(fd, get, sizeof get - 1), sizeof get - 1);
    while ((got = read(fd, line + size, sizeof line - 1 - size)) > 0)
        size += (size_t)got;
    close(fd);
    line[size] = 0;
    snprintf(wanted, sizeof wanted, "\n%s ", name);
    const char *at = strstr(line, wanted);
    return at ? strtol(at + strlen(wanted), NULL, 10) : -1;
}

void wait_metric(struct bed *bed, const char *name, long at_least)
{
    int64_t end_ms = clock_monotonic_ms() + WAIT_MS;

    while (bed_metric(name) < at_least) {
        if (clock_monotonic_ms() > end_ms)
            fail_msg("%s is %ld, not %ld", name, bed_metric(name), at_least);
        work(bed);
        zmq_poll(NULL, 0, 20);
    }
}

int bed_up(void **state)
{
    struct bed *bed = mem_new(NULL, struct bed);

    *state = bed;
    snprintf(bed->folder, sizeof bed->folder, "/tmp/jusha-broker-XXXXXX");
    assert_non_null(mkdtemp(bed->folder));
    make_key(bed, "broker", BUS__ROLE__ROLE_SERVICE, "*", &bed->broker_key);
    make_key(bed, "registry", BUS__ROLE__ROLE_SERVICE, "*", &bed->registry);
    make_key(bed, "echo", BUS__ROLE__ROLE_SERVICE, "*", &bed->echo);
    make_key(bed, "office", BUS__ROLE__ROLE_STREET_STAFF, "xiasha", &bed->office);
    make_key(bed, "operator", BUS__ROLE__ROLE_OPERATOR, "*", &bed->operator_);
    make_key(bed, "volunteer", BUS__ROLE__ROLE_VOLUNTEER, "xiasha", &bed->volunteer);
    make_key(bed, "foreign", BUS__ROLE__ROLE_WORKER, "yanlan", &bed->foreign);
    make_key(bed, "hooks", BUS__ROLE__ROLE_INTEGRATOR, "yanlan", &bed->hooks);
    bed->context = context_new();
    bed->broker = bed_start(bed, "broker", bed_port());
    bed->worker = bed_connect(bed, ZMQ_DEALER, &bed->echo, PORT_WORKER);
    bed_send(bed->worker, "MDPW02", "\x01", "echo");
    wait_metric(bed, "jusha_broker_workers", 1);
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

int bed_down(void **state)
{
    struct bed *bed = *state;

    if (bed->broker) {
        kill(bed->broker, SIGTERM);
        assert_int_equal(bed_wait_exit(bed->broker, 10000), 0);
    }
    zmq_close(bed->worker);
    zmq_ctx_term(bed->context);
    nftw(bed->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    talloc_free(bed);
    return 0;
}

void bed_fill(uint8_t *bytes, size_t size, uint32_t seed)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
}
