#include "tests/sim/threatq/print.h"

static const struct {
        const char *name;
        uint32_t bit;
} fields[] = {
    {"id", PRINT_ID},
    {"class", PRINT_CLASS},
    {"value", PRINT_VALUE},
    {"hash", PRINT_HASH},
    {"score", PRINT_SCORE},
    {"type_id", PRINT_TYPE_ID},
    {"status_id", PRINT_STATUS_ID},
    {"type", PRINT_TYPE},
    {"status", PRINT_STATUS},
    {"description", PRINT_DESCRIPTION},
    {"published_at", PRINT_PUBLISHED},
    {"created_at", PRINT_CREATED},
    {"updated_at", PRINT_UPDATED},
    {"touched_at", PRINT_TOUCHED},
    {"expires_calculated_at", PRINT_EXPIRES_CALCULATED},
    {"adversaries", PRINT_ADVERSARIES},
    {"attributes", PRINT_ATTRIBUTES},
    {"sources", PRINT_SOURCES},
    {"tags", PRINT_TAGS},
};

uint32_t print_field_of(const char *name)
{
        for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
                if (strcmp(fields[i].name, name) == 0)
                        return fields[i].bit;
        return 0;
}

static void number(struct buf *b, const char *key, uint64_t n)
{
        buf_str(b, key);
        buf_u64(b, n);
}

static void date(struct buf *b, const char *key, uint32_t seconds)
{
        buf_str(b, key);
        buf_date(b, seconds);
}

static void hex32(struct buf *b, uint64_t bits)
{
        static const char digits[] = "0123456789abcdef";
        char text[32];

        for (size_t i = 0; i < sizeof(text); i++) {
                if (i == 16)
                        bits = names_mix(bits);
                text[i] = digits[bits >> (i % 16 * 4) & 15];
        }
        buf_put(b, text, sizeof(text));
}

static void word(struct buf *b, const struct library *library, uint32_t n)
{
        buf_put(b, library->names.words[n].json, library->names.words[n].json_len);
}

void print_score(struct buf *b, const struct library_row *row)
{
        number(b, "{\"id\":", row->id);
        number(b, ",\"indicator_id\":", row->id);
        buf_str(b, ",\"generated_score\":");
        if (row->generated == LIBRARY_NO_SCORE) {
                buf_str(b, "null");
        } else {
                buf_str(b, "\"");
                buf_decimal(b, row->generated);
                buf_str(b, "\"");
        }
        buf_str(b, ",\"manual_score\":");
        if (row->manual == LIBRARY_NO_SCORE)
                buf_str(b, "null");
        else
                buf_hundredths(b, row->manual);
        buf_str(b, ",\"score_config_hash\":\"e9d71f5ee7c92d6dc9e92ffdad17b8bd\"");
        date(b, ",\"created_at\":", row->created);
        date(b, ",\"updated_at\":", row->updated);
        buf_str(b, "}");
}

void print_type(struct buf *b, const struct names_kind *type, enum print_kind kind)
{
        if (kind == PRINT_KIND_NAME) {
                buf_json(b, type->name);
                return;
        }
        number(b, "{\"id\":", type->id);
        buf_str(b, ",\"name\":\"");
        buf_str(b, type->name);
        buf_str(b, "\",\"class\":\"");
        buf_str(b, type->extra);
        buf_str(b, "\"");
        if (kind == PRINT_KIND_RELATIONAL)
                buf_str(b,
                        ",\"score\":null,\"wildcard_matching\":\"N\",\"created_at\":\"2024-01-09 "
                        "10:00:00\",\"updated_at\":\"2024-01-09 10:00:00\"");
        buf_str(b, "}");
}

void print_status(struct buf *b, const struct names_kind *status, enum print_kind kind)
{
        if (kind == PRINT_KIND_NAME) {
                buf_json(b, status->name);
                return;
        }
        number(b, "{\"id\":", status->id);
        buf_str(b, ",\"name\":\"");
        buf_str(b, status->name);
        buf_str(b, "\",\"description\":\"");
        buf_str(b, status->extra);
        buf_str(b, "\"");
        if (kind == PRINT_KIND_RELATIONAL)
                buf_str(b, ",\"user_editable\":\"N\",\"visible\":\"Y\",\"include_in_export\":\"Y\","
                           "\"protected\":\"N\",\"created_at\":\"2024-01-09 10:00:00\","
                           "\"updated_at\":\"2024-01-09 10:00:00\"");
        buf_str(b, "}");
}

