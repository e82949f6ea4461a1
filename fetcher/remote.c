#include "fetcher/remote.h"

#include "common/log.h"

#include <stdio.h>
#include <string.h>

#include <curl/curl.h>
#include <jansson.h>

enum {
        DEPTH_MAX = 4,  /* of a value */
        VALUE_MAX = 64, /* of a list; the schema of the file allows no more statuses */
        VALUE_BYTES_MAX = 1024,
        KEY_MAX = 64,
};

struct reading {
        struct config_remote *remote;
        char *error;
        bool failed;
        unsigned known; /* parameters that were there */
        unsigned seen;  /* entries of any name */
};

__attribute__((format(printf, 2, 3))) static void fail(struct reading *r, const char *format, ...)
{
        va_list args;

        if (r->failed)
                return;
        r->failed = true;
        va_start(args, format);
        vsnprintf(r->error, REMOTE_ERROR_MAX, format, args);
        va_end(args);
}

/* A comma would divide the name in two: what follows it is left open (threatq-api.md section 2.1).
 */
char *remote_path(const char *name)
{
        size_t len = strcspn(name, ",");
        char *escaped = curl_easy_escape(NULL, name, (int)len);
        char *path = NULL;

        if (!escaped)
                return NULL;
        if (asprintf(&path, "/api/connectors?name=%s%s&limit=100", escaped,
                     name[len] ? "%25" : "") < 0)
                path = NULL;
        curl_free(escaped);
        return path;
}

/* Letters and digits alone, in lower case: "Number of Days", "number_of_days". */
static void squeeze(const char *s, char out[KEY_MAX])
{
        size_t used = 0;

        for (; *s && used + 1 < KEY_MAX; s++) {
                char c = *s;

                if (c >= 'A' && c <= 'Z')
                        c = (char)(c - 'A' + 'a');
                if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
                        out[used++] = c;
        }
        out[used] = '\0';
}

static bool find_parameter(const char *name, enum config_parameter *ret)
{
        char key[KEY_MAX], ours[KEY_MAX];

        squeeze(name, key);
        for (int p = 0; p < PARAMETER_COUNT; p++) {
                squeeze(config_parameter_name((enum config_parameter)p), ours);
                if (strcmp(key, ours) == 0) {
                        *ret = (enum config_parameter)p;
                        return true;
                }
        }
        /* Before 1.3.1 of the vendor's connector the label was another. */
        *ret = PARAMETER_MIGHT_BE_MALICIOUS;
        return strcmp(key, "possiblemaliciousreputationmapping") == 0;
}

static void add(struct reading *r, enum config_parameter p, struct text value)
{
        if (r->remote->values[p].count == VALUE_MAX && !r->failed)
                fail(r, "%s holds more than %d values: choose fewer", config_parameter_name(p),
                     VALUE_MAX);
        if (value.len > VALUE_BYTES_MAX)
                fail(r, "%s is longer than %d bytes: shorten it", config_parameter_name(p),
                     VALUE_BYTES_MAX);
        if (r->failed)
                return;
        if (p == PARAMETER_ENRICHMENT && text_eq_str(text_trim(value), "1"))
                value = text_of("true");
        else if (p == PARAMETER_ENRICHMENT && text_eq_str(text_trim(value), "0"))
                value = text_of("false");
        config_remote_add(r->remote, p, value);
}

/* "very high, high", "Attribute1:Value1, Attribute2:Value2". */
static void add_text(struct reading *r, enum config_parameter p, const char *s)
{
        while (config_parameter_is_list(p) && strchr(s, ',')) {
                size_t len = strcspn(s, ",");

                add(r, p, (struct text){s, len});
                s += len + 1;
        }
        add(r, p, text_of(s));
}

static void add_number(struct reading *r, enum config_parameter p, const json_t *value)
{
        char text[64];

        if (json_is_integer(value))
                snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        else
                snprintf(text, sizeof(text), "%.15g", json_real_value(value));
        add(r, p, text_of(text));
}

static void add_value(struct reading *r, enum config_parameter p, json_t *value, int depth);

