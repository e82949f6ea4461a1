#include "tests/sim/threatq/select.h"

#include <stdlib.h>
#include <time.h>

enum kind { ALL, ANY, SET, NUMBER, TEXT };
enum relation { IS, CONTAINS, GT, GTE, LT, LTE };
enum key { ID, VALUE, HASH, TYPE, STATUS, SCORE, MENTIONS, CREATED, UPDATED, TOUCHED };

static const char *const keys[] = {
    [ID] = "id",
    [VALUE] = "value",
    [HASH] = "hash",
    [TYPE] = "type_name",
    [STATUS] = "status_name",
    [SCORE] = "score",
    [MENTIONS] = "mentions",
    [CREATED] = "created_at",
    [UPDATED] = "updated_at",
    [TOUCHED] = "touched_at",
};

static const char *const relations[] = {
    [IS] = "is",  [CONTAINS] = "+contains", [GT] = "+gt", [GTE] = "+gte",
    [LT] = "+lt", [LTE] = "+lte",
};

enum {
        DEPTH_MAX = 16,
};

struct node {
        enum kind kind;
        enum key key;
        enum relation relation;
        uint64_t set;   /* SET: positions of types or statuses */
        int64_t number; /* NUMBER: hundredths, seconds or an id */
        char *text;     /* TEXT */
        struct node *first, *next;
};

struct select {
        struct node root;
        const struct names *names;
        struct buf *error;
        bool strict_names;
        bool is_volatile;
};

static bool compile(struct select *select, const json_t *json, struct node *parent, int depth);

static struct node *add(struct node *parent, enum kind kind)
{
        struct node *node = calloc(1, sizeof(*node));

        if (!node)
                abort();
        node->kind = kind;
        node->next = parent->first;
        parent->first = node;
        return node;
}

static int position(const char *const *table, size_t n, const char *word)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(table[i], word) == 0)
                        return (int)i;
        return -1;
}

static bool compile_name(struct select *select, struct node *node, const char *name)
{
        int at = node->key == TYPE ? names_type_of(select->names, name)
                                   : names_status_of(select->names, name);

        node->kind = SET;
        if (at >= 0)
                node->set = 1ULL << at;
        else if (select->strict_names)
                buf_printf(select->error, "Unknown %s \"%.100s\".", keys[node->key], name);
        return at >= 0 || !select->strict_names;
}

static bool compile_date(struct select *select, struct node *node, const json_t *value)
{
        const char *text = json_string_value(value);

        node->number = text ? buf_parse_date(text) : -1;
        if (text && strcmp(text, "NOW") == 0) {
                node->number = time(NULL);
                select->is_volatile = true;
        }
        if (node->number < 0)
                buf_printf(select->error, "The %s is not a valid date.", keys[node->key]);
        return node->number >= 0;
}

static bool compile_number(struct select *select, struct node *node, const json_t *value)
{
        double factor = node->key == SCORE ? 100 : 1;
        char *end = NULL;
        const char *text = json_string_value(value);
        double number = text ? strtod(text, &end) : json_number_value(value);

        if (text ? end == text || *end : !json_is_number(value)) {
                buf_printf(select->error, "The %s must be a number.", keys[node->key]);
                return false;
        }
        number *= factor;
        node->number = (int64_t)(number < 0 ? number - 0.5 : number + 0.5);
        return true;
}

/* One comparison of one key. */
static bool compile_test(struct select *select, struct node *parent, enum key key,
                         enum relation relation, const json_t *value)
{
        struct node *node = add(parent, NUMBER);

        node->key = key;
        node->relation = relation;
        if (key == CREATED || key == UPDATED || key == TOUCHED)
                return compile_date(select, node, value);
        if (key == SCORE || key == ID)
                return compile_number(select, node, value);
        if (!json_is_string(value) || (relation != IS && relation != CONTAINS)) {
                buf_printf(select->error, "The %s must be a string.", keys[key]);
                return false;
        }
        if ((key == TYPE || key == STATUS) && relation == IS)
                return compile_name(select, node, json_string_value(value));
        node->kind = TEXT;
        node->text = strdup(json_string_value(value));
        if (!node->text)
                abort();
        return true;
}

static bool compile_key(struct select *select, struct node *parent, const char *word,
                        const json_t *value)
{
        int key = position(keys, sizeof(keys) / sizeof(keys[0]), word);
        const char *op;
        const json_t *operand;

        if (key < 0) {
                buf_printf(select->error, "Unknown field \"%.100s\".", word);
                return false;
        }
        if (!json_is_object(value))
                return compile_test(select, parent, (enum key)key, IS, value);
        /* jansson's iteration takes a pointer to non-const and only reads. */
        void *iter = json_object_iter((json_t *)(uintptr_t)value);
        for (; iter; iter = json_object_iter_next((json_t *)(uintptr_t)value, iter)) {
                op = json_object_iter_key(iter);
                operand = json_object_iter_value(iter);
                int relation = position(relations, sizeof(relations) / sizeof(relations[0]), op);
                if (relation < 0) {
                        buf_printf(select->error, "Unknown operator \"%.100s\".", op);
                        return false;
                }
                if (!compile_test(select, parent, (enum key)key, (enum relation)relation, operand))
                        return false;
        }
        return true;
}

