#include "tests/sim/threatq/api.h"
#include "tests/sim/threatq/write.h"

#include <stdlib.h>

/* Whether the comma-separated `with` asks for a relation. */
static bool asks(const struct api_call *call, const char *relation)
{
        const char *with = server_arg(call->request, "with");
        size_t len = strlen(relation);

        while (with && *with) {
                size_t n = strcspn(with, ",");
                if (n == len && memcmp(with, relation, len) == 0)
                        return true;
                with += n + (with[n] == ',');
        }
        return false;
}

static bool shows_sources(const struct api_call *call)
{
        switch (call->sim->options.attribute_sources) {
        case SIM_SOURCES_ALWAYS:
                return true;
        case SIM_SOURCES_NEVER:
                return false;
        case SIM_SOURCES_ASKED:
                break;
        }
        return asks(call, "sources");
}

void api_attributes(struct api_call *call)
{
        const struct sim *sim = call->sim;
        struct buf *b = &call->reply->body;
        int64_t limit = server_arg_number(call->request, "limit", sim->options.max_limit);
        int64_t offset = server_arg_number(call->request, "offset", 0);
        bool sources = shows_sources(call);
        bool key = asks(call, "attribute");
        struct library_attribute attribute;
        struct library_row row;
        int64_t total = 0;
        int64_t n = 0;
        uint32_t at = 0;

        if (!api_indicator(call, &row))
                return;
        buf_str(b, "{\"data\":[");
        for (; library_next_attribute(&sim->library, &row, &at, &attribute); total++) {
                if (total < offset || n >= limit)
                        continue;
                if (n++)
                        buf_str(b, ",");
                print_attribute(b, &sim->library, &row, &attribute, sources, key);
        }
        buf_str(b, "]");
        if (n == 0 && sim->options.empty_object) {
                b->len = 0;
                buf_str(b, "{\"data\":{}");
        }
        buf_printf(b, ",\"total\":%lld,\"limit\":%lld,\"offset\":%lld}", (long long)total,
                   (long long)limit, (long long)offset);
}

/* Checks all items of a body before any is written. */
static bool check_items(struct api_call *call, const json_t *body)
{
        size_t n = json_is_array(body) ? json_array_size(body) : 1;

        for (size_t i = 0; i < n; i++) {
                const json_t *item = json_is_array(body) ? json_array_get(body, i) : body;
                const char *field = write_check_attribute(call->sim, item);
                struct buf message = {0};
                if (!field)
                        continue;
                /* One item and several are told in the two forms that the API has. */
                if (json_is_array(body)) {
                        buf_printf(&message, "%s: is missing or not valid", field);
                        sim_error(call->reply, 400, buf_cstr(&message));
                } else {
                        buf_printf(&message, "The %s field is required.", field);
                        sim_error_field(call->reply, 400, field, buf_cstr(&message));
                }
                buf_free(&message);
                return false;
        }
        if (n == 0)
                sim_error(call->reply, 400, "There is nothing to save.");
        return n > 0;
}

void api_attributes_post(struct api_call *call)
{
        struct sim *sim = call->sim;
        struct buf *b = &call->reply->body;
        struct library_attribute attribute;
        struct library_row row;

        if (!api_indicator(call, &row))
                return;
        json_t *body = api_body(call);
        if (!body || !check_items(call, body)) {
                json_decref(body);
                return;
        }
        size_t n = json_is_array(body) ? json_array_size(body) : 1;
        call->reply->status = 201;
        buf_printf(b, "{\"total\":%zu,\"data\":[", n);
        for (size_t i = 0; i < n; i++) {
                const json_t *item = json_is_array(body) ? json_array_get(body, i) : body;
                write_attribute_item(sim, row.at, item, &attribute);
                if (i)
                        buf_str(b, ",");
                print_attribute(b, &sim->library, &row, &attribute,
                                sim->options.attribute_sources != SIM_SOURCES_NEVER, true);
        }
        buf_str(b, "]}");
        json_decref(body);
}

static void put(struct api_call *call, const struct library_row *row, const json_t *body)
{
        struct sim *sim = call->sim;
        struct library_attribute attribute;
        struct write_sources sources = {0};
        _cleanup_(freep) char *name = write_read_text(body, "name");
        _cleanup_(freep) char *value = write_read_text(body, "value");

        if (!value) {
                sim_error_field(call->reply, 400, "value", "The value field is required.");
                return;
        }
        if (json_object_get(body, "sources") && !write_read_sources(sim, body, &sources)) {
                sim_error_field(call->reply, 400, "sources", "The sources are not valid.");
                return;
        }
        if (!write_attribute_value(sim, row->at, call->ids[1], name, value, &sources, &attribute)) {
                sim_error(call->reply, 404, "The attribute was not found.");
                return;
        }
        buf_str(&call->reply->body, "{\"data\":");
        print_attribute(&call->reply->body, &sim->library, row, &attribute, false, false);
        buf_str(&call->reply->body, "}");
}

void api_attribute_put(struct api_call *call)
{
        struct library_row row;

        if (!api_indicator(call, &row))
                return;
        json_t *body = api_body(call);
        if (body)
                put(call, &row, body);
        json_decref(body);
}

void api_attribute_delete(struct api_call *call)
{
        struct library_row row;

        if (!api_indicator(call, &row))
                return;
        if (write_attribute_delete(call->sim, row.at, call->ids[1]))
                call->reply->status = 204;
        else
                sim_error(call->reply, 404, "The attribute was not found.");
}
