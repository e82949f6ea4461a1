/*
 * `tq-trellix-tie export`: the push journals of the fabrics, for a spreadsheet or a program.
 */
#ifndef TQ_CONSOLE_EXPORT_H
#define TQ_CONSOLE_EXPORT_H

#include "console/commands.h"

#include <stdbool.h>
#include <stdint.h>

extern const struct command_arguments export_arguments;

/* What --since means: a duration before now ("36h", "7d"), or a date, with or without its time
 * ("2026-05-01", "2026-05-01T10:00:00Z"). s since 1970; false when it is none of them. Pure. */
bool export_since(const char *text, int64_t now_s, int64_t *ret);

int export_main(const struct console *console);

#endif
