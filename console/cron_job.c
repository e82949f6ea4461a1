#include "console/cron_job.h"

#include "common/cleanup.h"
#include "common/text.h"
#include "console/cron_time.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Of Debian's cron: MAX_COMMAND. */
enum { COMMAND_MAX = 999 };

static const char program[] = "tq-trellix-tie";

/* ---- the command ---- */

static bool plain(const char *word)
{
        static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789-_./=:,@+";

        return *word && word[strspn(word, good)] == '\0';
}

/* The shell takes what is in single quotes as it is; cron takes an unescaped % for a line break,
 * and takes the backslash away before the shell looks. */
static void put_word(FILE *out, const char *word)
{
        bool quote = !plain(word);

        if (quote)
                fputc('\'', out);
        for (; *word; word++) {
                if (*word == '\'')
                        fputs("'\\''", out);
                else if (*word == '%')
                        fputs("\\%", out);
                else
                        fputc(*word, out);
        }
        if (quote)
                fputc('\'', out);
}

char *cron_job_command(const char *const words[], size_t count)
{
        char *command = NULL;
        size_t size;
        FILE *out;

        for (size_t i = 0; i < count; i++) {
                for (const char *c = words[i]; *c; c++) {
                        if (iscntrl((unsigned char)*c) || strncmp(c, "\\%", 2) == 0)
                                return NULL;
                }
        }
        out = open_memstream(&command, &size);
        if (!out)
                return NULL;
        for (size_t i = 0; i < count; i++) {
                if (i > 0)
                        fputc(' ', out);
                put_word(out, words[i]);
        }
        if (fclose(out) != 0) {
                free(command);
                return NULL;
        }
        return command;
}

/* ---- the line ---- */

/* A line of the file as a job. */
struct line {
        bool enabled;
        struct text user;
        struct text before;  /* what stands before the program: "nice ", or "" */
        struct text command; /* from the program on */
};

static struct text take_word(struct text *t)
{
        struct text word;

        while (t->len > 0 && isblank((unsigned char)*t->ptr))
                *t = (struct text){t->ptr + 1, t->len - 1};
        word = (struct text){t->ptr, 0};
        while (word.len < t->len && !isblank((unsigned char)t->ptr[word.len]))
                word.len++;
        *t = (struct text){t->ptr + word.len, t->len - word.len};
        return word;
}

/* Whether it is a schedule; takes it. One that is switched on may be any five words: cron judges
 * it. */
static bool take_schedule(struct text *t, bool enabled)
{
        char fault[CRON_TIME_FAULT_MAX], copy[CRON_TIME_MAX];
        struct cron_time ignored;
        struct text rest = *t, word = take_word(&rest);
        const char *from = word.ptr;

        for (int i = 1; i < 5 && word.len > 0 && *from != '@'; i++)
                word = take_word(&rest);
        if (word.len == 0)
                return false;
        *t = rest;
        return enabled || (text_copy((struct text){from, (size_t)(word.ptr + word.len - from)},
                                     copy, sizeof(copy)) &&
                           cron_time_parse(copy, &ignored, fault));
}

static bool is_program(struct text word)
{
        const size_t len = sizeof(program) - 1;

        if (word.len > 0 && word.ptr[word.len - 1] == '\'')
                word.len--;
        if (word.len < len || memcmp(word.ptr + word.len - len, program, len) != 0)
                return false;
        word.len -= len;
        return word.len == 0 || word.ptr[word.len - 1] == '/' || word.ptr[word.len - 1] == '\'';
}

