#include "console/check.h"

#include "common/proc.h"
#include "console/check_local.h"
#include "console/check_stages.h"
#include "console/paragraph.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

static const struct argp argp = {
    .doc =
        "\vEach line says ok, warning or FAILED, what was looked at and what it is, and after "
        "\"mend:\" what to do. It spends no quota and may be asked at any time, also while the "
        "service runs. A stage alone is asked by `tie-fetcher --check` and `tie-publisher --fabric "
        "NAME --check`.\n"
        "\n"
        "  tq-trellix-tie check -cn emea\n"
        "  tq-trellix-tie check --json | jq '.findings[] | select(.level == \"failed\")'\n"
        "\n"
        "Exit status: 0 nothing failed; 1 something did; 2 the command line or the configuration "
        "is wrong."};
const struct command_arguments check_arguments = {&argp, 1};

struct check {
        const struct console_options *options;
        const char *const *fabrics;
        size_t fabric_count;
        json_t *list; /* --json; else NULL */
        bool failed;
};

/* One line, for grep; on a terminal it is folded. */
static void say(const struct finding *f)
{
        _cleanup_(freep) char *line = NULL;
        int level =
            printf("%-8s", f->level == FINDING_FAILED ? "FAILED" : finding_level_name(f->level));

        if (asprintf(&line, "%s%s%s: %s%s%s", f->check, f->subject[0] ? " " : "", f->subject,
                     f->text, f->mend[0] ? " -- mend: " : "", f->mend) < 0)
                line = NULL;
        else if (isatty(STDOUT_FILENO))
                paragraph_go_on(stdout, (unsigned)level, (unsigned)level, line);
        else
                puts(line);
}

static void take(const struct finding *f, void *userdata)
{
        struct check *c = userdata;

        c->failed |= f->level == FINDING_FAILED;
        if (c->list) {
                json_array_append_new(c->list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "check",
                                                         f->check, "subject", f->subject, "level",
                                                         finding_level_name(f->level), "text",
                                                         f->text, "mend", f->mend));
                return;
        }
        say(f);
        fflush(stdout);
}

/* Prints the object; the exit code goes through. */
static int finish(struct check *c, int code)
{
        _cleanup_(freep) char *text = NULL;
        json_t *object;

        if (!c->list)
                return code;
        object = json_pack("{s:i, s:o}", "exit", code, "findings", c->list);
        text = object ? json_dumps(object, JSON_COMPACT) : NULL;
        json_decref(object);
        if (!text)
                return PROC_EXIT_FAILED;
        puts(text);
        return fflush(stdout) == 0 ? code : PROC_EXIT_FAILED;
}

/* One finding per fault of the file. */
static void tell_faults(struct check *c, char *faults)
{
        struct finding finding;
        char *rest = NULL;

        for (char *line = strtok_r(faults, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
                finding_set(&finding, "config", c->options->config, FINDING_FAILED,
                            "correct the file as the text says", "%s", line);
                take(&finding, c);
        }
}

static int load(struct check *c, struct config **ret)
{
        _cleanup_(freep) char *error = NULL;
        struct finding finding;
        int r = config_load(c->options->config, ret, &error);

        if (r < 0) {
                tell_faults(c, error);
                return PROC_EXIT_CONFIG;
        }
        if (c->options->fabric && !config_fabric(*ret, c->options->fabric)) {
                finding_set(&finding, "config", (*ret)->path, FINDING_FAILED,
                            "give -cn a name of the configuration", "no fabric has the name %s",
                            c->options->fabric);
                take(&finding, c);
                return PROC_EXIT_CONFIG;
        }
        finding_set(&finding, "config", (*ret)->path, FINDING_OK, NULL, "can be read; %zu fabric%s",
                    (*ret)->fabric_count, (*ret)->fabric_count == 1 ? "" : "s");
        take(&finding, c);
        return 0;
}

static const char **names(const struct config *config, const char *only, size_t *count)
{
        const char **list = calloc(config->fabric_count, sizeof(*list));

        *count = 0;
        for (size_t i = 0; list && i < config->fabric_count; i++) {
                if (!only || strcmp(only, config->fabrics[i].name) == 0)
                        list[(*count)++] = config->fabrics[i].name;
        }
        return list;
}

static int ask_stages(struct check *c, const struct console *console, const struct config *config)
{
        struct watch watch;
        struct check_stages stages = {
            .tools = console->tools,
            .config = config->path,
            .fabrics = c->fabrics,
            .fabric_count = c->fabric_count,
            .watch = &watch,
            .on_finding = take,
            .userdata = c,
        };
        int r = watch_init(&watch);

        if (r == 0)
                r = check_stages_ask(&stages);
        watch_done(&watch);
        if (r < 0)
                fprintf(stderr, "tq-trellix-tie: the check was not finished: %s\n",
                        r == -EINTR ? "interrupted" : strerror(-r));
        return r;
}

int check_main(const struct console *console)
{
        _cleanup_(config_freep) struct config *config = NULL;
        _cleanup_(freep) const char **fabrics = NULL;
        struct check c = {.options = console->options};
        int code;

        if (c.options->json && !(c.list = json_array()))
                return PROC_EXIT_FAILED;
        code = load(&c, &config);
        if (code != 0)
                return finish(&c, code);
        fabrics = names(config, c.options->fabric, &c.fabric_count);
        if (!fabrics)
                return PROC_EXIT_FAILED;
        c.fabrics = fabrics;
        check_local(config, c.options->log_dir, take, &c);
        if (ask_stages(&c, console, config) < 0)
                c.failed = true;
        return finish(&c, c.failed ? PROC_EXIT_FAILED : PROC_EXIT_OK);
}
