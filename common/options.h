/*
 * Two-letter short options (-ll, -cn …), which argp does not know: the argument list is rewritten
 * before argp sees it.
 */
#ifndef TQ_COMMON_OPTIONS_H
#define TQ_COMMON_OPTIONS_H

struct options_alias {
        const char *shorter; /* "-ll" */
        const char *longer;  /* "--loglocation" */
};

/* A copy of argv in which `-ll` is `--loglocation` and `-ll=X` is `--loglocation=X`, up to a "--".
 * aliases end with a NULL pair. What the copy points to is argv's or lives until the process ends.
 * Free it with free(). NULL when memory is out. */
char **options_expand(int argc, char **argv, const struct options_alias *aliases);

#endif
