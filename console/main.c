/*
 * tq-trellix-tie: the operator's command.
 *
 * Takes    the guide's arguments and a command (commands.c; `run` without one); the YAML
 *          configuration; the reports of the stages.
 * Gives    a summary on standard output (a table, with --json one object in its last line),
 *          progress and the stages' messages on standard error. `serve` gives a page and metrics
 *          over HTTP (console/web/).
 * Keeps    nothing. The stages keep what must be kept in connector.state_dir. A first run at a
 *          terminal writes the configuration, --cron a job for cron.
 * Security reads the configuration with its secrets to check it, uses none of them, and hands none
 *          on: stages read the file themselves. Core dumps are off. What stages print is shown
 *          without control characters. What root does for the connector of another user it does as
 *          that user (owner.h).
 * Exits    0 all is well, 1 something failed for good or a fabric was left for the next run, 2
 *          command line or configuration.
 */
#include "common/cleanup.h"
#include "common/config.h"
#include "common/proc.h"
#include "common/prompt.h"
#include "console/abspath.h"
#include "console/arguments.h"
#include "console/commands.h"
#include "console/cron.h"
#include "console/first_run.h"
#include "console/owner.h"
#include "console/tools.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const char example[] =
    "  threatq:\n"
    "    host: https://threatq.example.com\n"
    "    client_id: \"the OAuth id of User Management, API details\"\n"
    "    username: connector@example.com\n"
    "    password_file: /etc/tq_labs/password\n"
    "  fabrics:\n"
    "    - name: emea\n"
    "      dxl_config: /etc/pki/tls/certs/Trellix_dxl_certs/emea/dxlclient.config\n";

/* What the configuration may hold at the least, when nobody can be asked. */
static int explain(const char *file)
{
        fprintf(stderr,
                "tq-trellix-tie: there is no configuration %s. tq-trellix-tie -c %s at a terminal "
                "asks for what it needs and writes it; or write it by hand, or name another with "
                "-c. The least it holds:\n%s",
                file, file, example);
        return PROC_EXIT_CONFIG;
}

static int load_config(const char *path, struct config **ret)
{
        _cleanup_(freep) char *error = NULL;
        int r = config_load(path, ret, &error);

        if (r == 0)
                return 0;
        fprintf(stderr, "tq-trellix-tie: %s\n", error ? error : strerror(-r));
        return PROC_EXIT_CONFIG;
}

/* Also before the files are there. */
static bool same_file(const char *a, const char *b)
{
        struct stat sa, sb;

        return strcmp(a, b) == 0 || (stat(a, &sa) == 0 && stat(b, &sb) == 0 &&
                                     sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino);
}

/* Whether it is <folder>/<name>/dxlclient.config, or <folder>/dxlclient.config, as a single fabric
 * has it. */
static bool is_in(const char *dxl_config, const char *folder, const char *name)
{
        _cleanup_(freep) char *absolute = abspath(folder);
        char path[PATH_MAX];

        if (!absolute)
                return false;
        snprintf(path, sizeof(path), "%s/%s/dxlclient.config", absolute, name);
        if (same_file(path, dxl_config))
                return true;
        snprintf(path, sizeof(path), "%s/dxlclient.config", absolute);
        return same_file(path, dxl_config);
}

/* The guide's -dc: what it names must be what the configuration says. */
static int check_dxl_config_dir(const struct config *config, const struct console_options *options)
{
        int code = 0;

        for (size_t i = 0; options->dxl_config_dir && i < config->fabric_count; i++) {
                const struct config_fabric *f = &config->fabrics[i];

                if ((options->fabric && strcmp(options->fabric, f->name) != 0) ||
                    is_in(f->dxl_config, options->dxl_config_dir, f->name))
                        continue;
                fprintf(stderr,
                        "tq-trellix-tie: -dc means %s/%s/dxlclient.config for fabric %s, %s says "
                        "%s: write the one you mean as dxl_config there, or leave -dc out\n",
                        options->dxl_config_dir, f->name, f->name, config->path, f->dxl_config);
                code = PROC_EXIT_CONFIG;
        }
        return code;
}

static int check_options(const struct config *config, const struct console_options *options)
{
        if (options->fabric && !config_fabric(config, options->fabric)) {
                fprintf(stderr, "tq-trellix-tie: no fabric '%s' in %s; there are:", options->fabric,
                        config->path);
                for (size_t i = 0; i < config->fabric_count; i++)
                        fprintf(stderr, " %s", config->fabrics[i].name);
                fputc('\n', stderr);
                return PROC_EXIT_CONFIG;
        }
        return check_dxl_config_dir(config, options);
}

