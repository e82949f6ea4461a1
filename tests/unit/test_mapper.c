/* The mapper between a fetcher and two publishers, all in this process. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/config_internal.h"
#include "mapper/mapper.h"

#include <zmq.h>

enum { STARTED_AT = 1777630000, PATIENCE_MS = 5000 };

static const char yaml[] =
    "threatq: {host: a, client_id: c, username: u, password: p}\n"
    "connector: {run_dir: %s}\n"
    "fabrics:\n"
    "- {name: emea, dxl_config: d}\n"
    "- {name: apac, dxl_config: d, reputation: {known_malicious: [very high]}}\n";

struct world {
        char folder[64];
        struct proc proc;
        struct chan *fetcher;
        struct chan *publishers[2]; /* emea, apac; NULL: not there */
        struct mapper *mapper;
        struct wire_msg got[2]; /* the last message of each publisher */
        unsigned received[2];
        unsigned expected[2];
        int deadline;
};

static int on_message(struct world *world, int i)
{
        const void *frame;
        size_t len;

        while (chan_recv(world->publishers[i], &frame, &len) == 0) {
                assert_int_equal(wire_decode(frame, len, &world->got[i]), 0);
                if (++world->received[i] == world->expected[i])
                        break; /* the frame stays for the test to look at */
        }
        if (world->received[0] >= world->expected[0] && world->received[1] >= world->expected[1])
                loop_stop(world->proc.loop);
        return 0;
}

static int on_emea(void *userdata)
{
        return on_message(userdata, 0);
}

static int on_apac(void *userdata)
{
        return on_message(userdata, 1);
}

static int on_deadline(void *userdata)
{
        struct world *world = userdata;

        fail_msg("received %u of %u, %u of %u", world->received[0], world->expected[0],
                 world->received[1], world->expected[1]);
        return 0;
}

static void open_publisher(struct world *world, int i)
{
        assert_int_equal(links_bind(world->proc.links, CHAN_PULL, CONFIG_IN,
                                    world->proc.config->fabrics[i].name, &world->publishers[i]),
                         0);
        assert_int_equal(
            chan_watch(world->publishers[i], world->proc.loop, i == 0 ? on_emea : on_apac, world),
            0);
}

static void open_world(struct world *world, bool apac)
{
        char text[512];
        char *error = NULL;

        *world = (struct world){.folder = "/tmp/test_mapper.XXXXXX"};
        assert_non_null(mkdtemp(world->folder));
        snprintf(text, sizeof text, yaml, world->folder);
        assert_int_equal(
            config_parse("c.yaml", 0600, text, strlen(text), &world->proc.config, &error), 0);
        world->proc.zmq = zmq_ctx_new();
        assert_int_equal(loop_open(&world->proc.loop), 0);
        world->deadline = loop_add_timer(world->proc.loop, on_deadline, world);
        assert_int_equal(links_open(world->proc.zmq, world->proc.loop, world->proc.config, NULL,
                                    &world->proc.links),
                         0);
        assert_int_equal(
            links_bind(world->proc.links, CHAN_PUSH, CONFIG_PAGES, NULL, &world->fetcher), 0);
        open_publisher(world, 0);
        if (apac)
                open_publisher(world, 1);
        assert_int_equal(mapper_open(&world->proc, &world->mapper), 0);
}

static void close_world(struct world *world)
{
        static const char *const names[] = {"pages", "in-emea", "in-apac"};
        char path[128];

        mapper_close(world->mapper);
        chan_close(world->fetcher);
        chan_close(world->publishers[0]);
        chan_close(world->publishers[1]);
        links_close(world->proc.links);
        loop_close(world->proc.loop);
        zmq_ctx_term(world->proc.zmq);
        config_free(world->proc.config);
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
                snprintf(path, sizeof path, "%s/%s", world->folder, names[i]);
                unlink(path);
        }
        rmdir(world->folder);
}

static void send(struct world *world, const void *frame, size_t len)
{
        int r;

        /* Until the mapper has connected nobody takes it. */
        for (int i = 0; (r = chan_send(world->fetcher, frame, len)) == CHAN_E_AGAIN; i++) {
                assert_true(i < PATIENCE_MS);
                usleep(1000);
        }
        assert_int_equal(r, 0);
}

/* A page of three rows, scores 10, 9 and 0, for these fabrics. */
static void send_page(struct world *world, uint32_t number, const char *const *targets)
{
        msgpack_sbuffer rows, names, frame;
        struct wire_msg msg = {.type = WIRE_PAGE};
        uint32_t count = 0;

        msgpack_sbuffer_init(&rows);
        msgpack_sbuffer_init(&names);
        msgpack_sbuffer_init(&frame);
        for (unsigned i = 1; i <= 3; i++)
                wire_pack_row(
                    &rows, &(struct wire_row){.id = i,
                                              .type = HASH_MD5,
                                              .value = text_of("d41d8cd98f00b204e9800998ecf8427e"),
                                              .has_score = true,
                                              .score = i == 3 ? 0 : 11 - i,
                                              .created_at = STARTED_AT});
        for (; targets[count]; count++)
                wire_pack_text(&names, text_of(targets[count]));
        msg.page = (struct wire_page){.sweep = 1,
                                      .page = number,
                                      .started_at = STARTED_AT,
                                      .targets = wire_list_of(&names, count),
                                      .rows = wire_list_of(&rows, 3)};
        wire_pack(&frame, &msg);
        send(world, frame.data, frame.size);
        msgpack_sbuffer_destroy(&rows);
        msgpack_sbuffer_destroy(&names);
        msgpack_sbuffer_destroy(&frame);
}

