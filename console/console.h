/*
 * What every command of the console works with.
 */
#ifndef TQ_CONSOLE_CONSOLE_H
#define TQ_CONSOLE_CONSOLE_H

#include "common/config.h"
#include "console/arguments.h"
#include "console/tools.h"

#include <stddef.h>

struct console {
        const struct console_options *options;
        const struct config *config; /* NULL unless the command needs it (commands.h) */
        const struct tools *tools;   /* likewise */
        const char *const *fabrics;  /* the names that the command is about: all, or that of -cn */
        size_t fabric_count;
};

/* A command returns it in place of an exit code: the program is to start anew, as it was started.
 */
enum { CONSOLE_AGAIN = -1 };

#endif
