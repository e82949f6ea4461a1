#include "console/first_trial.h"

#include "common/cleanup.h"
#include "console/check_stages.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { PATH_SIZE = 32 };

struct trial {
        enum first_verdict verdict;
        bool logged_in;
};

/* A file without a name, which a child process finds at `path`. */
static int hold(const char *content, char path[PATH_SIZE], int *ret)
{
        size_t len = strlen(content);
        /* Not closed on exec: the child is to read it. */
        _cleanup_(closep) int fd = memfd_create("tq-trellix-tie", 0);

        if (fd < 0 || fchmod(fd, 0600) < 0)
                return -errno;
        if (write(fd, content, len) != (ssize_t)len)
                return -EIO;
        snprintf(path, PATH_SIZE, "/proc/self/fd/%d", fd);
        *ret = fd;
        fd = -1;
        return 0;
}

static void take(const struct finding *f, void *userdata)
{
        struct trial *trial = userdata;

        if (strcmp(f->check, "threatq-login") == 0 && f->level == FINDING_OK) {
                trial->logged_in = true;
                trial->verdict = FIRST_GOOD;
        }
        if (strcmp(f->check, "threatq-certificate") == 0)
                trial->verdict = FIRST_UNTRUSTED;
        if (f->level == FINDING_OK)
                return;
        /* Before the log-in the mend is to answer again; afterwards it is what the text says. */
        fprintf(stderr, "%s%s%s\n", f->text, trial->logged_in ? " -- mend: " : "",
                trial->logged_in ? f->mend : "");
}

static int ask(const struct tools *tools, const char *host, const char *config, struct trial *trial)
{
        struct watch watch;
        const struct check_stages check = {
            .tools = tools,
            .config = config,
            .watch = &watch,
            .on_finding = take,
            .userdata = trial,
        };
        sigset_t before;
        int r;

        /* The questions that follow may be interrupted again. */
        sigprocmask(SIG_SETMASK, NULL, &before);
        r = watch_init(&watch);
        fprintf(stderr, "Logging in to %s ...\n", host);
        if (r == 0)
                r = check_stages_ask(&check);
        watch_done(&watch);
        sigprocmask(SIG_SETMASK, &before, NULL);
        return r;
}

int first_trial(const struct tools *tools, const struct first_answers *answers,
                enum first_verdict *ret)
{
        struct trial trial = {.verdict = FIRST_REFUSED};
        char password_path[PATH_SIZE], config_path[PATH_SIZE];
        _cleanup_(closep) int password = -1;
        _cleanup_(closep) int config = -1;
        _cleanup_(freep) char *text = NULL;
        int r = hold(answers->password, password_path, &password);

        if (r < 0)
                return r;
        text = first_text(answers, password_path);
        if (!text)
                return -ENOMEM;
        r = hold(text, config_path, &config);
        if (r == 0)
                r = ask(tools, answers->host, config_path, &trial);
        if (r == 0)
                *ret = trial.verdict;
        return r;
}
