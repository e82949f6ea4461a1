/*
 * The configuration that the answers of a first run make. Pure.
 */
#ifndef TQ_CONSOLE_FIRST_TEXT_H
#define TQ_CONSOLE_FIRST_TEXT_H

#include <stddef.h>

struct first_fabric {
        char *name;
        char *dxl_config;
};

struct first_answers {
        char *host; /* "https://…" */
        char *client_id;
        char *username;
        char *password; /* goes into a file of its own */
        char *status;
        char *ca_file; /* NULL: the system's CAs */
        const struct first_fabric *fabrics;
        size_t fabric_count;
};

/* The YAML text, which names password_file; it holds no secret. The caller frees; NULL when memory
 * is out. */
char *first_text(const struct first_answers *answers, const char *password_file);

#endif
