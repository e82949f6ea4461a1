#include "console/first_run.h"

#include "common/cleanup.h"
#include "common/config.h"
#include "common/proc.h"
#include "common/proc_options.h"
#include "common/secret.h"
#include "console/abspath.h"
#include "console/first_ask.h"
#include "console/first_fabrics.h"
#include "console/first_trial.h"
#include "console/newfile.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

struct first {
        const struct console_options *options;
        char *folder; /* of the two files */
        char *config; /* their paths */
        char *password_file;
        char *dxl_folder;
        struct first_fabric *fabrics;
        struct first_answers answers;
};

static void first_done(struct first *first)
{
        free(first->folder);
        free(first->config);
        free(first->password_file);
        free(first->dxl_folder);
        first_fabrics_free(first->fabrics, first->answers.fabric_count);
        first_ask_done(&first->answers);
}

static int refuse(const char *path, const char *why)
{
        fprintf(stderr, "tq-trellix-tie: %s: %s\n", path, why);
        return PROC_EXIT_CONFIG;
}

/* ---- before the questions ---- */

/* "password" beside tq-trellix-tie.yaml, "NAME.password" beside another NAME.yaml. */
static int find_places(struct first *first)
{
        _cleanup_(freep) char *file = config_file(first->options->config);
        const char *slash, *name, *end;

        first->config = abspath(file);
        if (!first->config)
                return -ENOENT;
        slash = strrchr(first->config, '/');
        name = slash + 1;
        end = strrchr(name, '.');
        first->folder =
            strndup(first->config, slash > first->config ? (size_t)(slash - first->config) : 1);
        if (strcmp(name, "tq-trellix-tie.yaml") == 0)
                end = name;
        if (asprintf(&first->password_file, "%.*s%spassword",
                     (int)((end ? end : name + strlen(name)) - first->config), first->config,
                     end == name ? "" : ".") < 0)
                first->password_file = NULL;
        return first->folder && first->password_file ? 0 : -ENOMEM;
}

static int find_fabrics(struct first *first)
{
        const char *dxl = first->options->dxl_config_dir;

        first->dxl_folder = abspath(dxl ? dxl : FIRST_FABRICS_FOLDER);
        if (!first->dxl_folder)
                return -ENOENT;
        return first_fabrics_find(first->dxl_folder, first->options->fabric, &first->fabrics,
                                  &first->answers.fabric_count);
}

/* Whether the files can be written, so that nobody answers in vain. */
static int look(const struct first *first)
{
        const char *name = first->options->fabric;
        const char *fault = name ? config_name_fault(name) : NULL;
        struct stat st;

        if (fault)
                return refuse(name, fault);
        if (stat(first->folder, &st) < 0)
                return refuse(first->folder, errno == ENOENT
                                                 ? "there is no such folder: make it with mkdir -p"
                                                 : strerror(errno));
        if (!S_ISDIR(st.st_mode) || access(first->folder, W_OK | X_OK) < 0)
                return refuse(first->folder,
                              "no folder that can be written to: run this as its owner, or name "
                              "another place with -c");
        if (lstat(first->config, &st) == 0)
                return refuse(first->config, "it is a link that leads nowhere: remove it");
        if (lstat(first->password_file, &st) == 0)
                return refuse(first->password_file,
                              "it is there already, and would hold the password: move it away, or "
                              "name another place with -c");
        return 0;
}

/* ---- after the questions ---- */

static int refuse_write(const char *path, int r)
{
        return refuse(path, r == -EEXIST
                                ? "somebody else wrote it meanwhile: it stays, nothing was written"
                                : strerror(-r));
}

static int write_files(const struct first *first)
{
        _cleanup_(freep) char *text = first_text(&first->answers, first->password_file);
        _cleanup_(secret_wipep) char *secret = NULL;
        int r;

        if (!text || asprintf(&secret, "%s\n", first->answers.password) < 0) {
                secret = NULL;
                return refuse_write(first->config, -ENOMEM);
        }
        r = newfile_write(first->password_file, secret, 0600, false);
        if (r < 0)
                return refuse_write(first->password_file, r);
        r = newfile_write(first->config, text, 0600, false);
        if (r < 0) {
                unlink(first->password_file);
                return refuse_write(first->config, r);
        }
        return 0;
}

/* The arguments to find the configuration again. */
static void put_config(const struct first *first)
{
        if (strcmp(first->options->config, PROC_CONFIG_DEFAULT) != 0)
                printf(" -c %s", first->options->config);
}

static void say_provision(const struct first *first)
{
        for (size_t i = 0; i < first->answers.fabric_count; i++) {
                const struct first_fabric *f = &first->fabrics[i];

                if (access(f->dxl_config, F_OK) == 0)
                        continue;
                printf("  get the certificate of fabric %s from ePO:\n"
                       "    tq-trellix-tie-prov --epo-ip HOST --epo-login USER",
                       f->name);
                if (first->options->dxl_config_dir)
                        printf(" -dc %s", first->dxl_folder);
                if (first->options->fabric)
                        printf(" -cn %s", f->name);
                putchar('\n');
        }
}

static void say_next(const struct first *first)
{
        printf("Connector configured: %s, with the password in %s.\nNext:\n", first->config,
               first->password_file);
        printf("  say what is to be exported, and how much a day: selection, reputation and "
               "daily_limit in this file\n");
        say_provision(first);
        printf("  look whether all is well:\n    tq-trellix-tie check");
        put_config(first);
        printf("\n  run it:\n    tq-trellix-tie");
        put_config(first);
        if (!first->options->cron.text[0]) {
                printf("\n  have it run every two hours:\n    tq-trellix-tie");
                put_config(first);
                printf(" --cron \"0 */2 * * *\"");
        }
        putchar('\n');
}

/* ---- the questions ---- */

static int ask_until_good(struct first *first, const struct tools *tools)
{
        enum first_verdict verdict = FIRST_REFUSED;
        int r = first_ask(&first->answers);

        while (r == 0) {
                r = first_trial(tools, &first->answers, &verdict);
                if (r < 0 || verdict == FIRST_GOOD)
                        break;
                if (verdict == FIRST_UNTRUSTED)
                        r = first_ask_ca(&first->answers);
                else
                        r = first_ask(&first->answers);
        }
        return r;
}

int first_run(const struct console_options *options, const struct tools *tools)
{
        _cleanup_(first_done) struct first first = {.options = options};
        int r = find_places(&first);

        if (r == 0)
                r = find_fabrics(&first);
        if (r < 0)
                return refuse(options->config, strerror(-r));
        first.answers.fabrics = first.fabrics;
        r = look(&first);
        if (r != 0)
                return r;
        fprintf(stderr,
                "There is no configuration %s yet. It is made from five answers.\n"
                "Status is that of the objects it creates in ThreatQ (empty: Review).\n"
                "Ctrl-C or Ctrl-D ends this, and nothing is written.\n",
                first.config);
        r = ask_until_good(&first, tools);
        if (r < 0) {
                fprintf(stderr, "\ntq-trellix-tie: nothing was written: %s\n",
                        r == -ENODATA || r == -EINTR ? "it was ended" : strerror(-r));
                return PROC_EXIT_CONFIG;
        }
        r = write_files(&first);
        if (r == 0)
                say_next(&first);
        return r;
}
