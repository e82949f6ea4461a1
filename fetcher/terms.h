/*
 * What each fabric goes by in one sweep: its file, and what ThreatQ's connector says where the file
 * leaves it open. A connector that cannot be read, or says what cannot be, leaves the last good
 * configuration in force; without one its fabric is not swept. Pure.
 */
#ifndef TQ_FETCHER_TERMS_H
#define TQ_FETCHER_TERMS_H

#include "common/cleanup.h"
#include "common/config.h"
#include "fetcher/collection.h"
#include "fetcher/remote.h"

#include <stdbool.h>
#include <stdint.h>

#include <msgpack/sbuffer.h>

struct terms_remote {
        char *kept; /* remote_text of what holds: to be kept; NULL: nothing does */
        char error[REMOTE_ERROR_MAX]; /* why what the connector says now is not taken; "" */
};

struct terms {
        struct config config;         /* the file's, with `fabrics` as they hold in this sweep */
        struct terms_remote *remotes; /* of config.fabrics */
        uint64_t usable;              /* fabrics that have a configuration, as bits */
        uint64_t active;              /* of them, those that are switched on */
        bool changed;                 /* one holds another configuration than was kept */
        struct collection
            collection; /* that selects instead of the filters; its mark 0: none does */
};

/* All fabrics by their file alone. config must live longer. Memory out aborts. */
struct terms *terms_new(const struct config *config);
void terms_free(struct terms *terms);
DEFINE_CLEANUP(struct terms *, terms_free);

/* Lays what the connector says, NULL when that is not known, under the fabric's file. kept: the
 * remote_text of what held last, or NULL. error: why the connector is not known. */
void terms_take(struct terms *terms, size_t fabric, const struct config_remote *remote,
                const char *kept, const char *error);

/* The `terms` of a PAGE for those of these fabrics that have a connector, appended to out; returns
 * how many. */
uint32_t terms_pack(const struct terms *terms, uint64_t fabrics, msgpack_sbuffer *out);
/* What concerns the publisher of the fabric. */
struct wire_push terms_push(const struct terms *terms, size_t fabric);

#endif
