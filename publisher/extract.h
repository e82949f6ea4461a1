/*
 * `tie-publisher --report --journal csv|jsonl`: prints the push journal, one request in a line. It
 * reads a part at a time, so that a slow reader holds up nothing.
 */
#ifndef TQ_PUBLISHER_EXTRACT_H
#define TQ_PUBLISHER_EXTRACT_H

#include "common/proc.h"
#include "publisher/journal.h"

#include <stdio.h>

enum extract_format { EXTRACT_CSV, EXTRACT_JSONL };

/* The names of a CSV's columns, without the newline; a line of EXTRACT_CSV has these fields, none
 * with a comma or a quote in it. */
extern const char extract_columns[];

/* Prints one entry as a line. Pure but for the stream. */
void extract_line(FILE *out, enum extract_format format, const char *fabric,
                  const struct journal_entry *entry);
/* All entries from `since` (s since 1970) on. Returns the exit code. */
int extract_print(const struct proc *proc, enum extract_format format, int64_t since);

#endif
