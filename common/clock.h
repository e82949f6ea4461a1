/*
 * The clocks, asked for in one place.
 */
#ifndef TQ_COMMON_CLOCK_H
#define TQ_COMMON_CLOCK_H

#include "common/text.h"

#include <stdbool.h>
#include <stdint.h>

/* CLOCK_BOOTTIME in ms: never jumps, runs on while suspended; for timers and ages in one boot. */
int64_t clock_boot_ms(void);
/* Wall clock in ms since 1970: may jump either way. */
int64_t clock_wall_ms(void);
int64_t clock_wall_s(void);
/* The kernel's id of this boot, 36 characters and a NUL; "" when it cannot be read. */
void clock_boot_id(char out[37]);
/* "2026-05-01T10:00:00Z". */
void clock_format_utc(int64_t s, char out[32]);
/* ThreatQ's "YYYY-MM-DD HH:MM:SS" (UTC) or ISO 8601 with T, fraction and Z or ±hh:mm. False when it
 * is neither. */
bool clock_parse_utc(struct text t, int64_t *ret);
/* ThreatQ's form "YYYY-MM-DD HH:MM:SS". */
void clock_format_threatq(int64_t s, char out[32]);

#endif
