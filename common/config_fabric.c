#include "common/config_internal.h"
#include "common/log.h"

#include <ctype.h>
#include <string.h>
#include <sys/un.h>

enum { NAME_MAX_LEN = 64 };

/* The lists of a reputation block, the most malicious first. */
struct lists {
        struct {
                const char *key;
                enum trust_level level;
                char **bands;
                unsigned count;
        } list[3];
};

static struct lists lists_of(const struct config_raw_reputation *raw)
{
        return (struct lists){{
            {"known_malicious", TRUST_KNOWN_MALICIOUS, raw->known_malicious,
             raw->known_malicious_count},
            {"most_likely_malicious", TRUST_MOST_LIKELY_MALICIOUS, raw->most_likely_malicious,
             raw->most_likely_malicious_count},
            {"might_be_malicious", TRUST_MIGHT_BE_MALICIOUS, raw->might_be_malicious,
             raw->might_be_malicious_count},
        }};
}

/* Where each band is listed. */
struct places {
        struct config_at at[BAND_COUNT];
        unsigned list[BAND_COUNT];
};

/* Fills *ret and *places, and says which bands stand in two places. */
static void check_bands(struct config_check *check, const struct lists *lists, const char *path,
                        struct config_reputation *ret, struct places *places)
{
        for (unsigned l = 0; l < 3; l++) {
                for (unsigned i = 0; i < lists->list[l].count; i++) {
                        struct text name = text_of(lists->list[l].bands[i]);
                        struct config_at at = config_at("%s.%s[%u]", path, lists->list[l].key, i);
                        enum band band;

                        if (!band_parse(name, &band)) {
                                config_fault(check, at.path,
                                             "%s is not a scoring band: write very low, low, "
                                             "medium, high or very high",
                                             LOG_Q(name));
                        } else if (ret->mapped[band]) {
                                config_fault(check, at.path,
                                             "%s is listed at %s too: leave it at one of the two",
                                             band_name(band), places->at[band].path);
                        } else {
                                ret->mapped[band] = true;
                                ret->level[band] = lists->list[l].level;
                                places->at[band] = at;
                                places->list[band] = l;
                        }
                }
        }
}

/* A higher band must not be less malicious than the next lower one that is mapped. */
static void check_order(struct config_check *check, const struct config_reputation *reputation,
                        const struct places *places)
{
        int lower = -1;

        for (int band = 0; band < BAND_COUNT; band++) {
                if (!reputation->mapped[band])
                        continue;
                if (lower >= 0 && places->list[band] > places->list[lower])
                        config_fault(
                            check, places->at[band].path,
                            "%s is less malicious here than the lower band %s at %s: move "
                            "one of the two, so that a higher band is never less malicious",
                            band_name((enum band)band), band_name((enum band)lower),
                            places->at[lower].path);
                lower = band;
        }
}

void config_check_reputation(struct config_check *check, const struct config_raw_reputation *raw,
                             const char *path, struct config_reputation *ret)
{
        struct places places = {0};
        struct lists lists;
        size_t before = check->fault_count;
        bool any = false;

        if (!raw) {
                for (int band = 0; band < BAND_COUNT; band++) {
                        ret->mapped[band] = true;
                        ret->level[band] = TRUST_MOST_LIKELY_MALICIOUS;
                }
                return;
        }
        lists = lists_of(raw);
        check_bands(check, &lists, path, ret, &places);
        if (check->fault_count == before)
                check_order(check, ret, &places);
        for (int band = 0; band < BAND_COUNT; band++)
                any |= ret->mapped[band];
        if (!any && check->fault_count == before)
                config_fault(check, path,
                             "maps no band, so nothing would be exported: list bands "
                             "under known_malicious, most_likely_malicious or "
                             "might_be_malicious, or remove the block (then every "
                             "band is Most Likely Malicious)");
}

static void check_status(struct config_check *check, const struct config_raw_selection *raw,
                         const char *path, struct config_selection *ret)
{
        ret->status = config_alloc(raw->status_count, sizeof *ret->status);
        for (unsigned i = 0; i < raw->status_count; i++) {
                struct text name = text_trim(text_of(raw->status[i]));

                if (name.len == 0) {
                        config_fault(check, config_at("%s.status[%u]", path, i).path,
                                     "is empty: write the name of a ThreatQ status");
                        continue;
                }
                ret->status[ret->status_count] = config_alloc(1, name.len + 1);
                memcpy(ret->status[ret->status_count++], name.ptr, name.len);
        }
}

