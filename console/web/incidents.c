#include "console/web/incidents.h"

#include <string.h>

size_t incidents_count(const struct incidents *incidents)
{
        return incidents->count < INCIDENTS_MAX ? incidents->count : INCIDENTS_MAX;
}

const struct incident *incidents_at(const struct incidents *incidents, size_t i)
{
        return &incidents->ring[(incidents->count - 1 - i) % INCIDENTS_MAX];
}

/* Several processes of a stage show the same line. */
static bool is_known(const struct incidents *incidents, const struct incident *incident)
{
        for (size_t i = 0; i < incidents_count(incidents); i++) {
                const struct incident *old = incidents_at(incidents, i);

                if (strcmp(old->stage, incident->stage) == 0 &&
                    strcmp(old->fabric, incident->fabric) == 0 &&
                    strcmp(old->line.at, incident->line.at) == 0 &&
                    strcmp(old->line.text, incident->line.text) == 0)
                        return true;
        }
        return false;
}

void incidents_note(struct incidents *incidents, const struct summary *summary)
{
        for (size_t i = 0; i < summary->stage_count; i++) {
                const struct summary_stage *stage = &summary->stages[i];
                struct incident incident = {.stage = stage->stage};

                if (!stage->trouble)
                        continue;
                text_copy(text_of(stage->fabric), incident.fabric, sizeof(incident.fabric));
                incident.line = *stage->trouble;
                if (!is_known(incidents, &incident))
                        incidents->ring[incidents->count++ % INCIDENTS_MAX] = incident;
        }
}