static bool compile_list(struct select *select, const json_t *list, struct node *parent,
                         enum kind kind, int depth)
{
        struct node *node = add(parent, kind);

        if (!json_is_array(list)) {
                buf_str(select->error, "A list is expected in a logical operator.");
                return false;
        }
        for (size_t i = 0; i < json_array_size(list); i++)
                if (!compile(select, json_array_get(list, i), node, depth + 1))
                        return false;
        return true;
}

/* An object: all of its keys must hold. */
static bool compile(struct select *select, const json_t *json, struct node *parent, int depth)
{
        /* PHP has one kind of empty container. */
        if (json_is_array(json) && json_array_size(json) == 0)
                return true;
        if (!json_is_object(json) || depth > DEPTH_MAX) {
                buf_str(select->error, "The query is malformed.");
                return false;
        }
        struct node *all = add(parent, ALL);
        void *iter = json_object_iter((json_t *)(uintptr_t)json);
        for (; iter; iter = json_object_iter_next((json_t *)(uintptr_t)json, iter)) {
                const char *key = json_object_iter_key(iter);
                const json_t *value = json_object_iter_value(iter);
                bool ok;
                if (strcmp(key, "+or") == 0)
                        ok = compile_list(select, value, all, ANY, depth);
                else if (strcmp(key, "+and") == 0)
                        ok = compile_list(select, value, all, ALL, depth);
                else
                        ok = compile_key(select, all, key, value);
                if (!ok)
                        return false;
        }
        return true;
}

struct select *select_compile(const struct names *names, const json_t *criteria,
                              const json_t *filters, bool strict_names, struct buf *error)
{
        _cleanup_(select_freep) struct select *select = calloc(1, sizeof(*select));

        if (!select)
                abort();
        select->names = names;
        select->error = error;
        select->strict_names = strict_names;
        if ((criteria && !compile(select, criteria, &select->root, 0)) ||
            (filters && !compile(select, filters, &select->root, 0)))
                return NULL;
        struct select *ret = select;
        select = NULL;
        return ret;
}

static void free_children(struct node *node)
{
        while (node->first) {
                struct node *child = node->first;
                node->first = child->next;
                free_children(child);
                free(child->text);
                free(child);
        }
}

void select_free(struct select *select)
{
        if (!select)
                return;
        free_children(&select->root);
        free(select);
}

bool select_is_volatile(const struct select *select)
{
        return select->is_volatile;
}

static bool text_holds(const struct node *node, const char *text)
{
        if (node->relation == IS && node->key != MENTIONS)
                return strcasecmp(text, node->text) == 0;
        return strcasestr(text, node->text) != NULL;
}

static bool mentions(const struct node *node, const struct library *library,
                     const struct library_row *row)
{
        struct library_attribute attribute;
        uint32_t at = 0;

        while (library_next_attribute(library, row, &at, &attribute))
                if (text_holds(node, library->names.words[attribute.value].raw))
                        return true;
        return false;
}

static bool text_matches(const struct node *node, const struct library *library,
                         const struct library_row *row)
{
        char value[LIBRARY_VALUE_MAX];

        if (node->key == TYPE)
                return text_holds(node, library->names.types[row->type].name);
        if (node->key == STATUS)
                return text_holds(node, library->names.statuses[row->status].name);
        if (node->key == HASH)
                return false;
        if (!*node->text && node->key == MENTIONS)
                return true;
        library_value(library, row, value);
        return text_holds(node, value) || (node->key == MENTIONS && mentions(node, library, row));
}

static bool number_matches(const struct node *node, const struct library_row *row)
{
        int64_t number = 0;

        if (node->key == SCORE)
                number = library_score(row);
        else if (node->key == ID)
                number = row->id;
        else if (node->key == CREATED)
                number = row->created;
        else if (node->key == UPDATED)
                number = row->updated;
        else if (node->key == TOUCHED)
                number = row->touched;
        /* A field that is missing in the index is in no range. */
        if (node->key == SCORE && number == LIBRARY_NO_SCORE)
                return false;
        switch (node->relation) {
        case GT:
                return number > node->number;
        case GTE:
                return number >= node->number;
        case LT:
                return number < node->number;
        case LTE:
                return number <= node->number;
        case IS:
        case CONTAINS:
                break;
        }
        return number == node->number;
}

static bool node_matches(const struct node *node, const struct library *library,
                         const struct library_row *row)
{
        switch (node->kind) {
        case SET:
                return node->set >> (node->key == TYPE ? row->type : row->status) & 1;
        case NUMBER:
                return number_matches(node, row);
        case TEXT:
                return text_matches(node, library, row);
        case ALL:
        case ANY:
                break;
        }
        bool any = node->kind == ANY;
        for (const struct node *child = node->first; child; child = child->next)
                if (node_matches(child, library, row) == any)
                        return any;
        /* An empty list restricts nothing. */
        return !any || !node->first;
}

bool select_matches(const struct select *select, const struct library *library,
                    const struct library_row *row)
{
        return node_matches(&select->root, library, row);
}