static void send_end(struct world *world, const char *fabric)
{
        struct wire_msg msg = {.type = WIRE_SWEEP_END,
                               .sweep_end = {.sweep = 1, .fabric = text_of(fabric), .pages = 9}};
        msgpack_sbuffer frame;

        msgpack_sbuffer_init(&frame);
        wire_pack(&frame, &msg);
        send(world, frame.data, frame.size);
        msgpack_sbuffer_destroy(&frame);
}

/* Runs until the publishers have got these many messages in all. */
static void expect(struct world *world, unsigned emea, unsigned apac)
{
        world->expected[0] = emea;
        world->expected[1] = apac;
        loop_arm(world->proc.loop, world->deadline, PATIENCE_MS);
        assert_int_equal(loop_run(world->proc.loop), 0);
        loop_arm(world->proc.loop, world->deadline, -1);
        assert_int_equal(world->received[0], emea);
        assert_int_equal(world->received[1], apac);
}

static void check_verdicts(struct world *world, int i, uint32_t page, const enum verdict *verdicts)
{
        struct wire_batch *batch = &world->got[i].batch;
        struct wire_item item;

        assert_int_equal(world->got[i].type, WIRE_BATCH);
        assert_true(text_eq_str(batch->fabric, world->proc.config->fabrics[i].name));
        assert_int_equal(batch->page, page);
        for (int k = 0; k < 3; k++) {
                assert_true(wire_next_item(&batch->items, &item));
                assert_int_equal(item.verdict, verdicts[k]);
        }
        assert_false(wire_next_item(&batch->items, &item));
}

static const enum verdict all[] = {VERDICT_CANDIDATE, VERDICT_CANDIDATE, VERDICT_CANDIDATE};
static const enum verdict first[] = {VERDICT_CANDIDATE, VERDICT_UNMAPPED, VERDICT_UNMAPPED};

static void test_each_fabric_gets_its_batch(void **state)
{
        struct world world;

        (void)state;
        open_world(&world, true);
        send_page(&world, 4, (const char *const[]){NULL});
        expect(&world, 1, 1);
        check_verdicts(&world, 0, 4, all);
        check_verdicts(&world, 1, 4, first);
        assert_int_equal(mapper_counters(world.mapper)->pages, 1);
        assert_int_equal(mapper_counters(world.mapper)->rows, 3);
        assert_int_equal(mapper_counters(world.mapper)->batches, 2);
        close_world(&world);
}

static void test_targets(void **state)
{
        struct world world;

        (void)state;
        open_world(&world, true);
        send_page(&world, 1, (const char *const[]){"apac", "latam", NULL});
        send_page(&world, 2, (const char *const[]){"emea", "apac", NULL});
        expect(&world, 1, 2);
        check_verdicts(&world, 0, 2, all);
        check_verdicts(&world, 1, 2, first);
        assert_int_equal(mapper_counters(world.mapper)->unknown_fabric, 1);
        close_world(&world);
}

static void test_sweep_end_and_bad_frames(void **state)
{
        static const char garbage[] = "\x93\x01\x02";
        struct world world;

        (void)state;
        open_world(&world, true);
        send(&world, garbage, sizeof garbage);
        send_end(&world, "latam");
        send_end(&world, "apac");
        send_page(&world, 1, (const char *const[]){"emea", NULL});
        expect(&world, 1, 1);
        assert_int_equal(world.got[1].type, WIRE_SWEEP_END);
        assert_int_equal(world.got[1].sweep_end.pages, 9);
        check_verdicts(&world, 0, 1, all);
        assert_int_equal(mapper_counters(world.mapper)->bad_frames, 1);
        close_world(&world);
}

/* A publisher that is not there costs its own batches only. */
static void test_missing_publisher(void **state)
{
        enum { PAGES = 3 * CHAN_HWM };
        struct world world;

        (void)state;
        open_world(&world, false);
        for (uint32_t page = 1; page <= PAGES; page++) {
                send_page(&world, page, (const char *const[]){NULL});
                expect(&world, page, 0);
        }
        check_verdicts(&world, 0, PAGES, all);
        assert_true(mapper_counters(world.mapper)->dropped > 0);
        close_world(&world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_each_fabric_gets_its_batch),
            cmocka_unit_test(test_targets),
            cmocka_unit_test(test_sweep_end_and_bad_frames),
            cmocka_unit_test(test_missing_publisher),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
