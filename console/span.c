#include "console/span.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

const char *span_text(int64_t s, char out[SPAN_MAX])
{
        static const struct {
                int64_t below; /* s */
                int64_t unit;  /* s */
                const char *name;
        } units[] = {
            {120, 1, "s"}, {7200, 60, "min"}, {172800, 3600, "h"}, {INT64_MAX, 86400, "d"}};
        size_t i = 0;

        if (s < 0)
                s = 0;
        while (s >= units[i].below && units[i].below != INT64_MAX)
                i++;
        snprintf(out, SPAN_MAX, "%" PRId64 " %s", s / units[i].unit, units[i].name);
        return out;
}
