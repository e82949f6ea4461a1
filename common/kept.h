/*
 * What came from outside and could not be read, kept for a person to look at: files in
 * <state_dir>/kept, named by who met it and when. Bounded: KEPT_MAX files of a name, the oldest
 * goes first; one a second; KEPT_BYTES of each.
 */
#ifndef TQ_COMMON_KEPT_H
#define TQ_COMMON_KEPT_H

#include <stddef.h>

enum { KEPT_MAX = 8, KEPT_BYTES = 1 << 20 };

/* Keeps the first KEPT_BYTES of it as <state_dir>/kept/<name>@<time><suffix>. It is a help and no
 * more: what cannot be kept is not. */
void kept_put(const char *state_dir, const char *name, const char *suffix, const void *data,
              size_t len);

#endif