void config_check_selection(struct config_check *check, const struct config_raw_selection *raw,
                            const char *path, struct config_selection *ret)
{
        static const struct config_raw_selection none;

        raw = raw ? raw : &none;
        ret->days =
            config_check_uint(check, config_at("%s.days", path).path, raw->days, 30, 1, 365);
        if (raw->min_score && !config_parse_decimal(text_of(raw->min_score), &ret->min_score))
                config_fault(check, config_at("%s.min_score", path).path,
                             "%s is not a number: write a score such as 5 or 7.5",
                             LOG_Q(text_of(raw->min_score)));
        check_status(check, raw, path, ret);
        ret->attributes = config_alloc(raw->attributes_count, sizeof *ret->attributes);
        for (unsigned i = 0; i < raw->attributes_count; i++) {
                if (config_parse_attribute(text_of(raw->attributes[i]),
                                           &ret->attributes[ret->attribute_count]))
                        ret->attribute_count++;
                else
                        config_fault(check, config_at("%s.attributes[%u]", path, i).path,
                                     "%s is not Name:Value: write \"Attribute name:its value\"",
                                     LOG_Q(text_of(raw->attributes[i])));
        }
}

struct config_selection config_copy_selection(const struct config_selection *from)
{
        struct config_selection copy = *from;

        copy.status = config_alloc(from->status_count, sizeof *copy.status);
        for (size_t i = 0; i < from->status_count; i++)
                copy.status[i] = config_dup(from->status[i]);
        copy.attributes = config_alloc(from->attribute_count, sizeof *copy.attributes);
        for (size_t i = 0; i < from->attribute_count; i++) {
                copy.attributes[i].name = config_dup(from->attributes[i].name);
                copy.attributes[i].value = config_dup(from->attributes[i].value);
        }
        return copy;
}

/* The name becomes part of file names, of socket paths and of ThreatQ attributes. */
const char *config_name_fault(const char *name)
{
        static const char *const reserved[] = {".lock", ".status"};
        size_t len = strlen(name);

        if (len == 0)
                return "is empty: write a short name";
        if (len > NAME_MAX_LEN)
                return "is longer than 64 characters: shorten it";
        for (size_t i = 0; i < len; i++) {
                if (!isascii(name[i]) || (!isalnum(name[i]) && !strchr("-_.", name[i])))
                        return "cannot be a file name: write letters, digits, '-', '_' and '.' "
                               "only";
        }
        if (!isalnum(name[0]) && name[0] != '_')
                return "begins with '.' or '-': begin it with a letter or digit";
        for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
                size_t end = strlen(reserved[i]);

                if (len > end && strcmp(name + len - end, reserved[i]) == 0)
                        return "ends as the stages' own files do: do not end it in .lock or "
                               ".status";
        }
        return NULL;
}

static void check_name(struct config_check *check, const struct config_raw *raw, size_t i,
                       const struct config *config)
{
        const char *name = raw->fabrics[i].name;
        struct config_at at = config_at("fabrics[%zu].name", i);
        struct config_endpoint endpoint;
        const char *why;

        if (!name) {
                config_fault(check, at.path, "missing: write a short name for the fabric");
                return;
        }
        why = config_name_fault(name);
        if (why) {
                config_fault(check, at.path, "%s %s", LOG_Q(text_of(name)), why);
                return;
        }
        for (size_t other = 0; other < i; other++) {
                if (raw->fabrics[other].name && strcmp(raw->fabrics[other].name, name) == 0)
                        config_fault(check, at.path,
                                     "%s is the name of fabrics[%zu] too: rename one of the two",
                                     LOG_Q(text_of(name)), other);
        }
        config_endpoint(config, CONFIG_OUTCOMES, name, &endpoint);
        if (strlen(endpoint.bind) - strlen("ipc://") >=
            sizeof((struct sockaddr_un *)NULL)->sun_path)
                config_fault(check, "connector.run_dir",
                             "too long for the sockets of fabric %s: shorten it to %zu characters",
                             name,
                             sizeof((struct sockaddr_un *)NULL)->sun_path - sizeof "/outcomes-" -
                                 strlen(name));
}

/* What a fabric takes when it has no block of its own. */
struct common_blocks {
        struct config_selection selection;
        struct config_reputation reputation;
        bool enrichment;
        const char *remote_config;
        unsigned given;
};

