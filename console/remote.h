/*
 * What is to be said of a fabric whose configuration ThreatQ holds (remote_config). Pure.
 */
#ifndef TQ_CONSOLE_REMOTE_H
#define TQ_CONSOLE_REMOTE_H

#include "console/report.h"

#include <stdbool.h>
#include <stddef.h>

/* A sentence without its full stop: switched off, or not taken and why. False when there is nothing
 * to say. remote NULL: it has no connector there. */
bool remote_sentence(const struct report_remote *remote, char *out, size_t size);

#endif