/* Whether the line is a job of ours. */
static bool read_line(struct text t, struct line *ret)
{
        struct text word;
        const char *from;

        t = text_trim(t);
        ret->enabled = t.len > 0 && *t.ptr != '#';
        while (t.len > 0 && (*t.ptr == '#' || isblank((unsigned char)*t.ptr)))
                t = (struct text){t.ptr + 1, t.len - 1};
        if (!take_schedule(&t, ret->enabled))
                return false;
        ret->user = take_word(&t);
        t = text_trim(t);
        from = t.ptr;
        while ((word = take_word(&t)).len > 0) {
                /* In quotes a path may hold blanks: the command begins where the quote does. */
                const char *quote = memchr(from, '\'', (size_t)(word.ptr + 1 - from));

                if (is_program(word)) {
                        const char *begin = quote ? quote : word.ptr;

                        ret->before = (struct text){from, (size_t)(begin - from)};
                        ret->command = (struct text){begin, (size_t)(t.ptr + t.len - begin)};
                        return true;
                }
        }
        return false;
}

/* The name that -cn gives in the command, as cron_job_command wrote it; "": none. */
static struct text fabric_of(struct text command)
{
        struct text word;

        while ((word = take_word(&command)).len > 0) {
                if (text_eq_str(word, "-cn"))
                        return take_word(&command);
        }
        return (struct text){NULL, 0};
}

static void put_line(FILE *out, const struct cron_job *job, const struct line *old)
{
        size_t len = strlen(job->command);
        struct text tail = {NULL, 0};

        if (old && old->command.len > len && memcmp(old->command.ptr, job->command, len) == 0 &&
            isblank((unsigned char)old->command.ptr[len]))
                tail = (struct text){old->command.ptr + len, old->command.len - len};
        if (!old || !old->enabled)
                fputc('#', out);
        if (old)
                fprintf(out, "%s %.*s %.*s%s%.*s\n", job->schedule, (int)old->user.len,
                        old->user.ptr, (int)old->before.len, old->before.ptr, job->command,
                        (int)tail.len, tail.len ? tail.ptr : "");
        else
                fprintf(out, "%s %s %s\n", job->schedule, job->user, job->command);
}

/* ---- the file ---- */

static struct text take_line(struct text *t)
{
        const char *end = memchr(t->ptr, '\n', t->len);
        struct text line = {t->ptr, end ? (size_t)(end - t->ptr) : t->len};
        size_t taken = line.len + (end ? 1 : 0);

        *t = (struct text){t->ptr + taken, t->len - taken};
        return line;
}

/* The number of the line that is to be replaced, from 1; 0: none is ours. */
static int find(const char *old, const struct cron_job *job, size_t *ret)
{
        struct text rest = text_of(old);
        size_t on = 0, off = 0;
        struct line line;

        for (size_t i = 1; rest.len > 0; i++) {
                if (!read_line(take_line(&rest), &line))
                        continue;
                if (!text_eq_str(fabric_of(line.command), job->fabric ? job->fabric : ""))
                        return CRON_JOB_E_OTHER;
                if (on && line.enabled)
                        return CRON_JOB_E_TWO;
                if (line.enabled)
                        on = i;
                else if (!off)
                        off = i;
        }
        *ret = on ? on : off;
        return 0;
}

int cron_job_edit(const char *old, const struct cron_job *job, char **ret, bool *enabled)
{
        struct text rest = text_of(old);
        struct line line = {.enabled = false};
        size_t ours = 0, size;
        char *text = NULL;
        FILE *out;
        int r;

        if (strlen(job->command) > COMMAND_MAX)
                return CRON_JOB_E_LONG;
        r = find(old, job, &ours);
        if (r != 0)
                return r;
        out = open_memstream(&text, &size);
        if (!out)
                return -ENOMEM;
        if (!ours)
                put_line(out, job, NULL);
        for (size_t i = 1; rest.len > 0; i++) {
                struct text whole = take_line(&rest);

                if (i == ours && read_line(whole, &line))
                        put_line(out, job, &line);
                else
                        fprintf(out, "%.*s\n", (int)whole.len, whole.ptr);
        }
        if (fclose(out) != 0) {
                free(text);
                return -ENOMEM;
        }
        *ret = text;
        *enabled = ours != 0 && line.enabled;
        return 0;
}
