#include "tests/sim/threatq/generate.h"

#include "tests/sim/threatq/buf.h"

#include <stdio.h>
#include <string.h>

static const char *const feeds[8] = {
    "Example Feed", "abuse.ch MalwareBazaar", "AlienVault OTX", "CrowdStrike Falcon",
    "MISP Import",  "Internal Sandbox",       "ISAC Share",     "analyst@example.org",
};

/* Up to four values each; NULL ends a shorter list. */
static const char *const attribute_table[16][5] = {
    {"Malware Family", "Emotet", "TrickBot", "Cobalt Strike", "Agent Tesla"},
    {"Confidence", "High", "Medium", "Low", "Unverified"},
    {"Kill Chain Phase", "Delivery", "Installation", "Command and Control", "Exfiltration"},
    {"Malware Family", "QakBot", "emotet", "RedLine \"Stealer\"", "Lokibot"},
    {"Threat Type", "Ransomware", "Loader", "Banking Trojan", "Info: Stealer"},
    {"Target Industry", "Finance", "Énergie", "Healthcare", "Public Sector"},
    {"Country", "US", "DE", "BR", "IN"},
    {"File Type", "PE32 executable", "PDF", "Office Open XML", "JavaScript"},
    {"Severity", "Critical", "Major", "Minor", "Info"},
    {"Share Level", "Community", "Organization", "Partners", "None"},
    {"Detection Ratio", "57/70", "12/70", "3/68", "0/70"},
    {"Campaign", "Autumn Wave", "Tax Season", "Invoice 2026", "C:\\Windows lure"},
    {"MITRE Technique", "T1059.001", "T1566.001", "T1027", "T1055"},
    {"Operating System", "Windows", "Linux", "macOS", "Android"},
    {"Report", "https://intel.example.org/r/1", "https://intel.example.org/r/2",
     "https://intel.example.org/r/3?x=1&y=2", "n/a"},
    {"Analyst Note", "seen again", "false positive?", "tied to actor", "-"},
};

/* Typed by people, so spelled in several ways, and not always readable. */
static const char *const override_values[16] = {
    "Known Malicious",         "Most Likely Malicious",
    "Might Be Malicious",      "Known Trusted",
    "known malicious",         "KNOWN_MALICIOUS",
    "Possible Malicious",      "Unknown",
    "Known Malicious",         "Most-Likely Malicious",
    "Most Likely Trusted",     "Not Set",
    "Might Be Trusted",        "Very Bad",
    "Known Trusted Installer", " Known Malicious ",
};

void generate_words(struct library *library)
{
        struct names *names = &library->names;
        const struct library_options *options = &library->options;

        for (uint32_t i = 0; i < 8; i++)
                library->source_words[i] = names_word(names, feeds[i]);
        for (uint32_t i = 0; i < 16; i++) {
                library->name_words[i] = names_word(names, attribute_table[i][0]);
                for (uint32_t v = 0; v < 4; v++)
                        library->value_words[i * 4 + v] =
                            names_word(names, attribute_table[i][v + 1]);
                library->override_words[i] = names_word(names, override_values[i]);
        }
        for (uint32_t i = 0; i < options->n_overrides; i++) {
                struct buf name = {0};
                buf_printf(&name, "Reputation Override - %s", options->overrides[i].fabric);
                library->override_names[i] = names_word(names, buf_cstr(&name));
                buf_free(&name);
        }
}

static uint64_t salted(const struct library *library, uint32_t at, uint64_t salt)
{
        return names_mix(library->options.seed * 0x2545f4914f6cdd1dU ^ ((uint64_t)at << 10) ^ salt);
}

/* Whether something of that probability happens, judged by 20 bits. */
static bool chance(uint64_t bits, double percent)
{
        return (double)(bits & 0xfffff) < percent * (0x100000 / 100.0);
}

uint32_t generate_id(const struct library *library, uint32_t at)
{
        return library->options.first_id + at * GENERATE_ID_STEP +
               (uint32_t)(salted(library, at, 1) % GENERATE_ID_STEP);
}

static uint8_t pick_type(uint64_t bits, double other_percent)
{
        static const uint8_t hashes[8] = {NAMES_MD5,    NAMES_MD5,    NAMES_MD5,    NAMES_SHA1,
                                          NAMES_SHA256, NAMES_SHA256, NAMES_SHA256, NAMES_SHA256};

        if (chance(bits, other_percent))
                return (uint8_t)(NAMES_SHA512 + (bits >> 20) % 6);
        return hashes[(bits >> 32) % 8];
}

static uint8_t pick_status(uint64_t bits, double active_percent)
{
        if (chance(bits, active_percent))
                return 0;
        return (uint8_t)(1 + (bits >> 20) % (NAMES_STATUSES - 1));
}

static int32_t pick_generated(uint64_t bits, double none_percent)
{
        if (chance(bits, none_percent))
                return LIBRARY_NO_SCORE;
        uint32_t kind = (uint32_t)(bits >> 20) % 100;
        uint32_t value = (uint32_t)(bits >> 32);
        if (kind < 70)
                return (int32_t)(value % 11 * 100);
        if (kind < 95)
                return (int32_t)(value % 1000);
        return (int32_t)(1000 + value % 1500);
}

static int32_t pick_manual(uint64_t bits, double percent)
{
        if (!chance(bits, percent))
                return LIBRARY_NO_SCORE;
        /* Every third one is the 0 that a careless client takes for "not set". */
        return (bits >> 20) % 3 == 0 ? 0 : (int32_t)((bits >> 24) % 11 * 100);
}

static void pick_dates(const struct library *library, uint32_t at, uint64_t bits,
                       struct library_row *row)
{
        const struct library_options *options = &library->options;
        int64_t span = options->created_days * 86400;
        int64_t created = options->now - span + span * at / options->count;
        uint64_t age = (uint64_t)(options->now - created);