/* {"value": …}, {"name": …} of a choice, or {"Very High": true, "High": false}. */
static void add_object(struct reading *r, enum config_parameter p, json_t *object, int depth)
{
        static const char *const members[] = {"value", "values", "name", "label"};
        const char *key;
        json_t *member;

        for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
                member = json_object_get(object, members[i]);
                if (member) {
                        add_value(r, p, member, depth + 1);
                        return;
                }
        }
        json_object_foreach(object, key, member)
        {
                if (!json_is_boolean(member) || !config_parameter_is_list(p))
                        fail(r, "%s has a form that is not understood", config_parameter_name(p));
                else if (json_is_true(member))
                        add(r, p, text_of(key));
        }
}

static void add_value(struct reading *r, enum config_parameter p, json_t *value, int depth)
{
        size_t i;
        json_t *element;

        if (depth > DEPTH_MAX) {
                fail(r, "%s has a form that is not understood", config_parameter_name(p));
                return;
        }
        switch (json_typeof(value)) {
        case JSON_STRING:
                add_text(r, p, json_string_value(value));
                break;
        case JSON_INTEGER:
        case JSON_REAL:
                add_number(r, p, value);
                break;
        case JSON_TRUE:
        case JSON_FALSE:
                add(r, p, text_of(json_is_true(value) ? "true" : "false"));
                break;
        case JSON_ARRAY:
                json_array_foreach(value, i, element) add_value(r, p, element, depth + 1);
                break;
        case JSON_OBJECT:
                add_object(r, p, value, depth);
                break;
        case JSON_NULL:
        default:
                break;
        }
}

/* Of an object that says what a field is, the name; NULL when it says none. */
static const char *own_name(const json_t *field)
{
        static const char *const members[] = {"label", "name", "display_name", "key", "field"};
        enum config_parameter p;
        const char *first = NULL;

        for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
                const char *name = json_string_value(json_object_get(field, members[i]));

                if (name && find_parameter(name, &p))
                        return name;
                first = first ? first : name;
        }
        return first;
}

/* One entry of custom_fields. An object that says what the field is has its value in `value`, and
 * is not set without. */
static void add_field(struct reading *r, const char *key, json_t *field)
{
        json_t *value = json_object_get(field, "value");
        const char *name = own_name(field);
        enum config_parameter p;

        r->seen++;
        if (!(key && find_parameter(key, &p)) && !(name && find_parameter(name, &p)))
                return;
        if (r->known >> p & 1)
                fail(r, "%s is there twice", config_parameter_name(p));
        r->known |= 1U << p;
        if (value)
                add_value(r, p, value, 0);
        else if (!name && !json_object_get(field, "type"))
                add_value(r, p, field, 0);
        if (!config_parameter_is_list(p) && r->remote->values[p].count > 1)
                fail(r, "%s holds several values: choose one", config_parameter_name(p));
}

static void add_fields(struct reading *r, json_t *fields)
{
        const char *key;
        json_t *field;
        size_t i;

        if (json_is_object(fields)) {
                json_object_foreach(fields, key, field) add_field(r, key, field);
        } else if (json_is_array(fields)) {
                json_array_foreach(fields, i, field) add_field(r, NULL, field);
        } else if (fields && !json_is_null(fields)) {
                fail(r, "its custom_fields has a form that is not understood");
        }
        if (r->seen > 0 && r->known == 0)
                fail(r, "its custom_fields holds none of the parameters of this connector: is it "
                        "the right one?");
}

static void take_fields(struct reading *r, json_t *fields)
{
        /* As saved searches do, it may hold JSON as a text. */
        json_t *inner =
            json_is_string(fields) ? json_loads(json_string_value(fields), 0, NULL) : NULL;
        bool blank = json_is_string(fields) && json_string_length(fields) == 0;

        if (inner)
                fields = inner;
        if (!blank)
                add_fields(r, fields);
        json_decref(inner);
}

