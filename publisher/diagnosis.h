/*
 * What the answers and silences of a fabric mean, in words for a person. Pure.
 */
#ifndef TQ_PUBLISHER_DIAGNOSIS_H
#define TQ_PUBLISHER_DIAGNOSIS_H

#include "publisher/preflight.h"

#include <stdbool.h>

enum { DIAGNOSIS_MAX = 640 };

/* What it means that requests to set a reputation get no answer, given what the preflight asked
 * afterwards got. Its questions are not awaited any more. */
void diagnosis_silence(const struct preflight *p, const char *thumbprint, int64_t timeout_ms,
                       char out[DIAGNOSIS_MAX]);
/* What the service registry, and TIE asked for a reputation, said. */
void diagnosis_registry(const struct preflight *p, char out[DIAGNOSIS_MAX]);
void diagnosis_get(const struct preflight *p, char out[DIAGNOSIS_MAX]);
/* Both in one line of a log. */
void diagnosis_preflight(const struct preflight *p, char out[DIAGNOSIS_MAX]);
/* Whether it found what pushing needs; a registry that gives no answer is no fault. */
bool diagnosis_good(const struct preflight *p);

#endif
