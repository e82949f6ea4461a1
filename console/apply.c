#include "console/apply.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/proc.h"
#include "console/ask.h"
#include "console/tail.h"
#include "console/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
        CALL_MS = 120 * 1000, /* supervisorctl update waits for the stages that it stops */
        CALL_BYTES_MAX = 1 << 20,
        WORDS_MAX = 512, /* of one call: the stages of two configurations, each 3 + 64 at most */
};

/* One call of supervisorctl, its words and the texts made for it. */
struct call {
        char *argv[WORDS_MAX];
        size_t count, made;
        char *texts[WORDS_MAX];
};

static void add(struct call *call, const char *word)
{
        union {
                const char *in;
                char *out; /* as execv wants it; it changes nothing */
        } u = {.in = word};

        if (call->count < WORDS_MAX - 1)
                call->argv[call->count++] = u.out;
}

static int add_name(struct call *call, struct text name, const char *suffix)
{
        char *text;

        if (asprintf(&text, "%.*s%s", (int)name.len, name.ptr, suffix) < 0)
                return -ENOMEM;
        if (call->made == WORDS_MAX) {
                free(text);
                return -E2BIG;
        }
        call->texts[call->made++] = text;
        add(call, text);
        return 0;
}

static void begin(struct call *call, const struct apply *apply, const char *action)
{
        *call = (struct call){0};
        add(call, apply->supervisorctl);
        if (apply->supervisord_conf) {
                add(call, "-c");
                add(call, apply->supervisord_conf);
        }
        add(call, action);
}

static void end(struct call *call)
{
        while (call->made > 0)
                free(call->texts[--call->made]);
}

/* Its output, freed by the caller, and its exit code. 0, -EINTR, or -errno with a message. */
static int run(const struct call *call, char **output, int *code)
{
        _cleanup_(ask_freep) struct ask *ask = NULL;
        struct watch watch;
        int64_t until = clock_boot_ms() + CALL_MS;
        enum ask_state state = ASK_UNDER_WAY;
        size_t len;
        int r = watch_init(&watch);

        if (r == 0)
                r = ask_start(call->argv, watch.epoll, CALL_BYTES_MAX, until, &ask);
        while (r == 0 && watch.interrupts == 0) {
                state = ask_serve(ask, clock_boot_ms());
                if (state != ASK_UNDER_WAY)
                        break;
                r = watch_wait(&watch, until);
        }
        if (r == 0 && state == ASK_UNDER_WAY)
                r = -EINTR;
        if (r == 0 && state == ASK_BROKEN)
                r = -ETIMEDOUT;
        if (r == 0) {
                *code = ask_exit_code(ask);
                if (asprintf(output, "%s%s", ask_output(ask, &len), ask_errors(ask)) < 0) {
                        *output = NULL;
                        r = -ENOMEM;
                }
        }
        ask_free(ask);
        ask = NULL;
        watch_done(&watch);
        return r;
}

/* Exit code 1, after a word about supervisorctl's own. */
static int failed(const struct apply *apply, const char *action, int r, const char *output)
{
        fprintf(stderr,
                "tq-trellix-tie: supervisorctl %s did not do it: %s\n"
                "Look whether supervisord runs (`supervisorctl status`), whether its configuration "
                "includes %s, and whether this user may use its socket; %s is written, and it is "
                "safe to do `supervisor apply` again.\n",
                action, r < 0 ? strerror(-r) : tail_plain(output), apply->file, apply->file);
        return PROC_EXIT_FAILED;
}

static int do_call(const struct apply *apply, const struct call *call, const char *action,
                   char **output)
{
        int code = 0, r = run(call, output, &code);

        if (r == 0 && code == 0 && !strstr(*output, "ERROR") && !strstr(*output, "refused"))
                return 0;
        return failed(apply, action, r, *output ? *output : "");
}

/* Whether the file holds the text already. */
static bool is_written(const struct apply *apply)
{
        size_t len = strlen(apply->text);
        _cleanup_(freep) char *now = malloc(len + 1);
        FILE *file = now ? fopen(apply->file, "re") : NULL;
        bool same =
            file && fread(now, 1, len + 1, file) == len && memcmp(now, apply->text, len) == 0;

        if (file)
                fclose(file);
        return same;
}

static int write_new(const struct apply *apply)
{
        _cleanup_(freep) char *temporary = NULL;
        FILE *file;
        bool ok;

        if (asprintf(&temporary, "%s.new", apply->file) < 0) {
                temporary = NULL;
                return -ENOMEM;
        }
        file = fopen(temporary, "we");
        if (!file)
                return -errno;
        ok = fchmod(fileno(file), 0644) == 0 && fputs(apply->text, file) >= 0 &&
             fflush(file) == 0 && fsync(fileno(file)) == 0;
        ok = fclose(file) == 0 && ok;
        if (ok && rename(temporary, apply->file) == 0)
                return 0;
        unlink(temporary);
        return errno ? -errno : -EIO;
}

