#include "common/config_internal.h"
#include "common/log.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct config_at config_at(const char *format, ...)
{
        struct config_at at;
        va_list args;

        va_start(args, format);
        vsnprintf(at.path, sizeof at.path, format, args);
        va_end(args);
        return at;
}

__attribute__((format(printf, 4, 0))) static void fault_at(struct config_check *check, size_t line,
                                                           const char *path, const char *format,
                                                           va_list args)
{
        if (check->fault_count++ >= CONFIG_FAULTS_MAX)
                return;
        fprintf(check->faults, "%s:", check->file);
        if (line > 0)
                fprintf(check->faults, "%zu:", line);
        fputc(' ', check->faults);
        if (*path)
                fprintf(check->faults, "%s: ", path);
        vfprintf(check->faults, format, args);
        fputc('\n', check->faults);
}

void config_fault(struct config_check *check, const char *path, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        fault_at(check, config_doc_line(check, path), check->label ? check->label(path) : path,
                 format, args);
        va_end(args);
}

/* As config_fault, for a node that is at hand. */
__attribute__((format(printf, 4, 5))) static void node_fault(struct config_check *check,
                                                             const yaml_node_t *node,
                                                             const char *path, const char *format,
                                                             ...)
{
        va_list args;

        va_start(args, format);
        fault_at(check, node->start_mark.line + 1, path, format, args);
        va_end(args);
}

static struct text node_text(const yaml_node_t *node)
{
        return (struct text){(const char *)node->data.scalar.value, node->data.scalar.length};
}

static yaml_node_t *get_node(const struct config_check *check, int number)
{
        return yaml_document_get_node(check->doc, number);
}

/* The pair of the key in a mapping; NULL when it is not there. */
static const yaml_node_pair_t *find_pair(const struct config_check *check, const yaml_node_t *node,
                                         struct text key)
{
        if (node->type != YAML_MAPPING_NODE)
                return NULL;
        for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
             pair < node->data.mapping.pairs.top; pair++) {
                const yaml_node_t *name = get_node(check, pair->key);

                if (name->type == YAML_SCALAR_NODE && text_eq(node_text(name), key))
                        return pair;
        }
        return NULL;
}

/* The node at the path, NULL when there is none. *line is that of the key, or of its nearest parent
 * that is there. */
static const yaml_node_t *find_node(const struct config_check *check, const char *path,
                                    size_t *line)
{
        const yaml_node_t *node = check->doc ? yaml_document_get_root_node(check->doc) : NULL;

        *line = 0;

        while (node && *path) {
                if (*path == '[') {
                        unsigned long n = strtoul(path + 1, NULL, 10);

                        if (node->type != YAML_SEQUENCE_NODE ||
                            n >= (size_t)(node->data.sequence.items.top -
                                          node->data.sequence.items.start))
                                return NULL;
                        node = get_node(check, node->data.sequence.items.start[n]);
                        *line = node->start_mark.line + 1;
                        path += strcspn(path, "]");
                        path += *path == ']';
                } else {
                        size_t len = strcspn(path, ".[");
                        const yaml_node_pair_t *pair =
                            find_pair(check, node, (struct text){path, len});

                        if (!pair)
                                return NULL;
                        *line = get_node(check, pair->key)->start_mark.line + 1;
                        node = get_node(check, pair->value);
                        path += len;
                }
                path += *path == '.';
        }
        return node;
}

size_t config_doc_line(const struct config_check *check, const char *path)
{
        size_t line;

        find_node(check, path, &line);
        return line;
}

bool config_doc_has(const struct config_check *check, const char *path)
{
        size_t line;

        return find_node(check, path, &line) != NULL;
}

static bool node_empty(const yaml_node_t *node)
{
        return node->type == YAML_SCALAR_NODE && node->data.scalar.length == 0;
}

static const char *node_kind(const yaml_node_t *node)
{
        switch (node->type) {
        case YAML_SEQUENCE_NODE:
                return "a list";
        case YAML_MAPPING_NODE:
                return "a block of keys";
        case YAML_SCALAR_NODE:
                return node_empty(node) ? "empty" : "one value";
        case YAML_NO_NODE:
        default:
                return "nothing";
        }
}

static const struct cyaml_schema_field *find_field(const struct cyaml_schema_field *fields,
                                                   struct text key)
{
        for (; fields->key; fields++) {
                if (text_eq_str(key, fields->key))
                        return fields;
        }
        return NULL;
}

static void unknown_key_fault(struct config_check *check, const yaml_node_t *key, const char *path,
                              const struct cyaml_schema_field *fields)
{
        char known[512];
        size_t len = 0;

        for (; fields->key && len < sizeof known; fields++)
                len += (size_t)snprintf(known + len, sizeof known - len, "%s%s", len ? ", " : "",
                                        fields->key);
        node_fault(check, key, path, "unknown key %s: the keys here are %s", LOG_Q(node_text(key)),
                   known);
}

static void check_node(struct config_check *check, const struct cyaml_schema_value *schema,
                       const yaml_node_t *node, const char *path);

