#include "common/trouble.h"

#include "common/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

enum { WARN_EVERY_MS = 1000, FILE_MAX = 8192 };

struct trouble {
        char *path;
        char *temporary; /* of this process alone: another may write the same file */
        pthread_mutex_t lock;
        int64_t written_at; /* boot ms; 0: nothing yet */
};

int trouble_open(const char *path, struct trouble **ret)
{
        struct trouble *t = calloc(1, sizeof(*t));

        if (!t)
                return -ENOMEM;
        pthread_mutex_init(&t->lock, NULL);
        t->path = strdup(path);
        if (!t->path || asprintf(&t->temporary, "%s.%d", path, (int)getpid()) < 0) {
                t->temporary = NULL;
                trouble_close(t);
                return -ENOMEM;
        }
        *ret = t;
        return 0;
}

void trouble_close(struct trouble *trouble)
{
        if (!trouble)
                return;
        pthread_mutex_destroy(&trouble->lock);
        free(trouble->path);
        free(trouble->temporary);
        free(trouble);
}

static void write_file(const struct trouble *t, const char *line)
{
        size_t len = strlen(line);
        int fd = open(t->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
        bool written;

        if (fd < 0)
                return;
        written = write(fd, line, len) == (ssize_t)len;
        if (close(fd) < 0 || !written || rename(t->temporary, t->path) < 0)
                unlink(t->temporary);
}

void trouble_note(enum log_level level, const char *line, void *trouble)
{
        struct trouble *t = trouble;
        int64_t now = clock_boot_ms();

        if (level > LOG_LEVEL_WARN)
                return;
        pthread_mutex_lock(&t->lock);
        if (level == LOG_LEVEL_ERROR || t->written_at == 0 ||
            now - t->written_at >= WARN_EVERY_MS) {
                write_file(t, line);
                t->written_at = now;
        }
        pthread_mutex_unlock(&t->lock);
}

/* The word at *p, which then points behind it and its blank. */
static struct text next_word(const char **p)
{
        struct text word = {*p, strcspn(*p, " \n")};

        *p += word.len;
        if (**p == ' ')
                (*p)++;
        return word;
}

bool trouble_parse(const char *line, struct trouble_line *ret)
{
        struct text at = next_word(&line), stage = next_word(&line), level = next_word(&line);
        struct trouble_line parsed = {.error = text_eq_str(level, "error")};
        int64_t s;

        if (!clock_parse_utc(at, &s) || stage.len == 0 ||
            (!parsed.error && !text_eq_str(level, "warn")))
                return false;
        clock_format_utc(s, parsed.at);
        text_copy((struct text){line, strcspn(line, "\n")}, parsed.text, sizeof(parsed.text));
        *ret = parsed;
        return true;
}

bool trouble_read(const char *path, struct trouble_line *ret)
{
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        char line[FILE_MAX + 1];
        ssize_t n = fd < 0 ? -1 : read(fd, line, FILE_MAX);

        if (n <= 0)
                return false;
        line[n] = '\0';
        return trouble_parse(line, ret);
}
