#include "console/cron.h"

#include "common/cleanup.h"
#include "common/proc.h"
#include "console/abspath.h"
#include "console/cron_job.h"
#include "console/newfile.h"
#include "console/run_options.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MAX = 64 << 10, WORDS_MAX = 16 };

static char *path_of(const struct console_options *options)
{
        const char *fabric = options->fabric;
        char *path;

        if (asprintf(&path, "%s/tq-trellix-tie%s%s", options->cron_folder, fabric ? "-" : "",
                     fabric ? fabric : "") < 0)
                return NULL;
        /* cron passes over files with a dot in their names. */
        for (char *c = path + strlen(path) - (fabric ? strlen(fabric) : 0); *c; c++) {
                if (*c == '.')
                        *c = '_';
        }
        return path;
}

/* ---- the command ---- */

struct words {
        const char *word[WORDS_MAX];
        size_t count;
        char *made[WORDS_MAX];
        size_t made_count;
};

static void words_done(struct words *words)
{
        for (size_t i = 0; i < words->made_count; i++)
                free(words->made[i]);
}

static void add(struct words *words, const char *word)
{
        words->word[words->count++] = word;
}

static bool add_path(struct words *words, const char *option, const char *path)
{
        char *made = abspath(path);

        if (!made)
                return false;
        words->made[words->made_count++] = made;
        add(words, option);
        add(words, made);
        return true;
}

static char *command_of(const struct console_options *options)
{
        static const char *const verbosity[] = {"-v1", "-v2", "-v3"};
        const struct run_options *run = options->own; /* --cron goes with run alone */
        _cleanup_(words_done) struct words words = {.count = 0};
        char own[PATH_MAX];
        ssize_t len = readlink("/proc/self/exe", own, sizeof(own) - 1);
        bool good = len > 0;

        own[good ? len : 0] = '\0';
        add(&words, own);
        good = good && add_path(&words, "-c", options->config);
        if (options->fabric) {
                add(&words, "-cn");
                add(&words, options->fabric);
        }
        if (options->log_dir)
                good = good && add_path(&words, "-ll", options->log_dir);
        add(&words, verbosity[options->verbosity - 1]);
        if (options->cache)
                good = good && add_path(&words, "-x", options->cache);
        if (options->dxl_config_dir)
                good = good && add_path(&words, "-dc", options->dxl_config_dir);
        if (options->json)
                add(&words, "--json");
        if (run && run->dry_run) {
                add(&words, "run");
                add(&words, "--dry-run");
        }
        return good ? cron_job_command(words.word, words.count) : NULL;
}

/* ---- the file ---- */

/* What stands there; *ret NULL: nothing. 0, or the exit code after it said why. */
static int read_old(const char *path, char **ret)
{
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        _cleanup_(freep) char *text = calloc(1, FILE_MAX + 1);
        const char *why = NULL;
        struct stat st;
        ssize_t len = 0;

        if (fd < 0 && errno == ENOENT)
                return 0;
        if (!text || (fd < 0 && errno != ELOOP) || (fd >= 0 && fstat(fd, &st) < 0))
                why = strerror(errno);
        else if (fd < 0 || !S_ISREG(st.st_mode))
                why = "it is no file, but a link or a folder";
        else if ((len = read(fd, text, FILE_MAX + 1)) < 0)
                why = strerror(errno);
        else if (len > FILE_MAX || memchr(text, '\0', (size_t)len))
                why = "it is no file of cron jobs";
        if (why) {
                fprintf(stderr,
                        "tq-trellix-tie: --cron: %s is left as it is: %s: move it away, and run "
                        "this again\n",
                        path, why);
                return PROC_EXIT_FAILED;
        }
        *ret = text;
        text = NULL;
        return 0;
}

