#include "common/contact.h"

#include <zmq.h>

/* One end of a handshake happens when the other host is being restarted, too. */
enum { FAILURES_TO_SAY = 2 };

void contact_init(struct contact *contact, int64_t now_ms)
{
        *contact = (struct contact){
            .alone_since = now_ms,
            .again_at = -1,
            .backoff = {.first_ms = CONTACT_AGAIN_MS, .max_ms = CONTACT_AGAIN_MAX_MS},
        };
}

/* A trouble is said once, until it is over. */
static enum contact_news say(struct contact *contact, enum contact_news news)
{
        if (contact->said)
                return CONTACT_NOTHING;
        contact->said = true;
        return news;
}

static enum contact_news succeed(struct contact *contact)
{
        enum contact_news news = contact->said ? CONTACT_BACK : CONTACT_NOTHING;

        contact->up = true;
        contact->said = false;
        contact->failures = 0;
        backoff_reset(&contact->backoff);
        return news;
}

enum contact_news contact_event(struct contact *contact, unsigned event, int64_t now_ms,
                                uint32_t random)
{
        bool was_up = contact->up;

        if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
                return succeed(contact);
        contact->up = false;
        if (was_up) {
                contact->alone_since = now_ms;
                return say(contact, CONTACT_LOST);
        }
        switch (event) {
        case ZMQ_EVENT_CONNECT_RETRIED:
                return now_ms - contact->alone_since >= CONTACT_ALONE_MS && contact->failures == 0
                           ? say(contact, CONTACT_UNREACHED)
                           : CONTACT_NOTHING;
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
                return ++contact->failures >= FAILURES_TO_SAY ? say(contact, CONTACT_TURNED_AWAY)
                                                              : CONTACT_NOTHING;
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
                contact->failures++;
                contact->again_at = now_ms + backoff_next(&contact->backoff, random);
                return say(contact, CONTACT_FOREIGN);
        default:
                return CONTACT_NOTHING;
        }
}

bool contact_due(struct contact *contact, int64_t now_ms)
{
        if (contact->again_at < 0 || now_ms < contact->again_at)
                return false;
        contact->again_at = -1;
        return true;
}
