#include "console/web/series.h"

#include "common/cleanup.h"

#include <jansson.h>

static json_t *number(uint64_t n)
{
        return json_integer((json_int_t)n);
}

static void add(json_t *object, const char *key, uint64_t n)
{
        json_array_append_new(json_object_get(object, key), number(n));
}

static json_t *empty_lists(const char *const keys[], size_t count)
{
        json_t *object = json_object();

        for (size_t i = 0; i < count; i++)
                json_object_set_new(object, keys[i], json_array());
        return object;
}

static void add_sample(json_t *root, json_t *fabrics, const struct history *history, size_t i,
                       const struct summary *summary)
{
        const struct history_fabric *f;
        const struct history_sample *s = history_at(history, i, &f);

        json_array_append_new(json_object_get(root, "at"), json_integer(s->wall_s));
        add(root, "fetched", s->fetched);
        add(root, "written", s->written);
        for (size_t k = 0; k < summary->fabric_count; k++) {
                json_t *lists = json_object_get(fabrics, summary->fabrics[k].name);

                add(lists, "pushed", f[k].pushed);
                add(lists, "queued", f[k].queued);
                add(lists, "used", f[k].used);
        }
}

static json_t *incident_json(const struct incident *incident)
{
        json_t *text = json_string(incident->line.text);

        return json_pack("{s:s, s:s, s:s, s:s, s:o}", "at", incident->line.at, "stage",
                         incident->stage, "fabric", incident->fabric, "level",
                         incident->line.error ? "error" : "warn", "text",
                         text ? text : json_string("?"));
}

char *series_json(const struct history *history, const struct summary *summary,
                  const struct incidents *incidents)
{
        static const char *const all[] = {"at", "fetched", "written"};
        static const char *const one[] = {"pushed", "queued", "used"};
        _cleanup_(json_decrefp) json_t *root = empty_lists(all, 3);
        json_t *fabrics = json_object(), *errors = json_array();
        size_t count = history_count(history), step;

        for (size_t i = 0; i < summary->fabric_count; i++)
                json_object_set_new(fabrics, summary->fabrics[i].name, empty_lists(one, 3));
        json_object_set_new(root, "fabrics", fabrics);
        json_object_set_new(root, "errors", errors);
        step = (count + SERIES_POINTS_MAX - 1) / SERIES_POINTS_MAX;
        for (size_t i = count ? (count - 1) % step : 0; i < count; i += step)
                add_sample(root, fabrics, history, i, summary);
        for (size_t i = 0; i < incidents_count(incidents); i++)
                json_array_append_new(errors, incident_json(incidents_at(incidents, i)));
        return json_dumps(root, JSON_COMPACT | JSON_PRESERVE_ORDER);
}
