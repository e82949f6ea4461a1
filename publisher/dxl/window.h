/*
 * Which requests are on the wire: a fixed table from message id to request, with deadlines. Ids
 * are UUIDs in braces: the front of a random one per connection, then place and number of the
 * request, so an answer finds its request without a search and no id is used twice. Pure.
 */
#ifndef TQ_PUBLISHER_DXL_WINDOW_H
#define TQ_PUBLISHER_DXL_WINDOW_H

#include "common/cleanup.h"
#include "common/text.h"
#include "publisher/dxl/uuid.h"

#include <stdbool.h>
#include <stdint.h>

struct dxl_window;

/* size: 1–65535 requests. 0 or -errno. */
int dxl_window_open(unsigned size, struct dxl_window **ret);
void dxl_window_close(struct dxl_window *window);
DEFINE_CLEANUP(struct dxl_window *, dxl_window_close);
/* Ids start as this UUID from now on; a new one for every connection. Only while it is empty. */
void dxl_window_renew(struct dxl_window *window, const char uuid[DXL_UUID_LEN + 1]);

unsigned dxl_window_count(const struct dxl_window *window);
bool dxl_window_full(const struct dxl_window *window);
/* Takes a place for a request and writes its message id. Only while it is not full. */
void dxl_window_add(struct dxl_window *window, unsigned request, int64_t deadline,
                    char id[DXL_UUID_LEN + 1]);
/* Frees the place of the request with this message id; false when there is none. */
bool dxl_window_take(struct dxl_window *window, struct text id, unsigned *request);
/* Frees one place whose deadline is at or before now; false when there is none. */
bool dxl_window_expire(struct dxl_window *window, int64_t now, unsigned *request);
/* Frees any one place; false when it is empty. */
bool dxl_window_drain(struct dxl_window *window, unsigned *request);

#endif