/* "", "False", "0", 0 and false are off (threatq-api.md section 5.1). */
static void take_active(struct reading *r, const json_t *value)
{
        static const char *const off[] = {"", "false", "0", "no", "off", "N"};
        static const char *const on[] = {"true", "1", "yes", "on", "Y"};
        const char *text = json_string_value(value);

        r->remote->active = json_is_true(value) || json_number_value(value) != 0;
        if (json_is_boolean(value) || json_is_number(value))
                return;
        for (size_t i = 0; text && i < sizeof(off) / sizeof(off[0]); i++) {
                if (text_eq_nocase(text_of(text), text_of(off[i])))
                        return;
        }
        for (size_t i = 0; text && i < sizeof(on) / sizeof(on[0]); i++) {
                if (text_eq_nocase(text_of(text), text_of(on[i]))) {
                        r->remote->active = true;
                        return;
                }
        }
        fail(r, "it does not say whether it is switched on (is_active)");
}

static bool is_named(const json_t *row, const char *name)
{
        return text_eq_str(text_trim(text_of(json_string_value(json_object_get(row, "name")))),
                           name);
}

/* ThreatQ may take the name for a pattern: only the same name counts. */
static const json_t *find_row(struct reading *r, const json_t *answer, const char *name)
{
        const json_t *data = json_object_get(answer, "data"), *found = NULL;
        json_t *row;
        size_t i;

        if (json_is_object(data) && json_object_size(data) > 0) {
                found = is_named(data, name) ? data : NULL;
        } else if (json_is_array(data)) {
                json_array_foreach(data, i, row)
                {
                        if (!is_named(row, name))
                                continue;
                        if (found)
                                fail(r, "there are two of this name: rename one of the two");
                        found = row;
                }
        } else if (!json_is_object(data)) {
                fail(r, "ThreatQ's list of connectors cannot be read");
        }
        if (!found)
                fail(r, "ThreatQ has none of this name: correct remote_config; the name is in My "
                        "Integrations");
        return found;
}

int remote_parse(const char *body, size_t len, const char *name, struct config_remote *ret,
                 char error[REMOTE_ERROR_MAX])
{
        json_t *answer = json_loadb(body, len, 0, NULL);
        struct config_remote remote = {0};
        struct reading r = {.remote = &remote, .error = error};
        const json_t *row = find_row(&r, answer, name);

        if (!r.failed)
                take_active(&r, json_object_get(row, "is_active"));
        if (!r.failed && remote.active)
                take_fields(&r, json_object_get(row, "custom_fields"));
        json_decref(answer);
        if (r.failed) {
                config_remote_done(&remote);
                return REMOTE_E_BAD;
        }
        *ret = remote;
        return 0;
}

char *remote_text(const char *name, const struct config_remote *remote)
{
        json_t *values = json_object();
        json_t *root;
        char *text;

        for (int p = 0; p < PARAMETER_COUNT; p++) {
                const struct config_values *v = &remote->values[p];
                json_t *list = json_array();

                for (unsigned i = 0; i < v->count; i++)
                        json_array_append_new(list, json_string(v->items[i]));
                json_object_set_new(values, config_parameter_name((enum config_parameter)p), list);
        }
        root = json_pack("{s:s, s:b, s:o}", "connector", name, "active", remote->active, "values",
                         values);
        text = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS);
        json_decref(root);
        return text;
}

bool remote_of_text(const char *text, const char *name, struct config_remote *ret)
{
        json_t *root = text ? json_loads(text, 0, NULL) : NULL;
        const char *connector = json_string_value(json_object_get(root, "connector"));
        struct config_remote remote = {.active = json_is_true(json_object_get(root, "active"))};
        bool same = connector && strcmp(connector, name) == 0;

        for (int p = 0; p < PARAMETER_COUNT && same; p++) {
                json_t *list = json_object_get(json_object_get(root, "values"),
                                               config_parameter_name((enum config_parameter)p));
                json_t *item;
                size_t i;

                json_array_foreach(list, i, item) config_remote_add(
                    &remote, (enum config_parameter)p, text_of(json_string_value(item)));
        }
        json_decref(root);
        if (same)
                *ret = remote;
        return same;
}
