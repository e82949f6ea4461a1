/*
 * The YAML configuration (design section 4), read with libcyaml against a schema in config.c, then
 * checked as a whole. Every error names file, key path and the mend.
 */
#ifndef TQ_COMMON_CONFIG_H
#define TQ_COMMON_CONFIG_H

#include "common/cleanup.h"
#include "common/config_links.h"
#include "common/reputation.h"
#include "common/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_STATE_DIR_DEFAULT "/var/lib/tq_labs"
#define CONFIG_RUN_DIR_DEFAULT "/run/tq_labs"

enum config_auth { CONFIG_AUTH_PASSWORD, CONFIG_AUTH_CLIENT_CREDENTIALS };

struct config_attribute { /* "Name:Value" */
        char *name;
        char *value;
};

struct config_selection {
        unsigned days; /* 1–365, default 30 */
        char **status; /* none: any */
        size_t status_count;
        double min_score;
        struct config_attribute *attributes;
        size_t attribute_count;
};

/* The reputation of each band; mapped[band] false: not exported. */
struct config_reputation {
        bool mapped[BAND_COUNT];
        enum trust_level level[BAND_COUNT];
};

/* What a fabric goes by because its file says so; the rest may come from ThreatQ. */
enum config_given {
        CONFIG_GIVEN_DAYS = 1,
        CONFIG_GIVEN_STATUS = 2,
        CONFIG_GIVEN_MIN_SCORE = 4,
        CONFIG_GIVEN_ATTRIBUTES = 8,
        CONFIG_GIVEN_REPUTATION = 16,
        CONFIG_GIVEN_ENRICHMENT = 32,
        CONFIG_GIVEN_DAILY_LIMIT = 64,
};

struct config_fabric {
        char
            *name; /* also the guide's connector name: letters, digits, '-', '_', '.', at most 64 */
        char *dxl_config;
        char *key_passphrase_file; /* of its private key; NULL: the key has no passphrase */
        bool verify_hostname;      /* brokers' certificates must hold their names; default false */
        unsigned daily_limit;      /* 1–100000, default 1000 */
        struct config_selection selection;   /* the fabric's own block, else the common one */
        struct config_reputation reputation; /* likewise */
        bool enrichment;                     /* likewise */
        struct config_port port;             /* of its publisher, from links.publishers */
        char *remote_config; /* likewise, threatq.remote_config: the connector in ThreatQ that holds
                                what is not given; NULL: none */
        unsigned given;      /* enum config_given */
        bool active;         /* false only of one that ThreatQ's connector switches off */
        uint64_t mark;       /* see config_mark */
};

struct config_threatq {
        char *host; /* "https://host[:port]", no trailing slash */
        enum config_auth auth;
        char *client_id;
        char *username;
        char *password;        /* from password, password_file or TQ_PASSWORD */
        char *client_secret;   /* from client_secret, client_secret_file or TQ_CLIENT_SECRET */
        char *ca_file;         /* NULL: the system's */
        bool verify;           /* default true */
        char *data_collection; /* decides instead of all selections; NULL: none does */
        unsigned page_size;    /* 1–10000, default 1000 */
        bool dry_run;          /* nothing is written: set by who logs in, not by a key */
};

struct config {
        char *path; /* the file it was read from */
        struct config_threatq threatq;
        char *status; /* connector.status, default "Review" */
        char *
            source; /* connector.source: source name of what we write; NULL: the credential's own */
        bool adopt; /* connector.adopt: what ThreatQ shows as shared was told, default false */
        char *state_dir;
        char *run_dir;
        int64_t interval_ms;
        int64_t full_interval_ms;
        int64_t patience_ms;
        char *share_status[SHARE_COUNT]; /* the words, default Shared … */
        struct {
                unsigned window; /* fetcher.window: unacknowledged pages, 1–64, default 8 */
        } fetcher;
        struct {
                unsigned window; /* publisher.window: requests in flight, 1–1024, default 64 */
                int64_t request_timeout_ms; /* publisher.request_timeout, default 30s */
                int64_t settle_timeout_ms;  /* publisher.settle_timeout, default 60s */
                int64_t retry_delay_ms; /* publisher.retry_delay: before an error answer is tried
                                           again, doubled each time, default 30s */
                bool dry_run; /* publisher.dry_run: nothing is set and nothing written, default
                                 false */
        } publisher;
        struct {
                unsigned processes; /* mapper.processes: how many a service manager runs, 1–64,
                                       default 1 */
        } mapper;
        struct {
                unsigned connections; /* enricher.connections to ThreatQ, 1–32, default 8 */
                unsigned processes;   /* enricher.processes, likewise, 1–64, default 1 */
        } enricher;
        struct config_links links;
        struct config_fabric *fabrics; /* 1–64 */
        size_t fabric_count;
        uint64_t mark; /* see config_mark */
};

/* The file that `path` means: itself, or tq-trellix-tie.yaml in the folder that it is, or that its
 * final slash says it is to be. The caller frees; memory out aborts. */
char *config_file(const char *path);
/* Reads the file that `path` means. On failure returns -errno
 * (-EINVAL: its content) and in *error a text of one line per fault, for a person; the caller frees
 * it. */
int config_load(const char *path, struct config **ret, char **error);
void config_free(struct config *config);
/* Frees what is in it, not itself. */
void config_fabric_done(struct config_fabric *fabric);
DEFINE_CLEANUP(struct config *, config_free);
/* NULL when no fabric has this name. */
const struct config_fabric *config_fabric(const struct config *config, const char *name);
/* What it says, secrets included, as a number: the same for two readings that say the same. With a
 * fabric the blocks of the others are left out. */
uint64_t config_mark(const struct config *config, const char *fabric);

/* "https://host[:port]" from that or a bare host; the caller frees. NULL, or why it is none, with
 * the mend. */
const char *config_parse_host(struct text t, char **ret);
/* NULL, or why the name is none that a fabric can have, with the mend. */
const char *config_name_fault(const char *name);
/* "90", "90s", "2h", "24h", "7d", "500ms" in ms; false when it is none or over 366 days. */
bool config_parse_duration(struct text t, int64_t *ret);

#endif
