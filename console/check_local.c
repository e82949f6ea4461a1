#include "console/check_local.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

enum {
        MEND_MAX = 1024,
        MIB_SHIFT = 20,
        FREE_FAILED_MIB = 100,
        FREE_WARNING_MIB = 1024,
};

void check_local_file(const char *path, struct finding *ret)
{
        static const char check[] = "config-file";
        char mend[MEND_MAX];
        struct stat st;

        if (stat(path, &st) < 0) {
                finding_set(ret, check, path, FINDING_FAILED, "name the configuration with -c",
                            "%s", strerror(errno));
        } else if (st.st_mode & (S_IWGRP | S_IWOTH)) {
                snprintf(mend, sizeof(mend), "chmod 600 %s", path);
                finding_set(ret, check, path, FINDING_WARNING, mend,
                            "others can change it (mode %04o)", (unsigned)st.st_mode & 07777);
        } else {
                finding_set(ret, check, path, FINDING_OK, NULL, "only its owner can change it");
        }
}

/* The folder itself, or the nearest one above it that there is. */
static void nearest(const char *path, char out[PATH_MAX])
{
        snprintf(out, PATH_MAX, "%s", path);
        while (access(out, F_OK) < 0) {
                char *slash = strrchr(out, '/');

                if (!slash) {
                        snprintf(out, PATH_MAX, ".");
                        return;
                }
                slash[slash == out] = '\0';
                if (slash == out)
                        return;
        }
}

/* The first thing in the folder that belongs to somebody else than the folder does: started once as
 * root, and as its own user later. */
static bool find_stranger(const char *path, uid_t owner, char out[NAME_MAX + 1])
{
        DIR *dir = opendir(path);
        const struct dirent *entry;
        bool found = false;

        while (dir && !found && (entry = readdir(dir))) {
                struct stat st;

                if (strcmp(entry->d_name, "..") == 0 ||
                    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;
                found = st.st_uid != owner;
                if (found)
                        snprintf(out, NAME_MAX + 1, "%s", entry->d_name);
        }
        if (dir)
                closedir(dir);
        return found;
}

static void check_missing(const char *check, const char *path, bool made, struct finding *ret)
{
        char above[PATH_MAX], mend[MEND_MAX];
        const struct passwd *user = getpwuid(geteuid());

        nearest(path, above);
        if (made && access(above, W_OK | X_OK) == 0) {
                finding_set(ret, check, path, FINDING_OK, NULL,
                            "is not there yet; the first start makes it");
                return;
        }
        snprintf(mend, sizeof(mend), "as root: install -d -m 700 -o %s %s",
                 user ? user->pw_name : "USER", path);
        finding_set(ret, check, path, FINDING_FAILED, mend, "is not there%s",
                    made ? ", and this user cannot make it" : "");
}

void check_local_folder(const char *check, const char *path, bool made, struct finding *ret)
{
        char mend[MEND_MAX], name[NAME_MAX + 1];
        const struct passwd *user = getpwuid(geteuid());
        struct stat st;

        if (stat(path, &st) < 0 && errno == ENOENT) {
                check_missing(check, path, made, ret);
        } else if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)) {
                finding_set(ret, check, path, FINDING_FAILED, "name a folder in the configuration",
                            "is no folder that can be looked at");
        } else if (access(path, R_OK | W_OK | X_OK) < 0) {
                snprintf(mend, sizeof(mend), "as root: chown -R %s %s; chmod 700 %s",
                         user ? user->pw_name : "USER", path, path);
                finding_set(ret, check, path, FINDING_FAILED, mend,
                            "cannot be written to by this user");
        } else if ((st.st_mode & S_IWOTH) && !(st.st_mode & S_ISVTX)) {
                snprintf(mend, sizeof(mend), "chmod o-w %s", path);
                finding_set(ret, check, path, FINDING_WARNING, mend,
                            "everybody can change what is in it (mode %04o)",
                            (unsigned)st.st_mode & 07777);
        } else if (made && find_stranger(path, st.st_uid, name)) {
                const struct passwd *owner = getpwuid(st.st_uid);

                snprintf(mend, sizeof(mend), "as root: chown -R %s %s",
                         owner ? owner->pw_name : "USER", path);
                finding_set(ret, check, path, FINDING_WARNING, mend,
                            "%s in it belongs to another user than the folder", name);
        } else {
                finding_set(ret, check, path, FINDING_OK, NULL, "can be written to");
        }
}

void check_local_disk(const char *path, uint64_t free_bytes, struct finding *ret)
{
        uint64_t mib = free_bytes >> MIB_SHIFT;
        enum finding_level level = mib < FREE_FAILED_MIB    ? FINDING_FAILED
                                   : mib < FREE_WARNING_MIB ? FINDING_WARNING
                                                            : FINDING_OK;

        finding_set(ret, "disk", path, level,
                    level == FINDING_OK ? NULL : "make room on this disk, or move the folder",
                    "%" PRIu64 " MiB free", mib);
}

static void check_disk(const char *path, struct finding *ret)
{
        char there[PATH_MAX];
        struct statvfs fs;

        nearest(path, there);
        if (statvfs(there, &fs) < 0)
                finding_set(ret, "disk", path, FINDING_WARNING, "look at the disk",
                            "the free space cannot be read: %s", strerror(errno));
        else
                check_local_disk(path, (uint64_t)fs.f_bavail * fs.f_frsize, ret);
}

static void check_clock(struct finding *ret)
{
        struct timex t = {0};

        if (adjtimex(&t) >= 0 && !(t.status & STA_UNSYNC))
                finding_set(ret, "clock", "", FINDING_OK, NULL,
                            "this machine's clock is kept right by NTP");
        else
                finding_set(ret, "clock", "", FINDING_WARNING,
                            "install chrony or systemd-timesyncd, unless the host of this "
                            "container has it",
                            "nothing seems to keep this machine's clock right");
}

void check_local(const struct config *config, const char *log_dir, check_fn on_finding,
                 void *userdata)
{
        struct finding finding;

        check_local_file(config->path, &finding);
        on_finding(&finding, userdata);
        check_local_folder("state-dir", config->state_dir, true, &finding);
        on_finding(&finding, userdata);
        check_local_folder("run-dir", config->run_dir, true, &finding);
        on_finding(&finding, userdata);
        if (log_dir) {
                check_local_folder("log-dir", log_dir, false, &finding);
                on_finding(&finding, userdata);
        }
        check_disk(config->state_dir, &finding);
        on_finding(&finding, userdata);
        check_clock(&finding);
        on_finding(&finding, userdata);
}
