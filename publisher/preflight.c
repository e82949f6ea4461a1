#include "publisher/preflight.h"

#include "common/hash.h"
#include "publisher/dxl/tie.h"

#include <stdio.h>
#include <string.h>

/* The lower half of the tags; those of slots are places in a small table. */
enum { QUESTION_REGISTRY = 0x7ffffff0, QUESTION_GET };

/* The empty file: a reputation that is asked for by everyone, and set by nobody. */
static const char empty_md5[] = "d41d8cd98f00b204e9800998ecf8427e";

const char *preflight_reply_name(enum preflight_reply reply)
{
        static const char *const names[] = {
            [PREFLIGHT_NONE] = "none",         [PREFLIGHT_AWAITED] = "awaited",
            [PREFLIGHT_ANSWERED] = "answered", [PREFLIGHT_REFUSED] = "refused",
            [PREFLIGHT_BAD] = "bad",           [PREFLIGHT_SILENT] = "silent",
        };

        return names[reply];
}

static void ask(struct preflight *p, struct preflight_question *q, uint32_t which,
                struct dxl_fabric *fabric, const char *topic, const char *payload, size_t len)
{
        uint64_t tag = (uint64_t)p->round << 32 | which;

        *q = (struct preflight_question){.reply = PREFLIGHT_AWAITED};
        if (dxl_fabric_request(fabric, tag, topic, payload, len) != 0)
                q->reply = PREFLIGHT_NONE;
}

void preflight_ask(struct preflight *p, struct dxl_fabric *fabric)
{
        char payload[TIE_PAYLOAD_MAX];
        struct hash empty;

        p->round++;
        ask(p, &p->registry, QUESTION_REGISTRY, fabric, dxl_registry_topic, dxl_registry_query,
            strlen(dxl_registry_query));
        if (!hash_parse(HASH_MD5, text_of(empty_md5), &empty))
                abort();
        ask(p, &p->get, QUESTION_GET, fabric, tie_topic_get, payload,
            tie_get_payload(&empty, 1, payload));
}

static enum preflight_reply reply_of(const struct dxl_completion *c)
{
        switch (c->result) {
        case DXL_ANSWERED:
                return PREFLIGHT_ANSWERED;
        case DXL_ERROR:
                return PREFLIGHT_REFUSED;
        case DXL_TIMEOUT:
                return PREFLIGHT_SILENT;
        case DXL_DISCONNECTED:
        case DXL_NOT_SENT:
        default:
                return PREFLIGHT_NONE;
        }
}

static void note(struct preflight_question *q, const struct dxl_completion *c, bool understood)
{
        q->reply = reply_of(c);
        if (q->reply == PREFLIGHT_ANSWERED && !understood)
                q->reply = PREFLIGHT_BAD;
        q->error_code = c->error_code;
        snprintf(q->error_text, sizeof(q->error_text), "%s", c->error_text);
}

bool preflight_take(struct preflight *p, const struct dxl_completion *c)
{
        uint32_t which = (uint32_t)c->tag;
        struct wire_enrichment reputations;

        if (which != QUESTION_REGISTRY && which != QUESTION_GET)
                return false;
        if (c->tag >> 32 != p->round)
                return true;
        if (which == QUESTION_REGISTRY)
                note(&p->registry, c,
                     c->result == DXL_ANSWERED &&
                         dxl_registry_parse(c->payload, c->payload_len, &p->services) == 0);
        else
                note(&p->get, c,
                     c->result == DXL_ANSWERED &&
                         tie_get_parse(c->payload, c->payload_len, &reputations) == 0);
        return true;
}

unsigned preflight_awaited(const struct preflight *p)
{
        return (p->registry.reply == PREFLIGHT_AWAITED ? 1U : 0U) +
               (p->get.reply == PREFLIGHT_AWAITED ? 1U : 0U);
}
