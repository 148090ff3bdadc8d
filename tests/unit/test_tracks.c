/* SPDX-License-Identifier: Apache-2.0 */
/* test_tracks.c - which street of which journal the steward reads next */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "libcommon/base/mem.h"
#include "libcommon/service/following/tracks.h"

enum { REGISTRY, SELECTION, SOURCES, STREETS = 1000, NOW_MS = 5000 };

static struct tracks *new_tracks(void)
{
    struct tracks *tracks = mem_new(NULL, struct tracks);

    *tracks = (struct tracks){.parent = tracks, .sources = SOURCES};
    return tracks;
}

static int set_up(void **state)
{
    *state = new_tracks();
    return 0;
}

static int tear_down(void **state)
{
    tracks_forget(*state);
    talloc_free(*state);
    return 0;
}

static struct follower_position at(int64_t seq)
{
    return (struct follower_position){seq, seq, seq, ""};
}

static void tell(struct tracks *tracks, struct track *track, int64_t head, enum track_list list)
{
    tracks_tell(tracks, track, &(struct point){.seq = head}, list);
}

/* A street whose copy of the registry's journal is so far; head and list as told. */
static struct track *told(struct tracks *tracks, const char *street, int64_t seq, int64_t head,
                          enum track_list list)
{
    struct track *track = tracks_find(tracks, street, REGISTRY);

    tracks_set_position(tracks, track, at(seq));
    tell(tracks, track, head, list);
    return track;
}

static void make_backlog(struct tracks *tracks)
{
    for (int i = 0; i < STREETS; i++) {
        char street[16];
        snprintf(street, sizeof street, "s%d", i);
        told(tracks, street, 0, 3, BACKLOG);
    }
}

/* The next one of the list, read to this place; its street, "" if there is none. */
static const char *read_next(struct tracks *tracks, enum track_list list, int64_t seq)
{
    struct track *track = tracks_take(tracks, list, NOW_MS);

    if (!track)
        return "";
    tracks_set_position(tracks, track, at(seq));
    tracks_put_back(tracks, track);
    return track->street;
}

static void reads_what_was_woken_before_the_backlog(void **state)
{
    struct tracks *tracks = *state;

    make_backlog(tracks);
    told(tracks, "idle", 7, 8, WOKEN);
    told(tracks, "s500", 0, 4, WOKEN);
    assert_string_equal(read_next(tracks, WOKEN, 8), "idle");
    assert_string_equal(read_next(tracks, WOKEN, 4), "s500");
    assert_string_equal(read_next(tracks, WOKEN, 0), "");
    told(tracks, "idle", 8, 9, WOKEN); /* that it was read just now does not set it back */
    assert_string_equal(read_next(tracks, WOKEN, 9), "idle");
    for (int i = 0; i < STREETS; i++) {
        char street[16];
        snprintf(street, sizeof street, "s%d", i);
        if (i != 500)
            assert_string_equal(read_next(tracks, BACKLOG, 3), street);
    }
    assert_string_equal(read_next(tracks, BACKLOG, 3), "");
}

static void leaves_the_rest_of_a_woken_street_to_the_backlog(void **state)
{
    struct tracks *tracks = *state;

    told(tracks, "other", 0, 1, BACKLOG);
    told(tracks, "busy", 1, 600, WOKEN);
    assert_string_equal(read_next(tracks, WOKEN, 256), "busy");
    assert_string_equal(read_next(tracks, WOKEN, 512), "");
    assert_string_equal(read_next(tracks, BACKLOG, 1), "other");
    assert_string_equal(read_next(tracks, BACKLOG, 512), "busy");
    told(tracks, "busy", 512, 601, WOKEN);
    assert_string_equal(read_next(tracks, WOKEN, 601), "busy");
    assert_string_equal(read_next(tracks, BACKLOG, 601), "");
}

static void keeps_the_better_place(void **state)
{
    struct tracks *tracks = *state;

    told(tracks, "xiasha", 1, 2, WOKEN);
    told(tracks, "baiyang", 1, 2, WOKEN);
    told(tracks, "xiasha", 1, 5, BACKLOG); /* a look at the heads finds more */
    told(tracks, "xiasha", 1, 4, WOKEN);   /* an old hint, and another one of the same street */
    assert_string_equal(read_next(tracks, WOKEN, 5), "xiasha");
    assert_string_equal(read_next(tracks, WOKEN, 2), "baiyang");
    assert_string_equal(read_next(tracks, WOKEN, 0), "");
    assert_string_equal(read_next(tracks, BACKLOG, 0), "");
}

static void reads_nothing_that_is_up_to_date(void **state)
{
    struct tracks *tracks = *state;
    struct track *track = told(tracks, "xiasha", 3, 3, WOKEN);

    assert_string_equal(read_next(tracks, WOKEN, 0), "");
    tell(tracks, track, 9, WOKEN);
    assert_int_equal(tracks_lag(tracks, REGISTRY), 6);
    tracks_set_end(tracks, track); /* the journal ends before what was said */
    assert_int_equal(tracks_lag(tracks, REGISTRY), 0);
    assert_string_equal(read_next(tracks, WOKEN, 0), "");
}

