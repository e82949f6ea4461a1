#include "mapper/adopt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct adopt {
        char *name; /* of the attribute; NULL: nothing is adopted */
        struct text words[SHARE_COUNT];
};

/* What the rows say together. */
struct shown {
        bool plain, override; /* as which the newest row says shared */
        int64_t at;
};

int adopt_open(const char *fabric, char *const *words, struct adopt **ret)
{
        _cleanup_(adopt_closep) struct adopt *adopt = calloc(1, sizeof *adopt);

        if (!adopt)
                return -ENOMEM;
        if (words && asprintf(&adopt->name, "Share Status - %s", fabric) < 0) {
                adopt->name = NULL;
                return -ENOMEM;
        }
        for (size_t i = 0; words && i < SHARE_COUNT; i++)
                adopt->words[i] = text_trim(text_of(words[i]));
        *ret = adopt;
        adopt = NULL;
        return 0;
}

void adopt_close(struct adopt *adopt)
{
        if (!adopt)
                return;
        free(adopt->name);
        free(adopt);
}

/* Rows of the same second that differ say nothing together. */
static void add_row(const struct adopt *adopt, const struct wire_attribute *row,
                    struct shown *shown)
{
        struct text value = text_trim(row->value);
        bool plain = text_eq_nocase(value, adopt->words[SHARE_SHARED]);
        bool override = text_eq_nocase(value, adopt->words[SHARE_OVERRIDE]);

        if (row->updated_at < shown->at)
                return;
        if (row->updated_at == shown->at) {
                plain = plain && shown->plain;
                override = override && shown->override;
        }
        *shown = (struct shown){plain, override, row->updated_at};
}

bool adopt_shows(const struct adopt *adopt, struct wire_list attributes, bool override,
                 int64_t override_at)
{
        struct shown shown = {.at = -1};
        struct wire_attribute row;

        if (!adopt->name)
                return false;
        while (wire_next_attribute(&attributes, &row)) {
                if (text_eq_str(row.name, adopt->name))
                        add_row(adopt, &row, &shown);
        }
        if (!override)
                return shown.plain;
        return shown.override && (override_at == 0 || shown.at == 0 || override_at <= shown.at);
}
