#include "fetcher/indicator_row.h"

#include "common/clock.h"
#include "common/wire.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum { VALUE_MAX = 256, STATUS_MAX = 256, NUMBER_MAX = 63 };

/* A text kept in place; longer ones are cut. */
struct kept {
        size_t len;
        bool set;
};

struct indicator_row {
        uint64_t id, type_id, status_id;
        enum hash_type type;
        bool has_type;
        bool has_score, has_manual;
        double score, manual;
        int64_t created_at;
        struct kept value, status;
        char value_bytes[VALUE_MAX];
        char status_bytes[STATUS_MAX];

        msgpack_sbuffer attributes;
        uint32_t attribute_count;
        struct text attribute_name; /* one of names, or empty */
        bool attribute_named;
        struct kept attribute_value;
        int64_t attribute_updated_at;
        char attribute_bytes[WIRE_TEXT_MAX];

        struct text *names; /* of the attributes wanted, sorted */
        size_t name_count;
};

static int compare_names(const void *left, const void *right)
{
        const struct text *a = left, *b = right;

        if (a->len != b->len)
                return a->len < b->len ? -1 : 1;
        return memcmp(a->ptr, b->ptr, a->len);
}

int indicator_row_open(const char *const *attributes, size_t count, struct indicator_row **ret)
{
        struct indicator_row *row = calloc(1, sizeof(*row));

        if (!row)
                return -ENOMEM;
        msgpack_sbuffer_init(&row->attributes);
        row->names = calloc(count + 1, sizeof(*row->names));
        while (row->names && row->name_count < count) {
                struct text copy = text_of(text_dup(text_of(attributes[row->name_count])));

                if (!copy.ptr)
                        break;
                row->names[row->name_count++] = copy;
        }
        if (!row->names || row->name_count < count) {
                indicator_row_close(row);
                return -ENOMEM;
        }
        qsort(row->names, count, sizeof(*row->names), compare_names);
        *ret = row;
        return 0;
}

void indicator_row_close(struct indicator_row *row)
{
        if (!row)
                return;
        for (size_t i = 0; i < row->name_count; i++)
                free((void *)(uintptr_t)row->names[i].ptr);
        free(row->names);
        msgpack_sbuffer_destroy(&row->attributes);
        free(row);
}

void indicator_row_start(struct indicator_row *row)
{
        row->id = row->type_id = row->status_id = 0;
        row->type = HASH_NONE;
        row->has_type = row->has_score = row->has_manual = false;
        row->created_at = 0;
        row->value = row->status = (struct kept){0};
        msgpack_sbuffer_clear(&row->attributes);
        row->attribute_count = 0;
}

