#include "common/config_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { OTHERS = S_IRWXG | S_IRWXO };

void config_wipe(char *secret)
{
        if (!secret)
                return;
        explicit_bzero(secret, strlen(secret));
        free(secret);
}

/* Reads the whole file of a secret. NULL and a fault when it is not fit to hold one. */
static char *read_secret(struct config_check *check, const char *path, const char *file)
{
        /* Not blocking: the path may name a FIFO. */
        _cleanup_(closep) int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        char buffer[CONFIG_SCALAR_MAX + 2] = "";
        struct stat st;
        char *secret = NULL;
        ssize_t len = -1;

        if (fd < 0 || fstat(fd, &st) < 0)
                config_fault(check, path,
                             "cannot open %s: %s: make it a file that this user can read", file,
                             strerror(errno));
        else if (!S_ISREG(st.st_mode))
                config_fault(check, path, "%s is not a file: name a file", file);
        else if (st.st_mode & OTHERS)
                config_fault(check, path,
                             "%s can be read or changed by others (mode %04o): chmod 600 %s", file,
                             st.st_mode & 07777, file);
        else if ((len = read(fd, buffer, sizeof buffer)) < 0)
                config_fault(check, path, "cannot read %s: %s", file, strerror(errno));
        if (len < 0)
                return NULL;

        if (len > 0 && buffer[len - 1] == '\n')
                len--;
        if (len > 0 && buffer[len - 1] == '\r')
                len--;
        if (len == 0 || len > CONFIG_SCALAR_MAX)
                config_fault(check, path, "%s is %s: write the secret alone into it", file,
                             len ? "too long" : "empty");
        else if (memchr(buffer, '\n', (size_t)len) || memchr(buffer, '\0', (size_t)len))
                config_fault(check, path,
                             "%s has more than one line: write the secret alone into it", file);
        else
                secret = strndup(buffer, (size_t)len);
        explicit_bzero(buffer, sizeof buffer);
        return secret;
}

char *config_secret(struct config_check *check, const char *name, const char *inline_value,
                    const char *file, const char *environment)
{
        struct config_at path = config_at("threatq.%s", name);
        struct config_at file_path = config_at("threatq.%s_file", name);
        const char *value;

        if (inline_value && (check->mode & OTHERS))
                config_fault(check, path.path,
                             "a secret in a file that others can read or change (mode %04o): "
                             "chmod 600 %s",
                             check->mode & 07777, check->file);
        if (inline_value && file)
                config_fault(check, file_path.path, "%s is given too: remove one of the two", name);
        if (inline_value)
                return config_dup(inline_value);
        if (file)
                return read_secret(check, file_path.path, file);
        value = getenv(environment);
        return value && *value ? config_dup(value) : NULL;
}
