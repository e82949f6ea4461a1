#include "console/explain_command.h"

#include "common/clock.h"
#include "common/proc.h"
#include "console/explain.h"
#include "console/paragraph.h"
#include "console/watch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct explain_words {
        const char *about;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
        struct explain_words *own = state->input;

        switch (key) {
        case ARGP_KEY_ARG:
                if (own->about)
                        argp_error(state, "'%s' is too much: one hash or one id at a time", arg);
                else if (!explain_is_question(arg))
                        argp_error(state,
                                   "'%s' is neither an indicator's id nor an MD5, SHA-1 or SHA-256 "
                                   "in hex",
                                   arg);
                own->about = arg;
                return 0;
        case ARGP_KEY_END:
                if (!own->about)
                        argp_error(state, "explain what? Name a hash, or an indicator's id");
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "HASH|INDICATOR_ID",
    .doc =
        "\vAn MD5, SHA-1 or SHA-256 in hex, or the number that ThreatQ gives the indicator. For "
        "each fabric (-cn NAME: for one) it tells what the last sweep made of the indicator and "
        "which filter or rule decided, its place in the queue, what TIE was told and when, what it "
        "answered, whether ThreatQ has the outcome, and what the next sweep would do.\n"
        "\n"
        "  tq-trellix-tie explain 44d88612fea8a8f36de82e1278abb02f\n"
        "  tq-trellix-tie explain 20417 --json | jq .fabrics.emea\n"
        "\n"
        "Exit codes: 0 told; 1 a fabric gave no answer; 2 the command line or the configuration is "
        "wrong."};
const struct command_arguments explain_arguments = {&argp, sizeof(struct explain_words)};

static void print_head(const json_t *indicator)
{
        const json_t *hash = json_object_get(indicator, "hash");
        const json_t *id = json_object_get(indicator, "id");

        if (json_is_integer(id))
                printf("  indicator %" JSON_INTEGER_FORMAT "\n", json_integer_value(id));
        if (json_is_object(hash))
                printf("  %s %s\n", json_string_value(json_object_get(hash, "type")),
                       json_string_value(json_object_get(hash, "value")));
}

static void print_fabric(const char *name, const json_t *fabric)
{
        const json_t *indicators = json_object_get(fabric, "indicators");
        const char *error = json_string_value(json_object_get(fabric, "error"));

        printf("%s", name);
        if (error) {
                printf(": no answer\n");
                paragraph_print(stdout, 2, error);
                return;
        }
        printf(" (publisher %s)\n",
               json_integer_value(json_object_get(fabric, "pid")) > 0 ? "running" : "stopped");
        for (size_t i = 0; i < json_array_size(indicators); i++) {
                const json_t *indicator = json_array_get(indicators, i);
                const json_t *story = json_object_get(indicator, "story");

                print_head(indicator);
                for (size_t k = 0; k < json_array_size(story); k++)
                        paragraph_print(stdout, 4, json_string_value(json_array_get(story, k)));
        }
}

static int print(const struct console *console, const json_t *story)
{
        if (console->options->json) {
                json_dumpf(story, stdout, JSON_COMPACT);
                putchar('\n');
        }
        for (size_t i = 0; !console->options->json && i < console->fabric_count; i++) {
                if (i > 0)
                        putchar('\n');
                print_fabric(console->fabrics[i], json_object_get(json_object_get(story, "fabrics"),
                                                                  console->fabrics[i]));
        }
        return fflush(stdout) == 0 ? 0 : -errno;
}

static int tell(const struct console *console, const char *about, struct watch *watch, bool *failed)
{
        const struct explain_options options = {
            .tools = console->tools,
            .config = console->config->path,
            .fabrics = console->fabrics,
            .fabric_count = console->fabric_count,
            .epoll = watch->epoll,
        };
        _cleanup_(explain_closep) struct explain *explain = NULL;
        int r = explain_open(&options, about, clock_boot_ms(), &explain);

        while (r == 0 && !explain_serve(explain, clock_boot_ms())) {
                r = watch_wait(watch, explain_deadline(explain));
                if (watch->interrupts > 0)
                        return -EINTR;
        }
        if (r < 0)
                return r;
        *failed = explain_failed(explain);
        return print(console, explain_story(explain));
}

int explain_tell(const struct console *console, const char *about)
{
        struct watch watch;
        bool failed = false;
        int r = watch_init(&watch);

        if (r == 0)
                r = tell(console, about, &watch, &failed);
        watch_done(&watch);
        if (r < 0)
                fprintf(stderr, "tq-trellix-tie: cannot tell it: %s\n", strerror(-r));
        return r < 0 || failed ? PROC_EXIT_FAILED : PROC_EXIT_OK;
}

int explain_main(const struct console *console)
{
        const struct explain_words *own = console->options->own;

        return explain_tell(console, own->about);
}
