#include "console/abspath.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

char *abspath(const char *path)
{
        char folder[PATH_MAX], *made;

        if (*path == '/')
                return strdup(path);
        if (!getcwd(folder, sizeof(folder)) ||
            asprintf(&made, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, path) < 0)
                return NULL;
        return made;
}
