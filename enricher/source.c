#include "enricher/source.h"

#include <stdlib.h>

void source_init(struct source *source, const char *configured, bool adopt)
{
        source->configured = configured;
        source->all = adopt && !configured;
        atomic_init(&source->learned, NULL);
        atomic_init(&source->hidden, source->all);
}

void source_done(struct source *source)
{
        free(atomic_exchange(&source->learned, NULL));
}

const char *source_name(struct source *source)
{
        return source->configured ? source->configured : atomic_load(&source->learned);
}

void source_learn(struct source *source, struct text name)
{
        char *copy = text_dup(name), *none = NULL;

        if (copy && !atomic_compare_exchange_strong(&source->learned, &none, copy))
                free(copy);
}
