#include "common/options.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_version(FILE *out, struct argp_state *state)
{
        (void)state;
        fprintf(out, "%s %s\n", program_invocation_short_name, TQ_VERSION);
}

void options_have_version(void)
{
        argp_program_version_hook = print_version;
}

static const struct options_alias *find(const char *arg, const struct options_alias *aliases)
{
        for (; aliases->shorter; aliases++) {
                size_t len = strlen(aliases->shorter);

                if (strncmp(arg, aliases->shorter, len) == 0 &&
                    (arg[len] == '\0' || arg[len] == '='))
                        return aliases;
        }
        return NULL;
}

/* argp keeps pointers into the arguments: what is made here is never freed, so nothing is made
 * where the alias itself will do. */
static char *replace(const char *arg, const struct options_alias *alias)
{
        const char *rest = arg + strlen(alias->shorter);
        union {
                const char *in;
                char *out; /* argv's type; nobody writes to it */
        } whole = {.in = alias->longer};
        char *made;

        if (*rest == '\0')
                return whole.out;
        return asprintf(&made, "%s%s", alias->longer, rest) < 0 ? NULL : made;
}

char **options_expand(int argc, char **argv, const struct options_alias *aliases)
{
        char **copy = calloc((size_t)argc + 1, sizeof(*copy));
        int i;

        if (!copy)
                return NULL;
        for (i = 0; i < argc && (i == 0 || strcmp(argv[i], "--") != 0); i++) {
                const struct options_alias *alias = i > 0 ? find(argv[i], aliases) : NULL;

                copy[i] = alias ? replace(argv[i], alias) : argv[i];
                if (!copy[i]) {
                        free(copy);
                        return NULL;
                }
        }
        for (; i < argc; i++)
                copy[i] = argv[i];
        return copy;
}
