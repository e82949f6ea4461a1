#include "tests/sim/threatq/api.h"
#include "tests/sim/threatq/write.h"

#include <stdlib.h>

static void print_one(struct api_call *call, uint32_t at, const struct print_view *view)
{
        struct library_row row;

        if (library_row(&call->sim->library, at, &row))
                print_row(&call->reply->body, &call->sim->library, &row, view);
}

void api_indicator_get(struct api_call *call)
{
        struct library_row row;
        struct print_view view;

        if (!api_indicator(call, &row) || !api_with_view(call, &view))
                return;
        buf_str(&call->reply->body, "{\"data\":");
        print_row(&call->reply->body, &call->sim->library, &row, &view);
        buf_str(&call->reply->body, "}");
}

/* Checks the attributes of an item; false when it was answered with an error. */
static bool check_attributes(struct api_call *call, const json_t *item)
{
        const json_t *list = json_object_get(item, "attributes");

        for (size_t i = 0; i < json_array_size(list); i++) {
                const char *field = write_check_attribute(call->sim, json_array_get(list, i));
                if (!field)
                        continue;
                sim_error_field(call->reply, 400, "attributes", "An attribute is not valid.");
                return false;
        }
        return true;
}

static void add_attributes(struct sim *sim, uint32_t at, const json_t *item)
{
        const json_t *list = json_object_get(item, "attributes");
        struct library_attribute attribute;

        for (size_t i = 0; i < json_array_size(list); i++)
                write_attribute_item(sim, at, json_array_get(list, i), &attribute);
}

static void put(struct api_call *call, const struct library_row *row, const json_t *body)
{
        const struct print_view view = {.fields = PRINT_SCALARS | PRINT_NULLS,
                                        .kind = PRINT_KIND_RELATIONAL};
        struct sim *sim = call->sim;
        int status = write_read_status(sim, body);
        int64_t asked = server_arg_number(call->request, "status_id", 0);

        if (asked > 0)
                status = names_status_by_id(&sim->library.names, asked);
        if (status == -1) {
                sim_error_field(call->reply, 400, "status_id", "The selected status is invalid.");
                return;
        }
        if (!check_attributes(call, body))
                return;
        if (status >= 0)
                write_status(sim, row->at, status);
        add_attributes(sim, row->at, body);
        buf_str(&call->reply->body, "{\"data\":");
        print_one(call, row->at, &view);
        buf_str(&call->reply->body, "}");
}

void api_indicator_put(struct api_call *call)
{
        struct library_row row;

        if (!api_indicator(call, &row))
                return;
        json_t *body = api_body(call);
        if (body)
                put(call, &row, body);
        json_decref(body);
}

void api_indicator_delete(struct api_call *call)
{
        struct library_row row;

        if (!api_indicator(call, &row))
                return;
        write_delete(call->sim, row.at);
        call->reply->status = 204;
}

/* The position of the indicator with this type and value. */
static bool find_value(const struct library *library, int type, const char *value, uint32_t *ret)
{
        char text[LIBRARY_VALUE_MAX];
        struct library_row row;

        for (uint32_t at = 0; at < library->n_rows; at++) {
                if (!library_row(library, at, &row) || row.type != type)
                        continue;
                library_value(library, &row, text);
                if (strcasecmp(text, value) != 0)
                        continue;
                *ret = at;
                return true;
        }
        return false;
}

static bool check_indicator(struct api_call *call, const json_t *item)
{
        const char *value = json_string_value(json_object_get(item, "value"));
        const char *field = NULL;

        if (!value || !*value || strlen(value) >= LIBRARY_VALUE_MAX)
                field = "value";
        else if (write_read_type(call->sim, item) < 0)
                field = "type_id";
        else if (write_read_status(call->sim, item) == -1)
                field = "status_id";
        if (field)
                sim_error_field(call->reply, 400, field, "The field is missing or not valid.");
        return !field && check_attributes(call, item);
}

/* Adds one, or its attributes to the one that is there already (whose status stays). */
static void save(struct api_call *call, const json_t *item)
{
        const struct print_view view = {.fields = PRINT_SCALARS, .kind = PRINT_KIND_RELATIONAL};
        struct sim *sim = call->sim;
        struct buf *b = &call->reply->body;
        const char *value = json_string_value(json_object_get(item, "value"));
        int type = write_read_type(sim, item);
        int status = write_read_status(sim, item);
        uint32_t at;
        bool existing = find_value(&sim->library, type, value, &at);

        if (!existing)
                at = write_insert(sim, value, type, status < 0 ? 3 : status);
        else
                sim_touched(sim, at, false);
        add_attributes(sim, at, item);
        print_one(call, at, &view);
        b->len--;
        buf_printf(b, ",\"existing\":\"%s\"}", existing ? "Y" : "N");
}

void api_indicators_post(struct api_call *call)
{
        json_t *body = api_body(call);
        size_t n = json_is_array(body) ? json_array_size(body) : 1;
        bool ok = body;

        for (size_t i = 0; ok && i < n; i++)
                ok = check_indicator(call, json_is_array(body) ? json_array_get(body, i) : body);
        if (ok) {
                call->reply->status = 201;
                buf_printf(&call->reply->body, "{\"total\":%zu,\"data\":[", n);
                for (size_t i = 0; i < n; i++) {
                        if (i)
                                buf_str(&call->reply->body, ",");
                        save(call, json_is_array(body) ? json_array_get(body, i) : body);
                }
                buf_str(&call->reply->body, "]}");
        }
        json_decref(body);
}

static void put_scores(struct api_call *call, struct library_row *row, const json_t *body)
{
        struct sim *sim = call->sim;
        const json_t *value = json_object_get(body, "manual_score");
        int32_t manual = LIBRARY_NO_SCORE;

        if (!value || (!json_is_null(value) && !write_read_score(value, &manual))) {
                sim_error_field(call->reply, 400, "manual_score",
                                "The manual score must be a number or null.");
                return;
        }
        write_scores(sim, row->at, row->generated, manual);
        row->manual = manual;
        buf_str(&call->reply->body, "{\"data\":");
        print_score(&call->reply->body, row);
        buf_str(&call->reply->body, "}");
}

void api_scores_put(struct api_call *call)
{
        struct library_row row;

        if (!api_indicator(call, &row))
                return;
        json_t *body = api_body(call);
        if (body)
                put_scores(call, &row, body);
        json_decref(body);
}