/* "NAME: available", "changed" or "disappeared", a line each, of `supervisorctl reread`. */
static bool next_news(const char **at, struct text *name, struct text *news)
{
        while (**at) {
                size_t len = strcspn(*at, "\n");
                struct text line = {*at, len};
                const char *colon = memchr(line.ptr, ':', len);

                *at += len + ((*at)[len] == '\n');
                if (!colon)
                        continue;
                *name = text_trim((struct text){line.ptr, (size_t)(colon - line.ptr)});
                *news = text_trim((struct text){colon + 1, len - (size_t)(colon + 1 - line.ptr)});
                return true;
        }
        return false;
}

/* What the reread says of this program; empty: nothing, it goes on. */
static struct text news_of(const char *reread, const char *wanted)
{
        struct text name, news;

        while (next_news(&reread, &name, &news)) {
                if (text_eq_str(name, wanted))
                        return news;
        }
        return (struct text){0};
}

struct tally {
        unsigned added, removed, changed, kept;
};

static int sort_stages(const struct apply *apply, const char *reread, struct call *update,
                       struct call *hup, struct tally *tally)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < apply->units->count; i++) {
                _cleanup_(freep) char *name = units_name(apply->units, &apply->units->all[i]);
                struct text news = news_of(reread, name ? name : "");

                if (!name)
                        return -ENOMEM;
                if (news.len == 0) {
                        tally->kept++;
                        r = add_name(hup, text_of(name), ":*");
                        continue;
                }
                *(text_eq_str(news, "changed") ? &tally->changed : &tally->added) += 1;
                printf("%-9s %s\n", text_eq_str(news, "changed") ? "changed" : "added", name);
                r = add_name(update, text_of(name), "");
        }
        return r;
}

/* Those of ours that are in no file any more. */
static int sort_gone(const struct apply *apply, const char *reread, struct call *update,
                     struct tally *tally)
{
        struct text name, news;
        size_t len = strlen(apply->units->prefix);
        int r = 0;

        while (r == 0 && next_news(&reread, &name, &news)) {
                if (!text_eq_str(news, "disappeared") || name.len <= len || name.ptr[len] != '-' ||
                    memcmp(name.ptr, apply->units->prefix, len) != 0)
                        continue;
                tally->removed++;
                printf("%-9s %.*s\n", "removed", (int)name.len, name.ptr);
                r = add_name(update, name, "");
        }
        return r;
}

/* A program that supervisord has stopped, or given up, has nobody to take the signal. */
static void ask_kept(const struct call *hup, const struct tally *tally)
{
        _cleanup_(freep) char *output = NULL;
        int code;

        if (tally->kept > 0 && run(hup, &output, &code) < 0)
                fputs("tq-trellix-tie: supervisorctl signal HUP gave no answer: send SIGHUP to the "
                      "stages by hand, or do `supervisor apply` again\n",
                      stderr);
}

static int update_and_ask(const struct apply *apply, const char *reread)
{
        struct call update, hup;
        struct tally tally = {0};
        _cleanup_(freep) char *updated = NULL;
        int code = PROC_EXIT_OK, r;

        begin(&update, apply, "update");
        begin(&hup, apply, "signal");
        add(&hup, "HUP");
        r = sort_stages(apply, reread, &update, &hup, &tally);
        if (r == 0)
                r = sort_gone(apply, reread, &update, &tally);
        fflush(stdout);
        if (r < 0)
                code = failed(apply, "update", r, "");
        /* Without a name it would be about everybody's programs. */
        else if (update.made > 0)
                code = do_call(apply, &update, "update", &updated);
        if (code == PROC_EXIT_OK) {
                ask_kept(&hup, &tally);
                printf("supervisord: %u added, %u removed, %u changed; %u go on, and take what is "
                       "new in the configuration\n",
                       tally.added, tally.removed, tally.changed, tally.kept);
        }
        end(&update);
        end(&hup);
        return code;
}

static int take_over(const struct apply *apply)
{
        struct call reread;
        _cleanup_(freep) char *said = NULL;
        int code;

        begin(&reread, apply, "reread");
        code = do_call(apply, &reread, "reread", &said);
        end(&reread);
        return code == PROC_EXIT_OK ? update_and_ask(apply, said) : code;
}

int apply_run(const struct apply *apply)
{
        int r = is_written(apply) ? 0 : write_new(apply);

        if (r == 0)
                return take_over(apply);
        fprintf(stderr,
                "tq-trellix-tie: cannot write %s: %s: nothing was changed; run it as the user "
                "whose file it is (root, as a rule), or name another with --file\n",
                apply->file, strerror(-r));
        return PROC_EXIT_FAILED;
}
