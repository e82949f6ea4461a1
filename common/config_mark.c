/* What a configuration says, as a number: a stage that is asked to read it again sees by it whether
 * anything changed that concerns it. */
#include "common/config_internal.h"

#include <string.h>

/* FNV-1a: https://datatracker.ietf.org/doc/html/draft-eastlake-fnv */
static const uint64_t fnv_prime = 0x100000001b3, fnv_start = 0xcbf29ce484222325;

static void mix(uint64_t *mark, const void *data, size_t len)
{
        const unsigned char *bytes = data;

        for (size_t i = 0; i < len; i++)
                *mark = (*mark ^ bytes[i]) * fnv_prime;
}

/* With its end, so that two values never look like one. */
static void mix_text(uint64_t *mark, const char *s)
{
        if (s)
                mix(mark, s, strlen(s) + 1);
        mix(mark, "\xff", 1);
}

static yaml_node_t *get_node(const struct config_check *check, int number)
{
        return yaml_document_get_node(check->doc, number);
}

static bool node_is(const yaml_node_t *node, const char *word)
{
        return node->type == YAML_SCALAR_NODE && node->data.scalar.length == strlen(word) &&
               memcmp(node->data.scalar.value, word, node->data.scalar.length) == 0;
}

/* The schema bounds the depth. */
static void mix_node(const struct config_check *check, const yaml_node_t *node, uint64_t *mark)
{
        mix(mark, &(const char){(char)node->type}, 1);
        switch (node->type) {
        case YAML_SCALAR_NODE:
                mix(mark, node->data.scalar.value, node->data.scalar.length + 1);
                return;
        case YAML_SEQUENCE_NODE:
                for (const int *i = node->data.sequence.items.start;
                     i < node->data.sequence.items.top; i++)
                        mix_node(check, get_node(check, *i), mark);
                break;
        case YAML_MAPPING_NODE:
                for (const yaml_node_pair_t *p = node->data.mapping.pairs.start;
                     p < node->data.mapping.pairs.top; p++) {
                        mix_node(check, get_node(check, p->key), mark);
                        mix_node(check, get_node(check, p->value), mark);
                }
                break;
        case YAML_NO_NODE:
        default:
                break;
        }
        mix(mark, "\xfe", 1);
}

/* Adds an entry of a list to the mark of the fabric that it names under `key`. */
static void mix_entry(const struct config_check *check, const yaml_node_t *entry, const char *key,
                      struct config *config)
{
        for (const yaml_node_pair_t *p = entry->data.mapping.pairs.start;
             p < entry->data.mapping.pairs.top; p++) {
                if (!node_is(get_node(check, p->key), key))
                        continue;
                for (size_t i = 0; i < config->fabric_count; i++) {
                        if (node_is(get_node(check, p->value), config->fabrics[i].name))
                                mix_node(check, entry, &config->fabrics[i].mark);
                }
        }
}

static void mix_entries(const struct config_check *check, const yaml_node_t *list, const char *key,
                        struct config *config)
{
        for (const int *i = list->data.sequence.items.start; i < list->data.sequence.items.top; i++)
                mix_entry(check, get_node(check, *i), key, config);
}

static void mix_links(const struct config_check *check, const yaml_node_t *links,
                      struct config *config)
{
        for (const yaml_node_pair_t *p = links->data.mapping.pairs.start;
             p < links->data.mapping.pairs.top; p++) {
                const yaml_node_t *key = get_node(check, p->key);

                if (node_is(key, "publishers")) {
                        mix_entries(check, get_node(check, p->value), "fabric", config);
                } else {
                        mix_node(check, key, &config->mark);
                        mix_node(check, get_node(check, p->value), &config->mark);
                }
        }
}

void config_set_marks(const struct config_check *check, struct config *config)
{
        const yaml_node_t *root = yaml_document_get_root_node(check->doc);

        config->mark = fnv_start;
        for (size_t i = 0; i < config->fabric_count; i++)
                config->fabrics[i].mark = fnv_start;
        for (const yaml_node_pair_t *p = root->data.mapping.pairs.start;
             p < root->data.mapping.pairs.top; p++) {
                const yaml_node_t *key = get_node(check, p->key);
                const yaml_node_t *value = get_node(check, p->value);

                if (node_is(key, "fabrics")) {
                        mix_entries(check, value, "name", config);
                } else if (node_is(key, "links")) {
                        mix_links(check, value, config);
                } else {
                        mix_node(check, key, &config->mark);
                        mix_node(check, value, &config->mark);
                }
        }
        /* They may come from files of their own. */
        mix_text(&config->mark, config->threatq.password);
        mix_text(&config->mark, config->threatq.client_secret);
        mix_text(&config->mark, config->links.secret_key);
}

uint64_t config_mark(const struct config *config, const char *fabric)
{
        uint64_t mark = config->mark;

        for (size_t i = 0; i < config->fabric_count; i++) {
                if (!fabric || strcmp(fabric, config->fabrics[i].name) == 0)
                        mix(&mark, &config->fabrics[i].mark, sizeof(config->fabrics[i].mark));
        }
        return mark;
}
