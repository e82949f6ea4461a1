#include "fetcher/roster.h"

bool roster_hello(struct roster *roster, unsigned fabric, uint64_t incarnation, struct text store,
                  int64_t now)
{
        struct roster_fabric *f = &roster->fabrics[fabric];
        bool restarted = !f->ever || f->incarnation != incarnation;

        f->ever = true;
        f->heard_at = now;
        f->incarnation = incarnation;
        text_copy(store, f->store, sizeof(f->store));
        return restarted;
}

bool roster_heard(const struct roster *roster, unsigned fabric, int64_t now)
{
        const struct roster_fabric *f = &roster->fabrics[fabric];

        return f->ever && now - f->heard_at < ROSTER_HEARD_MS;
}
