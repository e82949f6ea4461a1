#include "mapper/terms.h"

#include <errno.h>
#include <string.h>

struct terms {
        const struct config_fabric *file;
        char *const *adopt;
        struct mapping *of_file;
        struct config_fabric sent; /* what `of_sent` looks into */
        struct mapping *of_sent;   /* NULL: none yet */
        msgpack_sbuffer packed;    /* the terms that it was made of */
};

int terms_open(const struct config_fabric *fabric, char *const *adopt, struct terms **ret)
{
        _cleanup_(terms_closep) struct terms *terms = calloc(1, sizeof *terms);
        int r;

        if (!terms)
                return -ENOMEM;
        terms->file = fabric;
        terms->adopt = adopt;
        msgpack_sbuffer_init(&terms->packed);
        r = mapping_open(fabric, adopt, &terms->of_file);
        if (r < 0)
                return r;
        *ret = terms;
        terms = NULL;
        return 0;
}

/* The mapping first: it looks into what it was made of. */
static void forget_sent(struct terms *terms)
{
        mapping_close(terms->of_sent);
        terms->of_sent = NULL;
        config_fabric_done(&terms->sent);
        terms->sent = (struct config_fabric){0};
}

void terms_close(struct terms *terms)
{
        if (!terms)
                return;
        forget_sent(terms);
        mapping_close(terms->of_file);
        msgpack_sbuffer_destroy(&terms->packed);
        free(terms);
}

static bool copy_status(struct config_selection *to, struct wire_list list)
{
        struct text name;

        to->status = calloc(list.count + 1, sizeof *to->status);
        while (to->status && wire_next_text(&list, &name)) {
                to->status[to->status_count] = text_dup(name);
                if (!to->status[to->status_count++])
                        return false;
        }
        return to->status != NULL;
}

static bool copy_attributes(struct config_selection *to, struct wire_list list)
{
        struct wire_attribute from;

        to->attributes = calloc(list.count + 1, sizeof *to->attributes);
        while (to->attributes && wire_next_attribute(&list, &from)) {
                struct config_attribute *a = &to->attributes[to->attribute_count++];

                a->name = text_dup(from.name);
                a->value = text_dup(from.value);
                if (!a->name || !a->value)
                        return false;
        }
        return to->attributes != NULL;
}

static int take_sent(struct terms *terms, const struct wire_terms *sent)
{
        struct config_selection *selection = &terms->sent.selection;

        terms->sent.name = text_dup(text_of(terms->file->name));
        selection->days = sent->days;
        selection->min_score = sent->min_score;
        for (int band = 0; band < BAND_COUNT; band++) {
                terms->sent.reputation.mapped[band] = sent->level[band] >= 0;
                if (sent->level[band] >= 0)
                        terms->sent.reputation.level[band] = (enum trust_level)sent->level[band];
        }
        if (!terms->sent.name || !copy_status(selection, sent->status) ||
            !copy_attributes(selection, sent->attributes))
                return -ENOMEM;
        return mapping_open(&terms->sent, terms->adopt, &terms->of_sent);
}

static bool is_what_was_sent(const struct terms *terms, const msgpack_sbuffer *packed)
{
        return terms->of_sent && terms->packed.size == packed->size &&
               memcmp(terms->packed.data, packed->data, packed->size) == 0;
}

int terms_mapping(struct terms *terms, const struct wire_terms *sent, const struct mapping **ret)
{
        msgpack_sbuffer packed;
        int r = 0;

        if (!sent) {
                *ret = terms->of_file;
                return 0;
        }
        msgpack_sbuffer_init(&packed);
        wire_pack_terms(&packed, sent);
        if (!is_what_was_sent(terms, &packed)) {
                forget_sent(terms);
                r = take_sent(terms, sent);
                msgpack_sbuffer_destroy(&terms->packed);
                terms->packed = packed;
                msgpack_sbuffer_init(&packed);
        }
        msgpack_sbuffer_destroy(&packed);
        if (r < 0)
                return r;
        *ret = terms->of_sent;
        return 0;
}
