#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/contact.h"

#include <zmq.h>

enum {
        OK = ZMQ_EVENT_HANDSHAKE_SUCCEEDED,
        GONE = ZMQ_EVENT_DISCONNECTED,
        RETRY = ZMQ_EVENT_CONNECT_RETRIED,
        TURNED = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL,
        FOREIGN = ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL,
        REFUSED = ZMQ_EVENT_HANDSHAKE_FAILED_AUTH,
};

struct step {
        int64_t at;
        unsigned event;
        enum contact_news news;
};

static struct contact play(const struct step *steps, size_t count)
{
        struct contact contact;

        contact_init(&contact, 0);
        for (size_t i = 0; i < count; i++) {
                enum contact_news news = contact_event(&contact, steps[i].event, steps[i].at, 0);

                if (news != steps[i].news)
                        fail_msg("step %zu: %d, not %d", i, (int)news, (int)steps[i].news);
        }
        return contact;
}
#define PLAY(steps) play(steps, sizeof(steps) / sizeof(steps[0]))

static void test_a_link_goes_and_comes(void **state)
{
        static const struct step steps[] = {
            {10, RETRY, CONTACT_NOTHING},    {20, OK, CONTACT_NOTHING},
            {500, GONE, CONTACT_LOST},       {510, RETRY, CONTACT_NOTHING},
            {20000, RETRY, CONTACT_NOTHING}, {20010, OK, CONTACT_BACK},
            {20020, GONE, CONTACT_LOST},
        };

        (void)state;
        assert_int_equal(PLAY(steps).again_at, -1);
}

static void test_nobody_there(void **state)
{
        static const struct step steps[] = {
            {9999, RETRY, CONTACT_NOTHING},
            {10000, RETRY, CONTACT_UNREACHED},
            {12000, RETRY, CONTACT_NOTHING},
            {90000, OK, CONTACT_BACK},
        };

        (void)state;
        PLAY(steps);
}

/* Once may be a restart of the other side. */
static void test_turned_away(void **state)
{
        static const struct step steps[] = {
            {5000, TURNED, CONTACT_NOTHING},  {5000, GONE, CONTACT_NOTHING},
            {5100, RETRY, CONTACT_NOTHING},   {10100, TURNED, CONTACT_TURNED_AWAY},
            {10200, RETRY, CONTACT_NOTHING},  {15200, TURNED, CONTACT_NOTHING},
            {15300, OK, CONTACT_BACK},        {16000, TURNED, CONTACT_LOST},
            {17000, TURNED, CONTACT_NOTHING},
        };

        (void)state;
        assert_int_equal(PLAY(steps).again_at, -1);
}

static void test_libzmq_gives_up_and_we_do_not(void **state)
{
        static const struct step steps[] = {
            {1000, FOREIGN, CONTACT_FOREIGN},
            {1000, GONE, CONTACT_NOTHING},
        };
        struct contact contact = PLAY(steps);

        (void)state;
        assert_int_equal(contact.again_at, 1000 + CONTACT_AGAIN_MS);
        assert_false(contact_due(&contact, 1999));
        assert_true(contact_due(&contact, 2000));
        assert_false(contact_due(&contact, 2000));
        for (int i = 0; i < 10; i++)
                assert_int_equal(contact_event(&contact, REFUSED, 3000, 0), CONTACT_NOTHING);
        assert_int_equal(contact.again_at, 3000 + CONTACT_AGAIN_MAX_MS);
        assert_int_equal(contact_event(&contact, OK, 4000, 0), CONTACT_BACK);
        assert_int_equal(contact_event(&contact, GONE, 5000, 0), CONTACT_LOST);
        assert_int_equal(contact_event(&contact, FOREIGN, 6000, 0), CONTACT_NOTHING);
        assert_int_equal(contact.again_at, 6000 + CONTACT_AGAIN_MS);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_a_link_goes_and_comes),
            cmocka_unit_test(test_nobody_there),
            cmocka_unit_test(test_turned_away),
            cmocka_unit_test(test_libzmq_gives_up_and_we_do_not),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
