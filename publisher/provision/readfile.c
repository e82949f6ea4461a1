#include "publisher/provision/readfile.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static void wipe(char *text, size_t len)
{
        explicit_bzero(text, len);
        free(text);
}

static int read_fd(int fd, char **ret)
{
        char *text = malloc(READFILE_MAX + 1);
        size_t len = 0;
        ssize_t n = 1;

        if (!text)
                return -ENOMEM;
        while (n > 0 && len <= READFILE_MAX) {
                n = read(fd, text + len, READFILE_MAX + 1 - len);
                len += n > 0 ? (size_t)n : 0;
        }
        if (n < 0 || len > READFILE_MAX || memchr(text, '\0', len)) {
                int r = n < 0 ? -errno : -EFBIG;

                wipe(text, len);
                return r;
        }
        text[len] = '\0';
        *ret = text;
        return 0;
}

static int read_file(const char *path, const char *what, bool secret, char **ret,
                     struct failure *why)
{
        /* Not blocking: the path may name a FIFO. */
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        struct stat st;
        int r;

        if (fd < 0 || fstat(fd, &st) < 0)
                return failure_set(why, -errno, "cannot open %s %s: %s", what, path,
                                   strerror(errno));
        if (!S_ISREG(st.st_mode))
                return failure_set(why, -EINVAL, "%s %s is no file: name a file", what, path);
        if (secret && (st.st_mode & (S_IRWXG | S_IRWXO)))
                return failure_set(why, -EPERM,
                                   "%s %s can be read or changed by others (mode %04o): chmod 600 "
                                   "%s",
                                   what, path, st.st_mode & 07777, path);
        r = read_fd(fd, ret);
        if (r == -EFBIG)
                return failure_set(why, r, "%s %s is no text file of at most 1 MiB", what, path);
        if (r < 0)
                return failure_set(why, r, "cannot read %s %s: %s", what, path, strerror(-r));
        return 0;
}

int readfile_text(const char *path, const char *what, char **ret, struct failure *why)
{
        return read_file(path, what, false, ret, why);
}

int readfile_secret(const char *path, const char *what, char **ret, struct failure *why)
{
        char *text = NULL;
        size_t len;
        int r = read_file(path, what, true, &text, why);

        if (!text)
                return r;
        len = strcspn(text, "\r\n");
        if (len == 0 || text[len + strspn(text + len, "\r\n")] != '\0') {
                wipe(text, strlen(text));
                return failure_set(why, -EINVAL,
                                   "%s %s is empty or has more than one line: write the secret "
                                   "alone into it",
                                   what, path);
        }
        text[len] = '\0';
        *ret = text;
        return 0;
}