/* Bytes of the UTF-8 sequence at p, 0 when it is none. */
static size_t utf8_sequence(const unsigned char *p, size_t len)
{
        size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

        if (n == 0 || n > len || p[0] > 0xf4)
                return 0;
        for (size_t i = 1; i < n; i++) {
                if ((p[i] & 0xc0) != 0x80)
                        return 0;
        }
        if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
            (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
                return 0;
        return n;
}

/* Bytes that are no UTF-8 become '?'. */
static void mend_utf8(char *bytes, size_t len)
{
        for (size_t i = 0; i < len;) {
                size_t n = utf8_sequence((const unsigned char *)bytes + i, len - i);

                if (n == 0)
                        bytes[i] = '?';
                i += n ? n : 1;
        }
}

static void keep(struct text from, char *bytes, size_t size, struct kept *ret)
{
        ret->len = from.len < size ? from.len : size;
        ret->set = true;
        if (ret->len > 0)
                memcpy(bytes, from.ptr, ret->len);
        mend_utf8(bytes, ret->len);
}

bool indicator_row_number(struct text value, uint64_t *ret)
{
        uint64_t n = 0;

        if (value.len == 0 || value.len > 20)
                return false;
        for (size_t i = 0; i < value.len; i++) {
                unsigned digit = (unsigned)(unsigned char)value.ptr[i] - '0';

                if (digit > 9 || n > (UINT64_MAX - digit) / 10)
                        return false;
                n = n * 10 + digit;
        }
        *ret = n;
        return true;
}

static bool parse_score(struct text value, double *ret)
{
        char copy[NUMBER_MAX + 1];
        uint64_t whole;
        double score;
        char *end;

        value = text_trim(value);
        if (value.len <= 3 && indicator_row_number(value, &whole)) {
                *ret = (double)whole;
                return true;
        }
        if (value.len == 0 || !text_copy(value, copy, sizeof(copy)))
                return false;
        score = strtod(copy, &end);
        if (end != copy + value.len || !isfinite(score))
                return false;
        *ret = score;
        return true;
}

void indicator_row_set_id(struct indicator_row *row, struct text value)
{
        indicator_row_number(value, &row->id);
}

void indicator_row_set_value(struct indicator_row *row, struct text value)
{
        keep(value, row->value_bytes, sizeof(row->value_bytes), &row->value);
}

void indicator_row_set_type(struct indicator_row *row, struct text name)
{
        row->type = hash_type_of_name(name);
        row->has_type = true;
}

void indicator_row_set_type_id(struct indicator_row *row, struct text value)
{
        indicator_row_number(value, &row->type_id);
}

void indicator_row_set_status(struct indicator_row *row, struct text name)
{
        keep(name, row->status_bytes, sizeof(row->status_bytes), &row->status);
}

void indicator_row_set_status_id(struct indicator_row *row, struct text value)
{
        indicator_row_number(value, &row->status_id);
}

void indicator_row_set_score(struct indicator_row *row, struct text value)
{
        row->has_score = parse_score(value, &row->score);
}

void indicator_row_set_manual_score(struct indicator_row *row, struct text value)
{
        row->has_manual = parse_score(value, &row->manual);
}

void indicator_row_set_created_at(struct indicator_row *row, struct text value)
{
        if (!clock_parse_utc(value, &row->created_at))
                row->created_at = 0;
}

void indicator_row_attribute_start(struct indicator_row *row)
{
        row->attribute_name = (struct text){0};
        row->attribute_named = false;
        row->attribute_value = (struct kept){0};
        row->attribute_updated_at = 0;
}

void indicator_row_attribute_name(struct indicator_row *row, struct text name)
{
        const struct text *found =
            bsearch(&name, row->names, row->name_count, sizeof(name), compare_names);

        row->attribute_named = true;
        row->attribute_name = found ? *found : (struct text){0};
}

/* Most attributes are not wanted, and most name themselves first. */
static bool attribute_of_use(const struct indicator_row *row)
{
        return !row->attribute_named || row->attribute_name.len > 0;
}

void indicator_row_attribute_value(struct indicator_row *row, struct text value)
{
        if (attribute_of_use(row))
                keep(value, row->attribute_bytes, sizeof(row->attribute_bytes),
                     &row->attribute_value);
}

void indicator_row_attribute_updated_at(struct indicator_row *row, struct text value)
{
        if (attribute_of_use(row) && !clock_parse_utc(value, &row->attribute_updated_at))
                row->attribute_updated_at = 0;
}

void indicator_row_attribute_end(struct indicator_row *row)
{
        struct wire_attribute attribute = {
            .name = row->attribute_name,
            .value = {row->attribute_bytes, row->attribute_value.len},
            .updated_at = row->attribute_updated_at,
        };

        if (row->attribute_name.len == 0 || !row->attribute_value.set ||
            row->attribute_count == WIRE_ATTRIBUTES_MAX)
                return;
        wire_pack_attribute(&row->attributes, &attribute);
        row->attribute_count++;
}

uint64_t indicator_row_id(const struct indicator_row *row)
{
        return row->id;
}

/* The type and status of a row that names them by id only. */
static void resolve(const struct indicator_row *row, const struct names *names,
                    struct wire_row *ret)
{
        if (!row->has_type)
                ret->type = hash_type_of_name(names_type(names, row->type_id));
        if (!row->status.set)
                ret->status = names_status(names, row->status_id);
}

bool indicator_row_pack(struct indicator_row *row, const struct names *names, msgpack_sbuffer *out)
{
        struct wire_row packed = {
            .id = row->id,
            .type = row->type,
            .value = {row->value_bytes, row->value.len},
            .status = {row->status_bytes, row->status.len},
            .has_score = row->has_manual || row->has_score,
            .score = row->has_manual ? row->manual : row->score,
            .created_at = row->created_at,
            .attributes = wire_list_of(&row->attributes, row->attribute_count),
        };
        bool by_id =
            (!row->has_type && row->type_id > 0) || (!row->status.set && row->status_id > 0);

        if (by_id && names)
                resolve(row, names, &packed);
        wire_pack_row(out, &packed);
        return !by_id || names;
}
