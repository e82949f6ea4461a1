#include "common/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

void secret_wipe(char *secret)
{
        if (!secret)
                return;
        explicit_bzero(secret, strlen(secret));
        free(secret);
}

/* Reads at most size bytes of a file that is fit to hold a secret; -1 with the fault when it is
 * none. */
static ssize_t read_file(const char *file, char *buffer, size_t size, char *fault)
{
        /* Not blocking: the path may name a FIFO. */
        _cleanup_(closep) int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        struct stat st;
        ssize_t len = -1;

        if (fd < 0 || fstat(fd, &st) < 0)
                snprintf(fault, SECRET_FAULT_MAX,
                         "cannot open %s: %s: make it a file that this user can read", file,
                         strerror(errno));
        else if (!S_ISREG(st.st_mode))
                snprintf(fault, SECRET_FAULT_MAX, "%s is not a file: name a file", file);
        else if (st.st_mode & (S_IRWXG | S_IRWXO))
                snprintf(fault, SECRET_FAULT_MAX,
                         "%s can be read or changed by others (mode %04o): chmod 600 %s", file,
                         st.st_mode & 07777, file);
        else if ((len = read(fd, buffer, size)) < 0)
                snprintf(fault, SECRET_FAULT_MAX, "cannot read %s: %s", file, strerror(errno));
        return len;
}

char *secret_read(const char *file, char fault[SECRET_FAULT_MAX])
{
        char buffer[SECRET_MAX + 2] = "";
        char *secret = NULL;
        ssize_t len = read_file(file, buffer, sizeof(buffer), fault);

        if (len < 0)
                return NULL;
        if (len > 0 && buffer[len - 1] == '\n')
                len--;
        if (len > 0 && buffer[len - 1] == '\r')
                len--;
        if (len == 0 || len > SECRET_MAX)
                snprintf(fault, SECRET_FAULT_MAX, "%s is %s: write the secret alone into it", file,
                         len ? "too long" : "empty");
        else if (memchr(buffer, '\n', (size_t)len) || memchr(buffer, '\0', (size_t)len))
                snprintf(fault, SECRET_FAULT_MAX,
                         "%s has more than one line: write the secret alone into it", file);
        else
                secret = strndup(buffer, (size_t)len);
        explicit_bzero(buffer, sizeof(buffer));
        return secret;
}
