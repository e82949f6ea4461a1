/*
 * What argp is told on behalf of every program: two-letter short options (-ll, -cn …), which it
 * does not know, so that the argument list is rewritten before it looks; and --version.
 */
#ifndef TQ_COMMON_OPTIONS_H
#define TQ_COMMON_OPTIONS_H

/* Has argp know --version, which prints the program's name and the version of this build. */
void options_have_version(void);

struct options_alias {
        const char *shorter; /* "-ll" */
        const char *longer;  /* "--loglocation" */
};

/* A copy of argv in which `-ll` is `--loglocation` and `-ll=X` is `--loglocation=X`, up to a "--".
 * aliases end with a NULL pair. What the copy points to is argv's or lives until the process ends.
 * Free it with free(). NULL when memory is out. */
char **options_expand(int argc, char **argv, const struct options_alias *aliases);

#endif
