/*
 * `tie-fetcher --check`: logs in to ThreatQ, looks whether the account may do what the connector
 * does, and prints a finding for each thing looked at. Changes nothing in ThreatQ.
 */
#ifndef TQ_FETCHER_CHECK_H
#define TQ_FETCHER_CHECK_H

#include "common/finding.h"
#include "common/proc.h"
#include "common/threatq.h"
#include "fetcher/ask.h"

#include <stddef.h>
#include <stdint.h>

/* Returns the exit code: 1 when a finding is a failure. Each call is bounded as http.h says. */
int check_print(const struct proc *proc);

/* The rest is pure: what an answer means. `host` is the finding's subject. */

/* Of the first call, with the life of its token in s (-1: no log-in): connection and log-in. */
void check_login(const char *host, int64_t life_s, const struct threatq_result *result,
                 struct finding *ret);
/* Whether ThreatQ knows the hash types, by its list of types. */
void check_types(const char *host, enum threatq_answer answer, const struct threatq_result *result,
                 struct finding *ret);
/* Whether the account may search, by the answer to a search for one hash. */
void check_search(const char *host, enum threatq_answer answer, const struct threatq_result *result,
                  struct finding *ret);
/* Whether the role may write attributes, by the answer to a write that cannot hit anything. */
void check_write(const char *host, enum threatq_answer answer, const struct threatq_result *result,
                 struct finding *ret);
/* Whether the fabric's connector in ThreatQ gives a configuration that can be. */
void check_remote(const struct config_fabric *fabric, enum threatq_answer answer,
                  const struct threatq_result *result, struct finding *ret);
/* Whether threatq.data_collection can be had: what ask_collection said; error: why not, or "". */
void check_collection(const char *name, enum ask_answer answer, const char *error,
                      const struct collection *found, struct finding *ret);
/* How far ThreatQ's clock (0: it does not say) is from ours, both in s since 1970. */
void check_clock(const char *host, int64_t theirs, int64_t ours, struct finding *ret);

#endif