static void check_mapping(struct config_check *check, const struct cyaml_schema_value *schema,
                          const yaml_node_t *node, const char *path)
{
        if (node->type != YAML_MAPPING_NODE) {
                node_fault(check, node, path,
                           "is %s where a block of keys belongs: write keys under it, or remove it",
                           node_kind(node));
                return;
        }
        for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
             pair < node->data.mapping.pairs.top && check->fault_count < CONFIG_FAULTS_MAX;
             pair++) {
                const yaml_node_t *key = get_node(check, pair->key);
                const struct cyaml_schema_field *field;
                const yaml_node_pair_t *first;

                if (key->type != YAML_SCALAR_NODE) {
                        node_fault(check, key, path, "has %s as a key: write a word",
                                   node_kind(key));
                        return;
                }
                field = find_field(schema->mapping.fields, node_text(key));
                if (!field) {
                        unknown_key_fault(check, key, path, schema->mapping.fields);
                        continue;
                }
                first = find_pair(check, node, node_text(key));
                if (first != pair) {
                        node_fault(check, key,
                                   config_at("%s%s%s", path, *path ? "." : "", field->key).path,
                                   "is given twice, first in line %zu: remove one of the two",
                                   get_node(check, first->key)->start_mark.line + 1);
                        continue;
                }
                check_node(check, &field->value, get_node(check, pair->value),
                           config_at("%s%s%s", path, *path ? "." : "", field->key).path);
        }
}

static void check_sequence(struct config_check *check, const struct cyaml_schema_value *schema,
                           const yaml_node_t *node, const char *path)
{
        size_t count;

        if (node->type != YAML_SEQUENCE_NODE) {
                node_fault(check, node, path,
                           "is %s where a list belongs: write [ONE, OTHER], or a line \"- ONE\" "
                           "for each under the key",
                           node_kind(node));
                return;
        }
        count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
        if (count < schema->sequence.min || count > schema->sequence.max) {
                node_fault(check, node, path, "has %zu entries: write %u to %u", count,
                           schema->sequence.min, schema->sequence.max);
                return;
        }
        for (size_t i = 0; i < count; i++)
                check_node(check, schema->sequence.entry,
                           get_node(check, node->data.sequence.items.start[i]),
                           config_at("%s[%zu]", path, i).path);
}

static void check_scalar(struct config_check *check, const struct cyaml_schema_value *schema,
                         const yaml_node_t *node, const char *path)
{
        if (node->type != YAML_SCALAR_NODE)
                node_fault(check, node, path, "is %s where one value belongs: write one value",
                           node_kind(node));
        else if (node->data.scalar.length > schema->string.max)
                node_fault(check, node, path, "is longer than %u bytes: shorten it",
                           schema->string.max);
        else if (memchr(node->data.scalar.value, '\0', node->data.scalar.length))
                node_fault(check, node, path, "holds a NUL byte: remove it");
}

static void check_node(struct config_check *check, const struct cyaml_schema_value *schema,
                       const yaml_node_t *node, const char *path)
{
        if (schema->type == CYAML_MAPPING)
                check_mapping(check, schema, node, path);
        else if (schema->type == CYAML_SEQUENCE)
                check_sequence(check, schema, node, path);
        else
                check_scalar(check, schema, node, path);
}

static void syntax_fault(struct config_check *check, const yaml_parser_t *parser)
{
        fprintf(check->faults,
                "%s:%zu: not valid YAML: %s%s%s: check the indentation, quotes and "
                "brackets there\n",
                check->file, parser->problem_mark.line + 1,
                parser->problem ? parser->problem : "memory is out", parser->context ? ", " : "",
                parser->context ? parser->context : "");
        check->fault_count++;
}

/* The next document of the stream; false (and a fault) when it is no YAML. */
static bool load_document(struct config_check *check, yaml_parser_t *parser, yaml_document_t *ret)
{
        if (yaml_parser_load(parser, ret))
                return true;
        syntax_fault(check, parser);
        return false;
}

bool config_doc_open(struct config_check *check, const char *data, size_t len, yaml_document_t *doc)
{
        yaml_parser_t parser;
        yaml_document_t more;
        yaml_node_t *root;

        if (!yaml_parser_initialize(&parser))
                abort();
        yaml_parser_set_input_string(&parser, (const unsigned char *)data, len);
        if (load_document(check, &parser, doc)) {
                check->doc = doc;
                root = yaml_document_get_root_node(doc);
                if (!root) {
                        config_fault(
                            check, "",
                            "is empty: write threatq: and fabrics: blocks, see the README");
                } else {
                        check_node(check, &config_schema, root, "");
                        if (load_document(check, &parser, &more)) {
                                if (yaml_document_get_root_node(&more))
                                        config_fault(check, "",
                                                     "holds more than one YAML document: "
                                                     "remove the line \"---\" between them");
                                yaml_document_delete(&more);
                        }
                }
        }
        yaml_parser_delete(&parser);
        return check->fault_count == 0;
}