        row->created = (uint32_t)created;
        /* Half of the rows were never changed again; context moves touched_at alone. */
        row->updated = row->created + (bits & 1 ? (uint32_t)((bits >> 8) % (age + 1)) : 0);
        age = (uint64_t)options->now - row->updated;
        row->touched = row->updated + (bits & 2 ? (uint32_t)((bits >> 32) % (age + 1)) : 0);
}

void generate_row(const struct library *library, uint32_t at, struct library_row *ret)
{
        const struct library_options *options = &library->options;
        uint64_t bits = salted(library, at, 2);

        ret->at = at;
        ret->id = generate_id(library, at);
        ret->entropy = bits;
        ret->type = pick_type(names_mix(bits + 1), options->other_types_percent);
        ret->status = pick_status(names_mix(bits + 2), options->active_percent);
        ret->generated = pick_generated(names_mix(bits + 3), options->no_score_percent);
        ret->manual = pick_manual(names_mix(bits + 4), options->manual_percent);
        pick_dates(library, at, names_mix(bits + 5), ret);
        ret->change = NULL;
}

static size_t hex_value(uint64_t bits, size_t len, bool upper, char *out)
{
        const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";

        for (size_t i = 0; i < len; i++) {
                if (i % 16 == 0)
                        bits = names_mix(bits);
                out[i] = digits[bits >> (i % 16 * 4) & 15];
        }
        out[len] = '\0';
        return len;
}

/* What ends up in a library by hand or by a bad feed. */
static size_t spoil(uint64_t bits, size_t len, char *out)
{
        switch (bits % 4) {
        case 0:
                out[len / 2] = 'g';
                break;
        case 1:
                len -= 1;
                break;
        case 2:
                out[len] = 'a';
                len += 1;
                break;
        default:
                out[0] = 'O';
                out[len - 1] = ' ';
                break;
        }
        out[len] = '\0';
        return len;
}

static size_t other_value(uint8_t type, uint64_t bits, char *out)
{
        unsigned a = (unsigned)(bits >> 8 & 255);
        unsigned b = (unsigned)(bits >> 16 & 255);
        unsigned c = (unsigned)(bits >> 24 & 0xffffff);
        int n;

        switch (type) {
        case NAMES_FUZZY:
                n = snprintf(out, LIBRARY_VALUE_MAX, "96:%x%06x/%x:%06xQ", a, c, b, c ^ 0x5a5a5a);
                break;
        case NAMES_IP:
                n = snprintf(out, LIBRARY_VALUE_MAX, "198.51.%u.%u", a, b);
                break;
        case NAMES_FQDN:
                n = snprintf(out, LIBRARY_VALUE_MAX, "h%06x.example.net", c);
                break;
        case NAMES_URL:
                n = snprintf(out, LIBRARY_VALUE_MAX, "http://h%u.example.net/%06x?a=%u", a, c, b);
                break;
        default:
                n = snprintf(out, LIBRARY_VALUE_MAX, "C:\\temp\\\"%06x\".exe", c);
                break;
        }
        return (size_t)n;
}

size_t generate_value(const struct library *library, const struct library_row *row,
                      char out[LIBRARY_VALUE_MAX])
{
        static const size_t lengths[] = {32, 40, 64, 128};
        uint64_t bits = names_mix(row->entropy + 6);

        if (row->type > NAMES_SHA512)
                return other_value(row->type, bits, out);
        bool upper = chance(bits >> 20, library->options.upper_percent);
        size_t len = hex_value(row->entropy + 7, lengths[row->type], upper, out);
        if (chance(bits, library->options.invalid_percent))
                len = spoil(bits >> 40, len, out);
        return len;
}

uint32_t generate_sources(const struct library *library, uint32_t at, uint32_t out[2])
{
        uint64_t bits = salted(library, at, 3);

        out[0] = library->source_words[bits % 8];
        out[1] = library->source_words[(bits % 8 + 1 + (bits >> 8) % 7) % 8];
        return 1 + (bits >> 16) % 2;
}

static uint32_t attribute_count(const struct library *library, uint64_t bits)
{
        uint32_t n = library->options.attributes;

        return n < 3 ? n : n - 1 + (uint32_t)(bits % 3);
}

bool generate_attribute(const struct library *library, const struct library_row *row, uint32_t j,
                        struct library_attribute *ret)
{
        const struct library_options *options = &library->options;
        uint32_t n = attribute_count(library, names_mix(row->entropy + 8));

        if (j >= n + options->n_overrides)
                return false;
        uint32_t sources[2];
        generate_sources(library, row->at, sources);
        *ret = (struct library_attribute){
            .id = (row->at << GENERATE_ATTRIBUTE_IDS) + j + 1,
            .created = row->created,
            .updated = row->created,
            .touched = row->created,
            .sources = {sources[0]},
            .n_sources = 1,
        };
        if (j < n) {
                /* The start differs from row to row, so that names are not always at one place. A
                 * name and value come together only once on a row. */
                uint32_t pick = j < 2 ? j : 2 + (j - 2 + (uint32_t)(row->entropy >> 60)) % 14;
                uint64_t pick_bits = names_mix(row->entropy + 100 + pick);
                ret->name = library->name_words[pick];
                ret->value = library->value_words[pick * 4 + (pick_bits + (j + 12) / 14) % 4];
        } else {
                uint64_t bits = names_mix(row->entropy + 9 + j);
                ret->name = library->override_names[j - n];
                ret->value = library->override_words[(bits >> 24) % 16];
                ret->n_sources = chance(bits, options->overrides[j - n].percent);
        }
        return true;
}
