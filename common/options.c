#include "common/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

char **options_expand(int argc, char **argv, const struct options_alias *aliases)
{
        char **copy = calloc((size_t)argc + 1, sizeof(*copy));
        int i;

        if (!copy)
                return NULL;
        for (i = 0; i < argc && (i == 0 || strcmp(argv[i], "--") != 0); i++) {
                const struct options_alias *alias = i > 0 ? find(argv[i], aliases) : NULL;

                copy[i] = argv[i];
                /* argp keeps pointers into the arguments, so this string is never freed. */
                if (alias && asprintf(&copy[i], "%s%s", alias->longer,
                                      argv[i] + strlen(alias->shorter)) < 0) {
                        free(copy);
                        return NULL;
                }
        }
        for (; i < argc; i++)
                copy[i] = argv[i];
        return copy;
}
