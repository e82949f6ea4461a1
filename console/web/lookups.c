#include "console/web/lookups.h"

#include <errno.h>

enum { KEPT_MS = 10000 };

struct lookup {
        uint64_t ticket;         /* 0: the place is free */
        struct explain *explain; /* NULL: it has ended */
        char *text;
        int64_t kept_until; /* boot ms, when it has ended */
};

struct lookups {
        struct explain_options options;
        struct lookup places[LOOKUPS_MAX];
        uint64_t tickets;
};

int lookups_open(const struct explain_options *options, struct lookups **ret)
{
        struct lookups *l = calloc(1, sizeof(*l));

        if (!l)
                return -ENOMEM;
        l->options = *options;
        *ret = l;
        return 0;
}

static void empty(struct lookup *lookup)
{
        explain_close(lookup->explain);
        free(lookup->text);
        *lookup = (struct lookup){0};
}

void lookups_close(struct lookups *lookups)
{
        if (!lookups)
                return;
        for (size_t i = 0; i < LOOKUPS_MAX; i++)
                empty(&lookups->places[i]);
        free(lookups);
}

uint64_t lookups_start(struct lookups *lookups, const char *about, int64_t boot_ms)
{
        for (size_t i = 0; i < LOOKUPS_MAX; i++) {
                struct lookup *lookup = &lookups->places[i];

                if (lookup->ticket != 0)
                        continue;
                if (explain_open(&lookups->options, about, boot_ms, &lookup->explain) < 0)
                        return 0;
                lookup->ticket = ++lookups->tickets;
                return lookup->ticket;
        }
        return 0;
}

static size_t place_of(const struct lookups *lookups, uint64_t ticket)
{
        size_t i = 0;

        while (i < LOOKUPS_MAX && lookups->places[i].ticket != ticket)
                i++;
        return i;
}

bool lookups_done(const struct lookups *lookups, uint64_t ticket)
{
        size_t i = place_of(lookups, ticket);

        return i == LOOKUPS_MAX || !lookups->places[i].explain;
}

char *lookups_take(struct lookups *lookups, uint64_t ticket)
{
        size_t i = place_of(lookups, ticket);
        char *text;

        if (i == LOOKUPS_MAX)
                return NULL;
        text = lookups->places[i].text;
        lookups->places[i].text = NULL;
        empty(&lookups->places[i]);
        return text;
}

bool lookups_serve(struct lookups *lookups, int64_t boot_ms)
{
        bool ended = false;

        for (size_t i = 0; i < LOOKUPS_MAX; i++) {
                struct lookup *lookup = &lookups->places[i];

                if (lookup->explain && explain_serve(lookup->explain, boot_ms)) {
                        lookup->text = json_dumps(explain_story(lookup->explain), JSON_COMPACT);
                        explain_close(lookup->explain);
                        lookup->explain = NULL;
                        lookup->kept_until = boot_ms + KEPT_MS;
                        ended = true;
                } else if (lookup->ticket && !lookup->explain && boot_ms >= lookup->kept_until) {
                        empty(lookup);
                }
        }
        return ended;
}

int64_t lookups_next(const struct lookups *lookups)
{
        int64_t next = INT64_MAX;

        for (size_t i = 0; i < LOOKUPS_MAX; i++) {
                const struct lookup *lookup = &lookups->places[i];
                int64_t mine =
                    lookup->explain ? explain_deadline(lookup->explain) : lookup->kept_until;

                if (lookup->ticket && mine < next)
                        next = mine;
        }
        return next;
}