static void attribute_sources(struct buf *b, const struct library *library,
                              const struct library_attribute *attribute)
{
        buf_str(b, ",\"sources\":[");
        for (uint32_t i = 0; i < attribute->n_sources; i++) {
                number(b, i ? ",{\"id\":" : "{\"id\":", attribute->sources[i] + 1);
                buf_str(b, ",\"type\":\"other_sources\",\"name\":");
                word(b, library, attribute->sources[i]);
                buf_str(b, ",\"tlp_id\":null}");
        }
        buf_str(b, "]");
}

void print_attribute(struct buf *b, const struct library *library, const struct library_row *row,
                     const struct library_attribute *attribute, bool sources, bool key)
{
        number(b, "{\"id\":", attribute->id);
        number(b, ",\"attribute_id\":", attribute->name + 1);
        number(b, ",\"indicator_id\":", row->id);
        buf_str(b, ",\"name\":");
        word(b, library, attribute->name);
        buf_str(b, ",\"value\":");
        word(b, library, attribute->value);
        date(b, ",\"created_at\":", attribute->created);
        date(b, ",\"updated_at\":", attribute->updated);
        date(b, ",\"touched_at\":", attribute->touched);
        if (key) {
                number(b, ",\"attribute\":{\"id\":", attribute->name + 1);
                buf_str(b, ",\"name\":");
                word(b, library, attribute->name);
                buf_str(b, "}");
        }
        if (sources)
                attribute_sources(b, library, attribute);
        buf_str(b, "}");
}

static void attributes(struct buf *b, const struct library *library, const struct library_row *row,
                       bool sources)
{
        struct library_attribute attribute;
        uint32_t at = 0;

        buf_str(b, ",\"attributes\":[");
        for (bool first = true; library_next_attribute(library, row, &at, &attribute);
             first = false) {
                if (!first)
                        buf_str(b, ",");
                print_attribute(b, library, row, &attribute, sources, false);
        }
        buf_str(b, "]");
}

static void source_index(struct buf *b, const struct library *library,
                         const struct library_row *row, uint32_t source, uint32_t nth)
{
        number(b, "{\"id\":", (uint64_t)row->id * 2 + nth);
        number(b, ",\"source_id\":", source + 1);
        buf_str(b, ",\"name\":");
        word(b, library, source);
        buf_str(b, ",\"source_type\":\"connectors\",\"reference_id\":3");
        number(b, ",\"indicator_id\":", row->id);
        number(b, ",\"indicator_type_id\":", library->names.types[row->type].id);
        number(b, ",\"indicator_status_id\":", library->names.statuses[row->status].id);
        number(b, ",\"creator_source_id\":", source + 1);
        date(b, ",\"published_at\":", row->created);
        date(b, ",\"created_at\":", row->created);
        date(b, ",\"updated_at\":", row->updated);
        buf_str(b, "}");
}

static void source_relational(struct buf *b, const struct library *library,
                              const struct library_row *row, uint32_t source, uint32_t nth)
{
        number(b, "{\"id\":", source + 1);
        buf_str(b, ",\"type\":\"connectors\",\"name\":");
        word(b, library, source);
        buf_str(b, ",\"tlp_id\":null");
        date(b, ",\"created_at\":", row->created);
        date(b, ",\"updated_at\":", row->updated);
        date(b, ",\"published_at\":", row->created);
        number(b, ",\"pivot\":{\"id\":", (uint64_t)row->id * 2 + nth);
        number(b, ",\"indicator_id\":", row->id);
        number(b, ",\"source_id\":", source + 1);
        number(b, ",\"creator_source_id\":", source + 1);
        buf_str(b, "}}");
}

static void sources(struct buf *b, const struct library *library, const struct library_row *row,
                    enum print_kind kind)
{
        uint32_t words[2];
        uint32_t n = library_sources(library, row, words);

        buf_str(b, ",\"sources\":[");
        for (uint32_t i = 0; i < n; i++) {
                if (i)
                        buf_str(b, ",");
                if (kind == PRINT_KIND_RELATIONAL)
                        source_relational(b, library, row, words[i], i);
                else
                        source_index(b, library, row, words[i], i);
        }
        buf_str(b, "]");
}

static void value(struct buf *b, const struct library *library, const struct library_row *row)
{
        char text[LIBRARY_VALUE_MAX];
        size_t len = library_value(library, row, text);

        buf_str(b, ",\"value\":");
        if (row->type <= NAMES_SHA512 && !(row->change && row->change->value)) {
                buf_str(b, "\"");
                buf_put(b, text, len);
                buf_str(b, "\"");
        } else {
                buf_json(b, text);
        }
}

