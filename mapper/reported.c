#include "mapper/reported.h"

#include <string.h>

/* Where the id is, or where it belongs. */
static size_t place_of(const struct reported *reported, uint64_t id)
{
        size_t low = 0, high = reported->count;

        while (low < high) {
                size_t middle = (low + high) / 2;

                if (reported->id[middle] < id)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

/* Moves what is from `at` on by one place, up or down. */
static void shift(struct reported *reported, size_t at, bool up)
{
        size_t from = at + (up ? 0 : 1), to = at + (up ? 1 : 0), n = reported->count - from;

        memmove(&reported->id[to], &reported->id[from], n * sizeof(reported->id[0]));
        memmove(&reported->verdict[to], &reported->verdict[from], n * sizeof(reported->verdict[0]));
        reported->count += up ? 1 : (size_t)-1;
}

bool reported_take(struct reported *reported, uint64_t id, enum verdict verdict)
{
        bool trouble = verdict == VERDICT_BAD_OVERRIDE || verdict == VERDICT_CONFLICTING_OVERRIDE;
        size_t at = place_of(reported, id);
        bool known = at < reported->count && reported->id[at] == id;

        if (!trouble) {
                if (known)
                        shift(reported, at, false);
                return false;
        }
        if (known && reported->verdict[at] == verdict)
                return false;
        if (!known) {
                if (reported->count == REPORTED_MAX)
                        return false;
                shift(reported, at, true);
        }
        reported->id[at] = id;
        reported->verdict[at] = verdict;
        return true;
}