static int refuse_folder(const struct console_options *options, int error)
{
        _cleanup_(freep) char *command = command_of(options);

        fprintf(stderr, "tq-trellix-tie: --cron: cannot write in %s: %s: %s", options->cron_folder,
                strerror(error), error == ENOENT ? "install cron" : "run this as root");
        if (command)
                fprintf(stderr,
                        ", or put this line into the crontab of the user it is to run as (crontab "
                        "-e):\n%s %s",
                        options->cron.text, command);
        fputc('\n', stderr);
        return PROC_EXIT_FAILED;
}

int cron_check(const struct console_options *options)
{
        _cleanup_(freep) char *path = path_of(options);
        _cleanup_(freep) char *old = NULL;

        if (!path)
                return PROC_EXIT_FAILED;
        if (access(options->cron_folder, W_OK | X_OK) < 0)
                return refuse_folder(options, errno);
        return read_old(path, &old);
}

static int refuse_edit(const char *path, int r, const char *command)
{
        static const char left[] = "tq-trellix-tie: --cron: %s is left as it is: ";

        if (r == CRON_JOB_E_LONG) {
                fprintf(stderr,
                        "tq-trellix-tie: --cron: the command has %zu characters, cron takes 999: "
                        "use shorter paths\n",
                        strlen(command));
                return PROC_EXIT_FAILED;
        }
        fprintf(stderr, left, path);
        if (r == CRON_JOB_E_TWO)
                fputs("two lines of it run tq-trellix-tie: remove one, and run this again\n",
                      stderr);
        else if (r == CRON_JOB_E_OTHER)
                fputs("its job has another -cn: give the same here, or move the file away\n",
                      stderr);
        else
                fprintf(stderr, "%s\n", strerror(-r));
        return PROC_EXIT_FAILED;
}

static void say(const struct console_options *options, const char *path, const char *line,
                bool enabled)
{
        printf("%s:\n%.*s\n", path, (int)strcspn(line, "\n"), line);
        if (enabled)
                printf("The job is switched on, and stays so.\n");
        else
                printf("The job is commented out: remove the # at the beginning of the line to "
                       "switch it on.\n");
        if (options->cron.often)
                printf("This is more than once an hour, which ThreatQ's guide advises against.\n");
}

static int edit(const struct console_options *options, const char *path, const char *user)
{
        _cleanup_(freep) char *command = command_of(options);
        _cleanup_(freep) char *old = NULL;
        _cleanup_(freep) char *text = NULL;
        struct cron_job job = {options->cron.text, user, command, options->fabric};
        const char *line;
        bool enabled;
        int r;

        if (!command) {
                fprintf(stderr, "tq-trellix-tie: --cron: a path on this command line cannot stand "
                                "in a cron job: use one without control characters and \"\\%%\"\n");
                return PROC_EXIT_FAILED;
        }
        r = read_old(path, &old);
        if (r != 0)
                return r;
        r = cron_job_edit(old, &job, &text, &enabled);
        if (r != 0)
                return refuse_edit(path, r, command);
        r = newfile_write(path, text, 0644, true);
        if (r < 0) {
                fprintf(stderr, "tq-trellix-tie: --cron: cannot write %s: %s\n", path,
                        strerror(-r));
                return PROC_EXIT_FAILED;
        }
        line = strstr(text, command);
        while (line > text && line[-1] != '\n')
                line--;
        say(options, path, line, enabled);
        return PROC_EXIT_OK;
}

int cron_write(const struct console_options *options, const struct config *config)
{
        _cleanup_(freep) char *path = path_of(options);
        const struct passwd *user;
        struct stat st;

        if (!path || stat(config->path, &st) < 0)
                return PROC_EXIT_FAILED;
        user = getpwuid(st.st_uid);
        if (!user) {
                fprintf(stderr,
                        "tq-trellix-tie: --cron: %s belongs to nobody whom this machine knows (uid "
                        "%u), and the job is to run as its owner: chown it\n",
                        config->path, (unsigned)st.st_uid);
                return PROC_EXIT_FAILED;
        }
        return edit(options, path, user->pw_name);
}
