#include "tests/sim/threatq/api.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <strings.h>

/* A column filter: without regard to case, `%` any text, a comma between alternatives. */
static bool name_matches(const char *name, const char *filter)
{
        while (*filter) {
                size_t len = strcspn(filter, ",");
                char *pattern = strndup(filter, len);

                if (!pattern)
                        abort();
                for (char *c = pattern; *c; c++)
                        *c = *c == '%' ? '*' : *c;
                bool matches = fnmatch(pattern, name, FNM_CASEFOLD | FNM_NOESCAPE) == 0;
                free(pattern);
                if (matches)
                        return true;
                filter += len + (filter[len] == ',');
        }
        return false;
}

json_t *api_connectors_default(void)
{
        return json_pack(
            "[{s:i, s:s, s:s, s:i, s:i, s:i, s:n, s:s, s:b, s:n, s:i, s:{}, s:s, s:s}]", "id", 74,
            "name", "TIE Bridge", "namespace", "custom.connectors.tie_bridge", "category_id", 5,
            "frequency", 86400, "indicator_status_id", 4, "tlp_id", "gate_oauth2_client_id",
            "3d1b7e0c", "is_active", 1, "last_import_at", "last_import_count", 0, "custom_fields",
            "created_at", "2026-01-11 08:00:00", "updated_at", "2026-01-11 08:00:00");
}

void api_connectors(struct api_call *call)
{
        const char *name = server_arg(call->request, "name");
        int64_t limit = server_arg_number(call->request, "limit", 1000);
        json_t *found = json_array(), *row;
        size_t i;

        json_array_foreach(call->sim->connectors, i, row)
        {
                const char *is = json_string_value(json_object_get(row, "name"));

                if (name && !(is && name_matches(is, name)))
                        continue;
                if ((int64_t)json_array_size(found) < limit)
                        json_array_append(found, row);
        }
        json_t *answer =
            json_pack("{s:I, s:o}", "total", (json_int_t)json_array_size(found), "data", found);
        _cleanup_(freep) char *text = json_dumps(answer, JSON_COMPACT);

        json_decref(answer);
        if (!text)
                abort();
        buf_str(&call->reply->body, text);
}
