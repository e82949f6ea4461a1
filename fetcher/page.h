/*
 * The frame of a PAGE: what it is of, and for which fabrics. Pure.
 */
#ifndef TQ_FETCHER_PAGE_H
#define TQ_FETCHER_PAGE_H

#include "common/wire.h"
#include "fetcher/terms.h"

#include <stdint.h>

#include <msgpack/sbuffer.h>

/* Appends the frame of the page, with `targets` and `terms` for these fabrics, as bits of
 * config->fabrics. terms: what they go by, NULL: by their file alone. Memory out aborts. */
void page_pack(const struct wire_page *page, const struct config *config, const struct terms *terms,
               uint64_t fabrics, msgpack_sbuffer *out);

#endif
