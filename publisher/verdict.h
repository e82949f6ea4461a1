/*
 * What `tie-publisher --check` learned of its fabric, as findings. Pure.
 */
#ifndef TQ_PUBLISHER_VERDICT_H
#define TQ_PUBLISHER_VERDICT_H

#include "common/finding.h"
#include "publisher/dxl/fabric.h"
#include "publisher/preflight.h"

#include <stdbool.h>
#include <stdint.h>

/* Whether a broker took the connection within waited_ms. */
void verdict_connection(struct finding *ret, const char *fabric, const struct dxl_state *state,
                        int64_t waited_ms);
/* Until when a certificate is valid. what: "client-certificate", "ca-certificate",
 * "broker-certificate"; where: its file or broker. False when expires_s is not known. */
bool verdict_certificate(struct finding *ret, const char *fabric, const char *what,
                         const char *where, int64_t expires_s, int64_t now_s);
/* Who is registered for TIE's topics, and whether TIE answers a get. */
void verdict_registry(struct finding *ret, const char *fabric, const struct preflight *p);
void verdict_get(struct finding *ret, const char *fabric, const struct preflight *p,
                 const char *thumbprint);
/* Whether TIE takes settings, as the publisher that runs has seen it: its status, one JSON object,
 * or NULL when none runs. A check sets nothing itself: that would change a reputation. */
void verdict_set(struct finding *ret, const char *fabric, const char *status,
                 const char *thumbprint);

#endif
