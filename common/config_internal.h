/*
 * What the files of the config module share; nobody else includes it. The road of a configuration:
 * config.c reads the bytes, config_doc.c parses them and holds them against the schema of
 * config_schema.c, libcyaml fills struct config_raw, config_check.c turns that into struct config.
 * All of them write what is wrong through config_fault, so that one run names every fault.
 */
#ifndef TQ_COMMON_CONFIG_INTERNAL_H
#define TQ_COMMON_CONFIG_INTERNAL_H

#include "common/config.h"
#include "common/config_raw.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include <cyaml/cyaml.h>
#include <yaml.h>

enum {
        CONFIG_SCALAR_MAX = 4096,
        CONFIG_FILE_MAX = 256 << 10,
        CONFIG_FABRICS_MAX = 64,
        CONFIG_ALLOW_MAX = 1024,
        CONFIG_FAULTS_MAX = 100, /* more are counted, not written */
};

extern const struct cyaml_schema_value config_schema;

/* One reading of one file: where it is, what it says, what is wrong with it. */
struct config_check {
        const char *file;
        mode_t mode;          /* of the file, for the secrets in it */
        yaml_document_t *doc; /* NULL when it could not be parsed */
        FILE *faults;         /* one line each */
        size_t fault_count;
        const char *(*label)(const char *path); /* what a fault calls it; NULL: its path */
};

/* A key path, built in place: config_at("fabrics[%zu].%s", i, "name").path */
struct config_at {
        char path[256];
};
struct config_at config_at(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Notes "file:line: path: text"; the line is looked up by the path. The text ends with the mend. */
void config_fault(struct config_check *check, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Parses one YAML document and holds it against the schema: syntax, unknown and repeated keys,
 * kinds of nodes. False when libcyaml must not be asked to load it. The caller calls
 * yaml_document_delete when check->doc is set. */
bool config_doc_open(struct config_check *check, const char *data, size_t len,
                     yaml_document_t *doc);
/* Line (from 1) of the key at the path, of its nearest parent when it is not there, 0 for none. */
size_t config_doc_line(const struct config_check *check, const char *path);
/* Whether something stands at the path, an empty list too. */
bool config_doc_has(const struct config_check *check, const char *path);

/* Values. Each reads all of t or says false and leaves *ret alone. */
bool config_parse_uint(struct text t, unsigned *ret);
bool config_parse_decimal(struct text t, double *ret);
bool config_parse_bool(struct text t, bool *ret);
/* "Name:Value", split at the first colon, both trimmed and not empty. */
bool config_parse_attribute(struct text t, struct config_attribute *ret);

/* Copies that never fail: memory out aborts, as nothing can start without a configuration. */
char *config_dup(const char *s);
void *config_alloc(size_t count, size_t size);

/* The secret of the key `name` (inline, from its file, from the environment); NULL when there is
 * none. Faults: given twice, readable by others, unreadable, empty. */
char *config_secret(struct config_check *check, const char *name, const char *inline_value,
                    const char *file, const char *environment);
/* Overwrites and frees; takes NULL. */
void config_wipe(char *secret);

/* Frees what is in it, not itself. */
void config_selection_done(struct config_selection *selection);
void config_port_done(struct config_port *port);
struct config_selection config_copy_selection(const struct config_selection *from);

/* Fills what the caller zeroed; complete only when no fault was noted. */
void config_check_all(struct config_check *check, const struct config_raw *raw,
                      struct config *config);
void config_check_threatq(struct config_check *check, const struct config_raw_threatq *raw,
                          struct config_threatq *ret);
void config_check_fabrics(struct config_check *check, const struct config_raw *raw,
                          struct config *config);
/* After the fabrics. */
void config_check_links(struct config_check *check, const struct config_raw_links *raw,
                        struct config *config);
/* raw NULL: the defaults. */
void config_check_selection(struct config_check *check, const struct config_raw_selection *raw,
                            const char *path, struct config_selection *ret);
void config_check_reputation(struct config_check *check, const struct config_raw_reputation *raw,
                             const char *path, struct config_reputation *ret);
/* For config_mark, from a document without a fault. */
void config_set_marks(const struct config_check *check, struct config *config);
/* The value of a scalar, or `otherwise` when it is not given or faulty (which is noted). */
unsigned config_check_uint(struct config_check *check, const char *path, const char *value,
                           unsigned otherwise, unsigned min, unsigned max);
bool config_check_bool(struct config_check *check, const char *path, const char *value,
                       bool otherwise);

/* Parses bytes that came from `file` with this mode; data is only read. As config_load. */
int config_parse(const char *file, mode_t mode, const char *data, size_t len, struct config **ret,
                 char **error);

#endif
