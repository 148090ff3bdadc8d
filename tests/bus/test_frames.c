/* SPDX-License-Identifier: Apache-2.0 */
/* test_frames.c - multipart messages between two sockets of one thread */
#include "bed.h"

#include <errno.h>
#include <string.h>

struct pair {
    void *context, *left, *right;
};

static int pair_up(void **state)
{
    static struct pair pair;

    pair.context = zmq_ctx_new();
    pair.left = zmq_socket(pair.context, ZMQ_PAIR);
    pair.right = zmq_socket(pair.context, ZMQ_PAIR);
    assert_int_equal(zmq_setsockopt(pair.left, ZMQ_SNDHWM, &(int){1}, sizeof(int)), 0);
    assert_int_equal(zmq_setsockopt(pair.right, ZMQ_RCVHWM, &(int){1}, sizeof(int)), 0);
    assert_int_equal(zmq_bind(pair.left, "inproc://pair"), 0);
    assert_int_equal(zmq_connect(pair.right, "inproc://pair"), 0);
    *state = &pair;
    return 0;
}

static int pair_down(void **state)
{
    struct pair *pair = *state;

    zmq_close(pair->left);
    zmq_close(pair->right);
    zmq_ctx_term(pair->context);
    return 0;
}

static void carries_frames_of_any_size(void **state)
{
    struct pair *pair = *state;
    static char large[100000];
    struct frames sent = {0}, got, copy = {0};

    memset(large, 'x', sizeof large);
    frames_add_text(&sent, "first");
    frames_add(&sent, NULL, 0);
    frames_add(&sent, large, sizeof large);
    frames_add_copy(&copy, &sent.frame[2]);
    assert_true(frames_data(&copy, 0) == frames_data(&sent, 2)); /* the same buffer */
    assert_true(frames_send(pair->left, &sent));
    assert_int_equal(sent.count, 0);
    assert_true(frames_recv(pair->right, &got));
    assert_int_equal(got.count, 3);
    assert_true(frames_equal(&got, 0, "first", 5));
    assert_false(frames_equal(&got, 0, "firs", 4));
    assert_false(frames_equal(&got, 3, "", 0));
    assert_true(frames_equal(&got, 1, NULL, 0));
    assert_true(frames_equal(&got, 2, large, sizeof large));
    frames_add_move(&copy, &got.frame[2]);
    assert_int_equal(frames_size(&got, 2), 0);
    assert_true(frames_equal(&copy, 1, large, sizeof large));
    frames_clear(&got);
    frames_clear(&copy);
}

static void says_that_nothing_is_there(void **state)
{
    struct pair *pair = *state;
    struct frames got;

    assert_false(frames_recv(pair->right, &got));
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(got.count, 0);
}

static void drops_a_message_that_does_not_fit_the_queue(void **state)
{
    struct pair *pair = *state;
    struct frames sent = {0}, got;
    size_t taken = 0, received = 0;

    do {
        frames_add_text(&sent, "1");
        frames_add_text(&sent, "2");
        taken++;
        assert_true(taken < 100);
    } while (frames_send(pair->left, &sent));
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(sent.count, 0);
    for (; frames_recv(pair->right, &got); received++) {
        assert_int_equal(got.count, 2);
        frames_clear(&got);
    }
    assert_int_equal(received, taken - 1);
}

static void swallows_what_is_too_many_of_a_message(void **state)
{
    static const struct {
        size_t frames, count;
    } table[] = {{1, 1},
                 {FRAMES_MAX - 1, FRAMES_MAX - 1},
                 {FRAMES_MAX, FRAMES_MAX},
                 {FRAMES_MAX + 1, FRAMES_MAX},
                 {64, FRAMES_MAX}};
    struct pair *pair = *state;
    struct frames got;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        for (size_t n = 1; n <= table[i].frames; n++)
            assert_int_equal(
                zmq_send(pair->left, "frame", 5, n < table[i].frames ? ZMQ_SNDMORE : 0), 5);
        assert_true(frames_recv(pair->right, &got));
        assert_int_equal(got.count, table[i].count);
        assert_int_equal(got.cut, table[i].frames > FRAMES_MAX);
        frames_clear(&got);
        assert_false(frames_recv(pair->right, &got)); /* nothing of it is left behind */
    }
}

int main(void)
{
#define pair_test(function) cmocka_unit_test_setup_teardown(function, pair_up, pair_down)
    const struct CMUnitTest tests[] = {
        pair_test(carries_frames_of_any_size),
        pair_test(says_that_nothing_is_there),
        pair_test(drops_a_message_that_does_not_fit_the_queue),
        pair_test(swallows_what_is_too_many_of_a_message),
    };
    return cmocka_run_group_tests_name("frames", tests, NULL, NULL);
}