/* An empty list says something too, which the loaded block does not tell. */
static unsigned given_selection(const struct config_check *check,
                                const struct config_raw_selection *raw, const char *path)
{
        unsigned given = 0;

        if (!raw)
                return 0;
        given |= raw->days ? CONFIG_GIVEN_DAYS : 0;
        given |= raw->min_score ? CONFIG_GIVEN_MIN_SCORE : 0;
        if (config_doc_has(check, config_at("%s.status", path).path))
                given |= CONFIG_GIVEN_STATUS;
        if (config_doc_has(check, config_at("%s.attributes", path).path))
                given |= CONFIG_GIVEN_ATTRIBUTES;
        return given;
}

/* As the blocks count: the fabric's own selection replaces the common one whole. */
static unsigned given_of(const struct config_check *check, const struct config_raw_fabric *raw,
                         const char *path, const struct common_blocks *blocks)
{
        const unsigned selection = CONFIG_GIVEN_DAYS | CONFIG_GIVEN_STATUS |
                                   CONFIG_GIVEN_MIN_SCORE | CONFIG_GIVEN_ATTRIBUTES;
        unsigned given = blocks->given;

        if (raw->selection)
                given =
                    (given & ~selection) |
                    given_selection(check, raw->selection, config_at("%s.selection", path).path);
        return given | (raw->reputation ? CONFIG_GIVEN_REPUTATION : 0) |
               (raw->enrichment ? CONFIG_GIVEN_ENRICHMENT : 0) |
               (raw->daily_limit ? CONFIG_GIVEN_DAILY_LIMIT : 0);
}

static void check_fabric(struct config_check *check, const struct config_raw_fabric *raw,
                         const char *path, const struct common_blocks *blocks,
                         struct config_fabric *ret)
{
        const char *remote_config;

        ret->name = config_dup(raw->name ? raw->name : "");
        if (!raw->dxl_config)
                config_fault(check, config_at("%s.dxl_config", path).path,
                             "missing: write the path of the fabric's dxlclient.config");
        ret->dxl_config = config_dup(raw->dxl_config ? raw->dxl_config : "");
        if (raw->key_passphrase_file)
                ret->key_passphrase_file = config_dup(raw->key_passphrase_file);
        ret->verify_hostname = config_check_bool(check, config_at("%s.verify_hostname", path).path,
                                                 raw->verify_hostname, false);
        ret->daily_limit = config_check_uint(check, config_at("%s.daily_limit", path).path,
                                             raw->daily_limit, 1000, 1, WIRE_LIMIT_MAX);
        ret->active = true;
        ret->given = given_of(check, raw, path, blocks);
        remote_config = raw->remote_config ? raw->remote_config : blocks->remote_config;
        if (remote_config)
                ret->remote_config = config_dup(remote_config);
        ret->enrichment = config_check_bool(check, config_at("%s.enrichment", path).path,
                                            raw->enrichment, blocks->enrichment);
        if (raw->selection)
                config_check_selection(check, raw->selection, config_at("%s.selection", path).path,
                                       &ret->selection);
        else
                ret->selection = config_copy_selection(&blocks->selection);
        if (raw->reputation)
                config_check_reputation(check, raw->reputation,
                                        config_at("%s.reputation", path).path, &ret->reputation);
        else
                ret->reputation = blocks->reputation;
}

void config_check_fabrics(struct config_check *check, const struct config_raw *raw,
                          struct config *config)
{
        struct common_blocks blocks = {0};

        blocks.remote_config = raw->threatq ? raw->threatq->remote_config : NULL;
        blocks.given = given_selection(check, raw->selection, "selection") |
                       (raw->reputation ? CONFIG_GIVEN_REPUTATION : 0) |
                       (raw->enrichment ? CONFIG_GIVEN_ENRICHMENT : 0);
        blocks.enrichment = config_check_bool(check, "enrichment", raw->enrichment, true);
        config_check_selection(check, raw->selection, "selection", &blocks.selection);
        config_check_reputation(check, raw->reputation, "reputation", &blocks.reputation);
        if (raw->fabrics_count == 0)
                config_fault(check, "fabrics",
                             "missing: write a list with name and dxl_config of "
                             "each DXL fabric");
        config->fabrics = config_alloc(raw->fabrics_count, sizeof *config->fabrics);
        for (size_t i = 0; i < raw->fabrics_count; i++) {
                check_name(check, raw, i, config);
                check_fabric(check, &raw->fabrics[i], config_at("fabrics[%zu]", i).path, &blocks,
                             &config->fabrics[config->fabric_count++]);
        }
        config_selection_done(&blocks.selection);
}