static void score(struct buf *b, const struct library_row *row, enum print_score shape)
{
        int32_t effective = library_score(row);

        if (shape == PRINT_SCORE_OBJECT) {
                buf_str(b, ",\"score\":");
                print_score(b, row);
        } else if (effective == LIBRARY_NO_SCORE) {
                return; /* the index has no null: the key is missing */
        } else if (shape == PRINT_SCORE_STRING) {
                buf_str(b, ",\"score\":\"");
                buf_decimal(b, effective);
                buf_str(b, "\"");
        } else {
                buf_str(b, ",\"score\":");
                buf_hundredths(b, effective);
        }
}

static void dates(struct buf *b, const struct library_row *row, uint32_t wanted)
{
        if (wanted & PRINT_NULLS)
                buf_str(b, ",\"last_detected_at\":null,\"expires_at\":null,\"expired_at\":null");
        if (wanted & PRINT_EXPIRES_CALCULATED)
                date(b, ",\"expires_calculated_at\":", row->created);
        if (wanted & PRINT_PUBLISHED)
                date(b, ",\"published_at\":", row->created);
        if (wanted & PRINT_CREATED)
                date(b, ",\"created_at\":", row->created);
        if (wanted & PRINT_UPDATED)
                date(b, ",\"updated_at\":", row->updated);
        if (wanted & PRINT_TOUCHED)
                date(b, ",\"touched_at\":", row->touched);
}

static void kinds(struct buf *b, const struct library *library, const struct library_row *row,
                  const struct print_view *view)
{
        const struct names_kind *type = &library->names.types[row->type];
        const struct names_kind *status = &library->names.statuses[row->status];

        if (view->fields & PRINT_TYPE_ID)
                number(b, ",\"type_id\":", type->id);
        if (view->fields & PRINT_STATUS_ID)
                number(b, ",\"status_id\":", status->id);
        if (view->fields & PRINT_TYPE) {
                buf_str(b, ",\"type\":");
                print_type(b, type, view->kind);
        }
        if (view->fields & PRINT_STATUS) {
                buf_str(b, ",\"status\":");
                print_status(b, status, view->kind);
        }
}

/* The description: null in the relational view, else only there when it pads the row. */
static void description(struct buf *b, const struct print_view *view, size_t used)
{
        static const char filler[] = "Seen in a sandbox report; context was added by a feed. ";

        if (used >= view->row_bytes) {
                if (view->fields & PRINT_NULLS)
                        buf_str(b, ",\"description\":null");
                return;
        }
        buf_str(b, ",\"description\":\"");
        for (size_t left = view->row_bytes - used; left;) {
                size_t n = left < sizeof(filler) - 1 ? left : sizeof(filler) - 1;
                buf_put(b, filler, n);
                left -= n;
        }
        buf_str(b, "\"");
}

void print_row(struct buf *b, const struct library *library, const struct library_row *row,
               const struct print_view *view)
{
        size_t start = b->len;

        /* Every member is printed with a comma before it; the first one becomes the brace. */
        if (view->fields & PRINT_ID)
                number(b, ",\"id\":", row->id);
        if (view->fields & PRINT_CLASS) {
                buf_str(b, ",\"class\":\"");
                buf_str(b, library->names.types[row->type].extra);
                buf_str(b, "\"");
        }
        if (view->fields & PRINT_VALUE)
                value(b, library, row);
        if (view->fields & PRINT_HASH) {
                buf_str(b, ",\"hash\":\"");
                hex32(b, row->entropy + row->at);
                buf_str(b, "\"");
        }
        if (view->fields & PRINT_SCORE)
                score(b, row, view->score);
        kinds(b, library, row, view);
        dates(b, row, view->fields);
        if (view->fields & PRINT_ADVERSARIES)
                buf_str(b, ",\"adversaries\":[]");
        if (view->fields & PRINT_ATTRIBUTES)
                attributes(b, library, row, view->attribute_sources);
        if (view->fields & PRINT_SOURCES)
                sources(b, library, row, view->kind);
        if (view->fields & PRINT_TAGS)
                buf_str(b, row->entropy & 4 ? ",\"tags\":[\"triage\"]" : ",\"tags\":[]");
        if (view->fields & PRINT_DESCRIPTION)
                description(b, view, b->len - start);
        if (b->len == start)
                buf_str(b, "{");
        else
                b->ptr[start] = '{';
        buf_str(b, "}");
}