/* Before anything is asked or read. */
static int check_places(const struct console_options *options)
{
        struct stat st;

        if (options->log_dir && (stat(options->log_dir, &st) < 0 || !S_ISDIR(st.st_mode) ||
                                 access(options->log_dir, W_OK) < 0)) {
                fprintf(stderr,
                        "tq-trellix-tie: log folder %s: is no folder that can be written to; make "
                        "it, or leave -ll out\n",
                        options->log_dir);
                return PROC_EXIT_CONFIG;
        }
        return options->cron.text[0] ? cron_check(options) : 0;
}

/* Whether the command finds what it needs; 0 or the exit code, after it was said. */
static int find_tools(struct tools *tools)
{
        enum tool missing = TOOL_FETCHER;

        if (tools_find(NULL, tools, &missing) == 0)
                return 0;
        fprintf(stderr,
                "tq-trellix-tie: tie-%s is not in the folder of this program: install all programs "
                "into one folder\n",
                tool_name(missing));
        return PROC_EXIT_FAILED;
}

/* Makes a configuration with the person at the terminal. 0, or the exit code. */
static int make_config(const struct console_options *options, const char *file)
{
        struct tools tools;
        int code;

        if (!(options->command->needs & COMMAND_ASKS_CONFIG) || options->json || !prompt_there())
                return explain(file);
        code = find_tools(&tools);
        return code == 0 ? first_run(options, &tools) : code;
}

/* *made: there was none, and now there is. 0, or the exit code after it was said. */
static int get_config(const struct console_options *options, struct config **ret, bool *made)
{
        _cleanup_(freep) char *file = config_file(options->config);
        int code = 0;

        *made = access(file, F_OK) < 0 && errno == ENOENT;
        if (*made)
                code = make_config(options, file);
        if (code == 0)
                code = load_config(options->config, ret);
        return code == 0 ? check_options(*ret, options) : code;
}

/* 0, or the exit code after it was said. */
static int choose_user(const struct console_options *options)
{
        _cleanup_(freep) char *file = config_file(options->config);
        int r;

        if (!(options->command->needs & COMMAND_AS_OWNER) || options->cron.text[0])
                return 0;
        r = file ? owner_become(file) : -ENOMEM;
        if (r == 0)
                return 0;
        fprintf(stderr, "tq-trellix-tie: cannot go on as the owner of %s: %s\n", options->config,
                strerror(-r));
        return PROC_EXIT_FAILED;
}

static int run_command(const struct console_options *options)
{
        _cleanup_(config_freep) struct config *config = NULL;
        _cleanup_(freep) const char **fabrics = NULL;
        struct console console = {.options = options};
        struct tools tools;
        bool made = false;
        int code = choose_user(options);

        if (code != 0)
                return code;
        if (options->command->needs & COMMAND_NEEDS_CONFIG) {
                code = check_places(options);
                if (code == 0)
                        code = get_config(options, &config, &made);
                if (code != 0)
                        return code;
                fabrics = calloc(config->fabric_count, sizeof(*fabrics));
                if (!fabrics)
                        return PROC_EXIT_FAILED;
                for (size_t i = 0; i < config->fabric_count; i++) {
                        const char *name = config->fabrics[i].name;

                        if (!options->fabric || strcmp(options->fabric, name) == 0)
                                fabrics[console.fabric_count++] = name;
                }
                console.config = config;
                console.fabrics = fabrics;
        }
        if (options->cron.text[0])
                return cron_write(options, config);
        if (made)
                return PROC_EXIT_OK;
        if (options->command->needs & COMMAND_NEEDS_STAGES) {
                code = find_tools(&tools);
                if (code != 0)
                        return code;
                console.tools = &tools;
        }
        return options->command->run(&console);
}

int main(int argc, char **argv)
{
        struct console_options options;
        int code;

        prctl(PR_SET_DUMPABLE, 0);
        setrlimit(RLIMIT_CORE, &(struct rlimit){0});
        umask(077);
        if (arguments_parse(argc, argv, 0, &options) != 0)
                return PROC_EXIT_CONFIG;
        code = run_command(&options);
        arguments_done(&options);
        if (code != CONSOLE_AGAIN)
                return code;
        fprintf(stderr, "tq-trellix-tie: cannot start anew: %s\n",
                strerror(-proc_start_anew(argv)));
        return PROC_EXIT_FAILED;
}
