#include "console/owner.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int owner_become(const char *config)
{
        const struct passwd *user;
        struct stat st;
        gid_t group;

        if (geteuid() != 0 || stat(config, &st) < 0 || st.st_uid == 0)
                return 0;
        user = getpwuid(st.st_uid);
        group = user ? user->pw_gid : st.st_gid;
        if ((user ? initgroups(user->pw_name, group) : setgroups(0, NULL)) < 0 ||
            setresgid(group, group, group) < 0 || setresuid(st.st_uid, st.st_uid, st.st_uid) < 0)
                return -errno;
        return 0;
}

char *owner_name(const char *config)
{
        struct stat st;
        const struct passwd *user = stat(config, &st) < 0 ? NULL : getpwuid(st.st_uid);

        return user && user->pw_uid != 0 ? strdup(user->pw_name) : NULL;
}