#define ID_A "01900000-0000-7000-8000-00000000000a"
#define ID_B "01900000-0000-7000-8000-00000000000b"

/* A journal that was restored: the head is another event, or less than what was read. */
static void reads_where_the_journal_may_be_of_another_history(void **state)
{
    static const struct {
        struct point head;
        enum track_list list;
        bool in_doubt;
    } cases[] = {
        {{3, ID_A}, BACKLOG, false}, {{3, ID_B}, BACKLOG, true}, {{3, ID_B}, WOKEN, true},
        {{2, ID_B}, BACKLOG, true},  {{2, ID_B}, WOKEN, false}, /* an old hint */
    };
    struct tracks *tracks = *state;
    struct track *track = tracks_find(tracks, "xiasha", REGISTRY);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tracks_set_position(tracks, track, (struct follower_position){3, 3, 3, ID_A});
        tracks_tell(tracks, track, &cases[i].head, cases[i].list);
        assert_int_equal(track->in_doubt, cases[i].in_doubt);
        assert_ptr_equal(tracks_take(tracks, cases[i].list, NOW_MS),
                         cases[i].in_doubt ? track : NULL);
        tracks_set_end(tracks, track); /* it was read: the position is in it */
        assert_null(tracks_take(tracks, cases[i].list, NOW_MS));
    }
}

static void reads_again_what_could_not_be_read(void **state)
{
    struct tracks *tracks = *state;
    struct track *track = told(tracks, "xiasha", 1, 2, WOKEN);

    assert_ptr_equal(tracks_take(tracks, WOKEN, NOW_MS), track);
    track->away_until_ms = NOW_MS + 1;
    tracks_put_back(tracks, track);
    assert_null(tracks_take(tracks, BACKLOG, NOW_MS));
    assert_ptr_equal(tracks_take(tracks, BACKLOG, NOW_MS + 1), track);
}

static void lets_others_go_before_what_cannot_be_read_now(void **state)
{
    struct tracks *tracks = *state;
    struct track *unknown = tracks_find(tracks, "unknown", SELECTION);

    tell(tracks, unknown, 1, WOKEN); /* the registry's journal did not say that it is there */
    told(tracks, "away", 1, 2, WOKEN)->away_until_ms = NOW_MS + 1;
    told(tracks, "xiasha", 1, 2, WOKEN);
    tell(tracks, tracks_find(tracks, "xiasha", SELECTION), 1, WOKEN);
    tracks->away_until_ms[SELECTION] = NOW_MS + 1;
    assert_string_equal(read_next(tracks, WOKEN, 2), "xiasha");
    assert_string_equal(read_next(tracks, WOKEN, 2), "");
    tracks->away_until_ms[SELECTION] = NOW_MS;
    assert_string_equal(read_next(tracks, WOKEN, 1), "xiasha");
    assert_string_equal(read_next(tracks, WOKEN, 1), "");
    told(tracks, "unknown", 1, 1, BACKLOG);
    assert_string_equal(read_next(tracks, WOKEN, 1), "unknown");
}

/* Reactions to other journals look at copies: they wait until these are whole again. */
/* Its source was restored to 50, and who leads now never heard of more. */
static void reads_on_where_copies_end_before_what_they_reached(void **state)
{
    struct tracks *tracks = *state;
    struct track *track = tracks_find(tracks, "s", REGISTRY);

    tracks_set_position(tracks, track, (struct follower_position){50, 100, 100, ID_A});
    tell(tracks, track, 50, BACKLOG);
    assert_ptr_equal(tracks_take(tracks, BACKLOG, NOW_MS), track);
    tracks_put_back(tracks, track); /* and again, until the end is known */
    assert_ptr_equal(tracks_take(tracks, BACKLOG, NOW_MS), track);
    tracks_set_position(tracks, track, (struct follower_position){50, 50, 50, ID_A});
    tracks_put_back(tracks, track);
    assert_null(tracks_take(tracks, BACKLOG, NOW_MS));
}

static void makes_copies_anew_first(void **state)
{
    struct tracks *tracks = *state;
    struct track *registry = told(tracks, "xiasha", 9, 9, BACKLOG);
    struct track *selection = tracks_find(tracks, "xiasha", SELECTION);

    tell(tracks, selection, 1, WOKEN);
    tracks_set_position(tracks, registry, (struct follower_position){3, 9, 9, ""});
    assert_null(tracks_take(tracks, WOKEN, NOW_MS));
    assert_ptr_equal(tracks_take(tracks, BACKLOG, NOW_MS), registry);
    tracks_set_position(tracks, registry, (struct follower_position){9, 9});
    tracks_put_back(tracks, registry);
    assert_ptr_equal(tracks_take(tracks, WOKEN, NOW_MS), selection);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_what_was_woken_before_the_backlog),
        TEST(leaves_the_rest_of_a_woken_street_to_the_backlog),
        TEST(keeps_the_better_place),
        TEST(reads_nothing_that_is_up_to_date),
        TEST(reads_where_the_journal_may_be_of_another_history),
        TEST(reads_again_what_could_not_be_read),
        TEST(lets_others_go_before_what_cannot_be_read_now),
        TEST(reads_on_where_copies_end_before_what_they_reached),
        TEST(makes_copies_anew_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
