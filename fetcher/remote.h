/*
 * The connector's row in ThreatQ, where the guide's users set its parameters: reads the answer to
 * GET /api/connectors?name= (threatq-api.md section 5). What stands inside `custom_fields` is not
 * published, so it is read in every form that is likely: a map or a list, plain values or objects
 * with a value, lists for choices, numbers and yes or no as text. What cannot be understood is a
 * fault, never a default. Pure.
 */
#ifndef TQ_FETCHER_REMOTE_H
#define TQ_FETCHER_REMOTE_H

#include "common/config_remote.h"

#include <stdbool.h>
#include <stddef.h>

enum { REMOTE_E_BAD = 1, REMOTE_ERROR_MAX = 512 };

/* The path that asks for the connector; the caller frees. NULL when memory is out. */
char *remote_path(const char *name);
/* What the connector of exactly this name says: 0, or REMOTE_E_BAD with a sentence in error: no
 * answer of this kind, none or two of the name, a value that is not understood. The caller calls
 * config_remote_done on *ret. */
int remote_parse(const char *body, size_t len, const char *name, struct config_remote *ret,
                 char error[REMOTE_ERROR_MAX]);

/* One line of JSON to be kept: the same for two that say the same. The caller frees; NULL when
 * memory is out. */
char *remote_text(const char *name, const struct config_remote *remote);
/* Back from it; false when it is none, or of another connector. */
bool remote_of_text(const char *text, const char *name, struct config_remote *ret);

#endif
