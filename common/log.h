/*
 * One line per event on standard error or in a file:
 *   2026-05-01T10:00:00.123Z publisher[emea] info connected broker="{guid} host:8883"
 * Facts are key=value. Text that came from outside goes through LOG_Q, which quotes and escapes it.
 * Secrets are never given to the log. Libraries do not log: whoever can decide logs, once.
 */
#ifndef TQ_COMMON_LOG_H
#define TQ_COMMON_LOG_H

#include "common/cleanup.h"
#include "common/text.h"

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR = 0, LOG_LEVEL_WARN = 1, LOG_LEVEL_INFO = 2, LOG_LEVEL_DEBUG = 3 };

struct log;

/* The `path` that means standard output. */
#define LOG_STDOUT "stdout"

/* name: the stage, with the fabric in brackets. path: NULL for standard error, LOG_STDOUT, else a
 * file that is opened for appending (0640) and reopened by log_reopen. Verbosity 1 shows warnings
 * and errors, 2 also info, 3 also debug. 0 or -errno. */
int log_open(const char *name, const char *path, int verbosity, struct log **ret);
void log_close(struct log *log);
DEFINE_CLEANUP(struct log *, log_close);
int log_reopen(struct log *log);
/* Gives fn each line that is written from now on, with its newline; it may be called from several
 * threads at once, and must not log. Before any other thread logs. */
typedef void (*log_fn)(enum log_level level, const char *line, void *userdata);
void log_listen(struct log *log, log_fn fn, void *userdata);
/* Whether a line of this level would be written. */
bool log_wants(const struct log *log, enum log_level level);
/* Safe from several threads: a line is one write. Control bytes in the text become \xNN. A NULL log
 * writes nothing. */
void log_write(struct log *log, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(log, ...) log_write(log, LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(log, ...) log_write(log, LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(log, ...) log_write(log, LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(log, ...) log_write(log, LOG_LEVEL_DEBUG, __VA_ARGS__)

/* Foreign text in quotes, escaped, cut at 200 bytes with "…". Returns out. */
enum { LOG_QUOTED_MAX = 1024 };
const char *log_quote(struct text t, char out[LOG_QUOTED_MAX]);
#define LOG_Q(t) log_quote((t), (char[LOG_QUOTED_MAX]){0})

#endif
