/*
 * The fabric's service registry, asked for TIE: which instances are registered, and for which of
 * TIE's topics. The broker itself answers, by a JSON object (svcregistry/query). Pure.
 */
#ifndef TQ_PUBLISHER_DXL_REGISTRY_H
#define TQ_PUBLISHER_DXL_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern const char dxl_registry_topic[]; /* /mcafee/service/dxl/svcregistry/query */
extern const char dxl_registry_query[]; /* the payload: services of TIE's type */

enum {
        DXL_REGISTRY_E_BAD = 1, /* not an answer of a registry */

        DXL_REGISTRY_ANSWER_MAX = 1 << 20, /* bytes */
        DXL_REGISTRY_LISTED_MAX = 8,       /* instances that are kept by name */
        DXL_REGISTRY_GUID_MAX = 64,
};

struct dxl_registry {
        unsigned instances; /* services of TIE's type */
        unsigned set;       /* of them: registered for setting file reputations */
        unsigned get;       /* and for asking for them */
        unsigned set_deaf;  /* registered for setting, but the fabric may not deliver it to them */
        char guid[DXL_REGISTRY_LISTED_MAX][DXL_REGISTRY_GUID_MAX]; /* of the first instances */
};

/* Reads the answer to dxl_registry_query. 0, or DXL_REGISTRY_E_BAD with *ret untouched. */
int dxl_registry_parse(const void *payload, size_t len, struct dxl_registry *ret);

#endif
