#include "console/explain_command.h"

#include "common/clock.h"
#include "common/proc.h"
#include "common/question.h"
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
        struct question question;

        switch (key) {
        case ARGP_KEY_ARG:
                if (own->about)
                        argp_error(state, "'%s' is too much: one hash or one id at a time", arg);
                else if (!question_parse(arg, &question))
                        argp_error(state, "'%s' is %s", arg, question_refusal);
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
        "\vAn MD5, SHA-1 or SHA-256 in hex, or the number that ThreatQ gives the indicator. It "
        "asks ThreatQ what it says now, and tells what that makes of the indicator for each fabric "
        "(-cn NAME: for one), and which filter or rule decides. Then it tells, for each fabric, "
        "what the last sweep made of it, its place in the queue, what TIE was told and when, what "
        "it answered, whether ThreatQ has the outcome, and what the next sweep would do. It works "
        "without ThreatQ too.\n"
        "\n"
        "  tq-trellix-tie explain 44d88612fea8a8f36de82e1278abb02f\n"
        "  tq-trellix-tie explain 20417 --json | jq .fabrics.emea\n"
        "\n"
        "Exit status: 0 told; 1 a fabric gave no answer; 2 the command line or the configuration "
        "is wrong."};
const struct command_arguments explain_arguments = {&argp, sizeof(struct explain_words)};

static void print_head(const json_t *indicator)
{
        const json_t *hash = json_object_get(indicator, "hash");
        const char *value = json_string_value(json_object_get(hash, "value"));
        const char *type = json_string_value(json_object_get(hash, "type"));
        const json_t *id = json_object_get(indicator, "id");
        struct hash parsed;

        if (json_is_integer(id))
                printf("  indicator %" JSON_INTEGER_FORMAT "\n", json_integer_value(id));
        /* In ThreatQ it may be any text. */
        if (value)
                printf("  %s %s\n", type,
                       hash_parse(hash_type_of_name(text_of(type)), text_of(value), &parsed)
                           ? value
                           : LOG_Q(text_of(value)));
}

static void print_story(const json_t *of, unsigned indent)
{
        const json_t *story = json_object_get(of, "story");

        for (size_t i = 0; i < json_array_size(story); i++)
                paragraph_print(stdout, indent, json_string_value(json_array_get(story, i)));
}

static void print_indicators(const json_t *of)
{
        const json_t *indicators = json_object_get(of, "indicators");

        for (size_t i = 0; i < json_array_size(indicators); i++) {
                print_head(json_array_get(indicators, i));
                print_story(json_array_get(indicators, i), 4);
        }
}

static void print_threatq(const json_t *threatq)
{
        const char *error = json_string_value(json_object_get(threatq, "error"));

        printf("ThreatQ%s\n", error ? ": no answer" : ", as it is now");
        if (error)
                paragraph_print(stdout, 2, error);
        print_indicators(threatq);
        print_story(threatq, 2);
}

static void print_fabric(const char *name, const json_t *fabric)
{
        const char *error = json_string_value(json_object_get(fabric, "error"));

        printf("%s", name);
        if (error) {
                printf(": no answer\n");
                paragraph_print(stdout, 2, error);
                return;
        }
        printf(" (publisher %s)\n",
               json_integer_value(json_object_get(fabric, "pid")) > 0 ? "running" : "stopped");
        print_indicators(fabric);
}

static int print(const struct console *console, const json_t *story)
{
        if (console->options->json) {
                json_dumpf(story, stdout, JSON_COMPACT);
                putchar('\n');
                return fflush(stdout) == 0 ? 0 : -errno;
        }
        print_threatq(json_object_get(story, "threatq"));
        for (size_t i = 0; i < console->fabric_count; i++) {
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
