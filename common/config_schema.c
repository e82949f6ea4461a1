#include "common/config_internal.h"

#include <stddef.h>

#define SCALAR(structure, member)                                                                  \
        CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_POINTER_NULL_STR | CYAML_FLAG_OPTIONAL,         \
                               struct structure, member, 0, CONFIG_SCALAR_MAX)
#define LIST(structure, member, most)                                                              \
        CYAML_FIELD_SEQUENCE(#member, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct structure,  \
                             member, &list_entry, 0, most)
#define BLOCK(structure, member, fields)                                                           \
        CYAML_FIELD_MAPPING_PTR(#member, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,                 \
                                struct structure, member, fields)

enum { STATUS_MAX = 64, ATTRIBUTES_MAX = WIRE_ATTRIBUTES_MAX };

static const cyaml_schema_value_t list_entry = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, CONFIG_SCALAR_MAX),
};

static const cyaml_schema_field_t threatq_fields[] = {
    SCALAR(config_raw_threatq, host),
    SCALAR(config_raw_threatq, auth),
    SCALAR(config_raw_threatq, client_id),
    SCALAR(config_raw_threatq, client_secret),
    SCALAR(config_raw_threatq, client_secret_file),
    SCALAR(config_raw_threatq, username),
    SCALAR(config_raw_threatq, password),
    SCALAR(config_raw_threatq, password_file),
    SCALAR(config_raw_threatq, ca_file),
    SCALAR(config_raw_threatq, verify),
    SCALAR(config_raw_threatq, data_collection),
    SCALAR(config_raw_threatq, remote_config),
    SCALAR(config_raw_threatq, page_size),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t share_status_fields[] = {
    SCALAR(config_raw_share_status, shared),
    SCALAR(config_raw_share_status, override),
    SCALAR(config_raw_share_status, failed),
    SCALAR(config_raw_share_status, pending),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t connector_fields[] = {
    SCALAR(config_raw_connector, status),
    SCALAR(config_raw_connector, source),
    SCALAR(config_raw_connector, adopt),
    SCALAR(config_raw_connector, state_dir),
    SCALAR(config_raw_connector, run_dir),
    SCALAR(config_raw_connector, interval),
    SCALAR(config_raw_connector, full_interval),
    SCALAR(config_raw_connector, patience),
    BLOCK(config_raw_connector, share_status, share_status_fields),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t selection_fields[] = {
    SCALAR(config_raw_selection, days),
    LIST(config_raw_selection, status, STATUS_MAX),
    SCALAR(config_raw_selection, min_score),
    LIST(config_raw_selection, attributes, ATTRIBUTES_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t reputation_fields[] = {
    LIST(config_raw_reputation, known_malicious, BAND_COUNT),
    LIST(config_raw_reputation, most_likely_malicious, BAND_COUNT),
    LIST(config_raw_reputation, might_be_malicious, BAND_COUNT),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t fabric_fields[] = {
    SCALAR(config_raw_fabric, name),
    SCALAR(config_raw_fabric, dxl_config),
    SCALAR(config_raw_fabric, key_passphrase_file),
    SCALAR(config_raw_fabric, verify_hostname),
    SCALAR(config_raw_fabric, daily_limit),
    BLOCK(config_raw_fabric, selection, selection_fields),
    BLOCK(config_raw_fabric, reputation, reputation_fields),
    SCALAR(config_raw_fabric, enrichment),
    SCALAR(config_raw_fabric, remote_config),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t fabric_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_raw_fabric, fabric_fields),
};

static const cyaml_schema_field_t fetcher_fields[] = {
    SCALAR(config_raw_stages, window),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t mapper_fields[] = {
    SCALAR(config_raw_stages, processes),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t publisher_fields[] = {
    SCALAR(config_raw_stages, window),         SCALAR(config_raw_stages, request_timeout),
    SCALAR(config_raw_stages, settle_timeout), SCALAR(config_raw_stages, retry_delay),
    SCALAR(config_raw_stages, dry_run),        CYAML_FIELD_END,
};

static const cyaml_schema_field_t enricher_fields[] = {
    SCALAR(config_raw_stages, connections),
    SCALAR(config_raw_stages, processes),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t links_fetcher_fields[] = {
    SCALAR(config_raw_port, endpoint),
    SCALAR(config_raw_port, listen),
    SCALAR(config_raw_port, public_key),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t links_publisher_fields[] = {
    SCALAR(config_raw_port, fabric),
    SCALAR(config_raw_port, endpoint),
    SCALAR(config_raw_port, listen),
    SCALAR(config_raw_port, public_key),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t links_publisher_entry = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_raw_port, links_publisher_fields),
};

static const cyaml_schema_field_t links_fields[] = {
    SCALAR(config_raw_links, key_file),
    LIST(config_raw_links, allow, CONFIG_ALLOW_MAX),
    BLOCK(config_raw_links, fetcher, links_fetcher_fields),
    CYAML_FIELD_SEQUENCE("publishers", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                         struct config_raw_links, publishers, &links_publisher_entry, 0,
                         CONFIG_FABRICS_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t root_fields[] = {
    BLOCK(config_raw, threatq, threatq_fields),
    BLOCK(config_raw, connector, connector_fields),
    BLOCK(config_raw, selection, selection_fields),
    BLOCK(config_raw, reputation, reputation_fields),
    SCALAR(config_raw, enrichment),
    CYAML_FIELD_SEQUENCE("fabrics", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct config_raw,
                         fabrics, &fabric_entry, 1, CONFIG_FABRICS_MAX),
    BLOCK(config_raw, fetcher, fetcher_fields),
    BLOCK(config_raw, mapper, mapper_fields),
    BLOCK(config_raw, publisher, publisher_fields),
    BLOCK(config_raw, enricher, enricher_fields),
    BLOCK(config_raw, links, links_fields),
    CYAML_FIELD_END,
};

const cyaml_schema_value_t config_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config_raw, root_fields),
};
