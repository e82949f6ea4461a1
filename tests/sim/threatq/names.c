#include "tests/sim/threatq/names.h"

#include "tests/sim/threatq/buf.h"

#include <stdlib.h>
#include <string.h>

static const char *const type_table[NAMES_TYPES][2] = {
    {"MD5", "host"},
    {"SHA-1", "host"},
    {"SHA-256", "host"},
    {"SHA-512", "host"},
    {"Fuzzy Hash", "host"},
    {"IP Address", "network"},
    {"FQDN", "network"},
    {"URL", "network"},
    {"Filename", "host"},
    {"ASN", "network"},
    {"Binary String", "host"},
    {"CIDR Block", "network"},
    {"CVE", "host"},
    {"Email Address", "network"},
    {"Email Attachment", "network"},
    {"Email Subject", "network"},
    {"File Mapping", "host"},
    {"File Path", "host"},
    {"GOST Hash", "host"},
    {"Hash ION", "host"},
    {"IPv6 Address", "network"},
    {"MAC Address", "network"},
    {"Mutex", "host"},
    {"Password", "host"},
    {"Registry Key", "host"},
    {"Service Name", "host"},
    {"SHA-384", "host"},
    {"String", "host"},
    {"URL Path", "network"},
    {"User-agent", "network"},
    {"Username", "host"},
    {"X-Mailer", "network"},
    {"x509 Serial", "network"},
    {"x509 Subject", "network"},
};

/* The first five are the same everywhere, ids included; the others are an administrator's own. */
static const char *const status_table[NAMES_STATUSES][2] = {
    {"Active", "Poses a threat and is being exported to detection tools."},
    {"Expired", "No longer poses a serious threat."},
    {"Indirect", "Associated to an active indicator or event."},
    {"Review", "Requires further analysis."},
    {"Whitelisted", "Poses no risk and should never be deployed."},
    {"Under Investigation", "An analyst is working on it."},
    {"Pending Review by Tier 2", "Escalated."},
};

uint64_t names_mix(uint64_t x)
{
        x += 0x9e3779b97f4a7c15U;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
        return x ^ (x >> 31);
}

static void number_types(struct names *names, uint64_t seed)
{
        uint32_t ids[NAMES_TYPES];

        for (uint32_t i = 0; i < NAMES_TYPES; i++)
                ids[i] = i + 1 + (i > 20);
        for (uint32_t i = NAMES_TYPES - 1; i > 0; i--) {
                uint32_t j = (uint32_t)(names_mix(seed ^ (0x7e5 + i)) % (i + 1));
                uint32_t id = ids[i];
                ids[i] = ids[j];
                ids[j] = id;
        }
        for (uint32_t i = 0; i < NAMES_TYPES; i++)
                names->types[i] = (struct names_kind){type_table[i][0], type_table[i][1], ids[i]};
}

void names_init(struct names *names, uint64_t seed)
{
        *names = (struct names){0};
        number_types(names, seed);
        for (uint32_t i = 0; i < NAMES_STATUSES; i++) {
                uint32_t id = i < 5 ? i + 1 : i + 2 + (uint32_t)(names_mix(seed) % 20);
                names->statuses[i] =
                    (struct names_kind){status_table[i][0], status_table[i][1], id};
        }
}

void names_done(struct names *names)
{
        for (uint32_t i = 0; i < names->n_words; i++) {
                free(names->words[i].raw);
                free(names->words[i].json);
        }
        free(names->words);
        free(names->slots);
}

static uint32_t word_hash(const char *s)
{
        uint32_t h = 2166136261U;

        for (; *s; s++)
                h = (h ^ (unsigned char)*s) * 16777619U;
        return h ^ (h >> 15);
}

/* The slot that holds the word, or the empty one where it belongs. Slots hold number + 1. */
static uint32_t *word_slot(struct names *names, const char *raw)
{
        uint32_t at = word_hash(raw) & (names->n_slots - 1);

        while (names->slots[at] && strcmp(names->words[names->slots[at] - 1].raw, raw) != 0)
                at = (at + 1) & (names->n_slots - 1);
        return &names->slots[at];
}

static void words_grow(struct names *names)
{
        uint32_t n = names->n_slots ? names->n_slots * 2 : 256;

        free(names->slots);
        names->slots = calloc(n, sizeof(*names->slots));
        names->words = realloc(names->words, n / 2 * sizeof(*names->words));
        if (!names->slots || !names->words)
                abort();
        names->n_slots = n;
        for (uint32_t i = 0; i < names->n_words; i++)
                *word_slot(names, names->words[i].raw) = i + 1;
}

uint32_t names_word(struct names *names, const char *raw)
{
        if (names->n_words * 2 >= names->n_slots)
                words_grow(names);
        uint32_t *slot = word_slot(names, raw);
        if (*slot)
                return *slot - 1;

        struct buf json = {0};
        buf_json(&json, raw);
        struct names_word *word = &names->words[names->n_words];
        buf_cstr(&json);
        word->json_len = json.len;
        word->json = json.ptr;
        word->raw = strdup(raw);
        if (!word->raw)
                abort();
        *slot = ++names->n_words;
        return *slot - 1;
}

static int kind_of(const struct names_kind *kinds, int n, const char *name, int64_t id)
{
        for (int i = 0; i < n; i++)
                if (name ? strcmp(kinds[i].name, name) == 0 : kinds[i].id == id)
                        return i;
        return -1;
}

int names_type_of(const struct names *names, const char *name)
{
        return kind_of(names->types, NAMES_TYPES, name, 0);
}

int names_type_by_id(const struct names *names, int64_t id)
{
        return kind_of(names->types, NAMES_TYPES, NULL, id);
}

int names_status_of(const struct names *names, const char *name)
{
        return kind_of(names->statuses, NAMES_STATUSES, name, 0);
}

int names_status_by_id(const struct names *names, int64_t id)
{
        return kind_of(names->statuses, NAMES_STATUSES, NULL, id);
}
