/*
 * The files of the page as they lie in this folder, put into the program when it is built
 * (embed.py).
 */
#ifndef TQ_CONSOLE_FILES_H
#define TQ_CONSOLE_FILES_H

#include <stddef.h>

struct web_file {
        const char *name; /* "page.html" */
        const char *type; /* its Content-Type */
        const unsigned char *bytes;
        size_t len;
};

extern const struct web_file web_files[];
extern const size_t web_files_count;

#endif
