/*
 * The configuration as libcyaml fills it, for the files of the config module.
 */
#ifndef TQ_COMMON_CONFIG_RAW_H
#define TQ_COMMON_CONFIG_RAW_H

/* The file as libcyaml loads it. Every scalar stays text, NULL when it is not given: libcyaml reads
 * "maybe" as true and 010 as eight, and cannot say which numbers are allowed. */
struct config_raw_threatq {
        char *host, *auth, *client_id, *client_secret, *client_secret_file, *username, *password;
        char *password_file, *ca_file, *verify, *data_collection, *remote_config, *page_size;
};

struct config_raw_share_status {
        char *shared, *override, *failed, *pending;
};

struct config_raw_connector {
        char *status, *source, *adopt, *state_dir, *run_dir, *interval, *full_interval, *patience;
        struct config_raw_share_status *share_status;
};

struct config_raw_selection {
        char *days, *min_score;
        char **status, **attributes;
        unsigned status_count, attributes_count;
};

struct config_raw_reputation {
        char **known_malicious, **most_likely_malicious, **might_be_malicious;
        unsigned known_malicious_count, most_likely_malicious_count, might_be_malicious_count;
};

struct config_raw_fabric {
        char *name, *dxl_config, *key_passphrase_file, *verify_hostname, *daily_limit, *enrichment;
        char *remote_config;
        struct config_raw_selection *selection;
        struct config_raw_reputation *reputation;
};

struct config_raw_stages { /* of each stage: it uses its own members */
        char *window, *request_timeout, *settle_timeout, *retry_delay, *dry_run, *connections,
            *processes;
};

struct config_raw_port {
        char *fabric, *endpoint, *listen, *public_key;
};

struct config_raw_links {
        char *key_file;
        char **allow;
        unsigned allow_count;
        struct config_raw_port *fetcher, *publishers;
        unsigned publishers_count;
};

struct config_raw {
        struct config_raw_threatq *threatq;
        struct config_raw_connector *connector;
        struct config_raw_selection *selection;
        struct config_raw_reputation *reputation;
        char *enrichment;
        struct config_raw_fabric *fabrics;
        unsigned fabrics_count;
        struct config_raw_stages *fetcher, *mapper, *publisher, *enricher;
        struct config_raw_links *links;
};

#endif
