#include "console/failed.h"

#include "common/proc.h"
#include "common/question.h"
#include "console/explain.h"
#include "console/explain_command.h"
#include "console/paragraph.h"
#include "console/passthrough.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

enum { NAMED_MAX = 64, ORDER_MAX = 8 + NAMED_MAX * 66 };

enum action { FAILED_LIST, FAILED_SHOW, FAILED_RETRY, FAILED_DROP };

struct failed_words {
        enum action action;
        const char *named[NAMED_MAX];
        unsigned count;
        bool all;
};

static error_t parse_action(const char *arg, struct failed_words *own, struct argp_state *state)
{
        static const char *const actions[] = {"list", "show", "retry", "drop"};

        for (unsigned i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
                if (strcmp(arg, actions[i]) == 0) {
                        own->action = (enum action)i;
                        return 0;
                }
        }
        argp_error(state, "'%s': failed list, show, retry or drop", arg);
        return EINVAL;
}

static error_t parse_name(char *arg, struct failed_words *own, struct argp_state *state)
{
        struct question question;
        bool orders = own->action == FAILED_RETRY || own->action == FAILED_DROP;

        if (own->action == FAILED_LIST || (own->action == FAILED_SHOW && own->count > 0))
                argp_error(state, "'%s' is too much", arg);
        else if (orders && strcmp(arg, "all") == 0)
                own->all = true;
        else if (!question_parse(arg, &question))
                argp_error(state, "'%s' is %s", arg, question_refusal);
        else if (own->count == NAMED_MAX)
                argp_error(state, "at most %d at a time, or all", NAMED_MAX);
        else
                own->named[own->count++] = arg;
        return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
        struct failed_words *own = state->input;

        switch (key) {
        case ARGP_KEY_ARG:
                return state->arg_num == 0 ? parse_action(arg, own, state)
                                           : parse_name(arg, own, state);
        case ARGP_KEY_END:
                if (own->action == FAILED_SHOW && own->count == 0)
                        argp_error(state, "show what? Name a hash, or an indicator's id");
                if (own->action >= FAILED_RETRY && own->all == (own->count > 0))
                        argp_error(state, "which? Name hashes or ids, or all of them by 'all'");
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "[list]\nshow HASH|ID\nretry HASH|ID...|all\ndrop HASH|ID...|all",
    .doc =
        "\vWhat TIE answered with an error, after all retries, stays on a list until it succeeds: "
        "each later sweep that sees it tries it once.\n"
        "\n"
        "  list   (also without a word) hash, indicator, level and what TIE said;\n"
        "         with --json one object in a line\n"
        "  show   the whole story of one, as `explain` tells it\n"
        "  retry  queues them now, with all their tries, without a sweep: after TIE\n"
        "         was mended\n"
        "  drop   takes them off the list: for what ThreatQ does not have any more.\n"
        "         What a later sweep still wants is tried again\n"
        "\n"
        "  tq-trellix-tie failed\n"
        "  tq-trellix-tie failed retry all -cn emea\n"
        "  tq-trellix-tie failed drop 20417 44d88612fea8a8f36de82e1278abb02f\n"
        "\n"
        "A publisher that runs is asked to do it; else it is done in its store, and what is queued "
        "goes with the next run.\n"
        "\n"
        "Exit status: 0 done; 1 a fabric gave no answer, or none of those named is on a list; 2 "
        "the command line or the configuration is wrong."};
const struct command_arguments failed_arguments = {&argp, sizeof(struct failed_words)};

static const char *word(const json_t *object, const char *key)
{
        const char *text = json_string_value(json_object_get(object, key));

        return text ? text : "";
}

/* ---- list ---- */

static void print_failure(const char *line, size_t len, void *userdata)
{
        _cleanup_(json_decrefp) json_t *f = json_loadb(line, len, 0, NULL);
        const char *text = word(f, "text"), *at = word(f, "at");
        unsigned *count = userdata;
        char sentence[512];

        (*count)++;
        if (word(f, "hash")[0])
                printf("  %s %s\n", word(f, "hash_type"), word(f, "hash"));
        snprintf(sentence, sizeof(sentence),
                 "indicator %" JSON_INTEGER_FORMAT "%s%.10s%s%.8s%s: %s"
                 " was refused, %s%s%s",
                 json_integer_value(json_object_get(f, "id")), at[0] ? ", " : "", at,
                 at[0] ? " " : "", strlen(at) > 11 ? at + 11 : "", at[0] ? " UTC" : "",
                 word(f, "level"), word(f, "code"), text[0] ? ", " : "", text);
        paragraph_print(stdout, word(f, "hash")[0] ? 4 : 2, sentence);
}

static int list(const struct console *console, struct tool_call *call)
{
        char *argv[TOOLS_ARGS_MAX];
        unsigned count = 0;
        int code;

        call->report = true;
        call->more[0] = "--failed";
        tools_command(console->tools, call, argv);
        if (console->options->json)
                return passthrough(argv);
        printf("%s:\n", call->fabric);
        fflush(stdout);
        code = passthrough_lines(argv, print_failure, &count);
        if (code == PROC_EXIT_OK && count == 0)
                printf("  nothing failed for good\n");
        else if (code != PROC_EXIT_OK)
                printf("  no answer\n");
        return code;
}

/* Pages and messages that could not be read lie in a folder (common/kept.h). */
static void print_kept(const struct config *config)
{
        _cleanup_(freep) char *path = NULL;
        struct dirent *entry;
        unsigned count = 0;
        DIR *dir;

        if (asprintf(&path, "%s/kept", config->state_dir) < 0)
                path = NULL;
        dir = path ? opendir(path) : NULL;
        while (dir && (entry = readdir(dir)) != NULL)
                count += strchr(entry->d_name, '@') != NULL;
        if (dir)
                closedir(dir);
        if (count > 0)
                printf("%u page%s or message%s that could not be read: see %s\n", count,
                       count == 1 ? "" : "s", count == 1 ? "" : "s", path);
}

/* ---- retry, drop ---- */

struct outcome {
        uint64_t done;
        bool json;
        bool drop;
};

static void print_done(const char *line, size_t len, void *userdata)
{
        _cleanup_(json_decrefp) json_t *answer = json_loadb(line, len, 0, NULL);
        json_int_t done = json_integer_value(json_object_get(answer, "done"));
        json_int_t unwanted = json_integer_value(json_object_get(answer, "unwanted"));
        struct outcome *outcome = userdata;
        char sentence[512];

        outcome->done += (uint64_t)done;
        if (outcome->json) {
                printf("%s\n", line);
                return;
        }
        if (outcome->drop || done == 0)
                snprintf(sentence, sizeof(sentence),
                         "%s: %" JSON_INTEGER_FORMAT " taken off the list.", word(answer, "fabric"),
                         done);
        else
                snprintf(
                    sentence, sizeof(sentence), "%s: %" JSON_INTEGER_FORMAT " queued again%s%s.",
                    word(answer, "fabric"), done - unwanted,
                    json_integer_value(json_object_get(answer, "pid")) > 0
                        ? ""
                        : ", to go with the next run",
                    unwanted > 0 ? "; others are not wanted any more, and taken off the list" : "");
        paragraph_print(stdout, 0, sentence);
}

static int order(const struct console *console, struct tool_call call, struct outcome *outcome)
{
        const struct failed_words *own = console->options->own;
        char *argv[TOOLS_ARGS_MAX], words[ORDER_MAX];
        size_t used = (size_t)snprintf(words, sizeof(words), "%s%s",
                                       outcome->drop ? "drop" : "retry", own->all ? " all" : "");

        for (unsigned i = 0; i < own->count; i++)
                used += (size_t)snprintf(words + used, sizeof(words) - used, " %s", own->named[i]);
        call.errand = true;
        call.more[0] = "--failed-order";
        call.more[1] = words;
        tools_command(console->tools, &call, argv);
        fflush(stdout);
        return passthrough_lines(argv, print_done, outcome);
}

int failed_main(const struct console *console)
{
        const struct failed_words *own = console->options->own;
        struct outcome outcome = {.json = console->options->json,
                                  .drop = own->action == FAILED_DROP};
        int code = PROC_EXIT_OK;

        if (own->action == FAILED_SHOW)
                return explain_tell(console, own->named[0]);
        for (size_t i = 0; i < console->fabric_count; i++) {
                struct tool_call call = {.tool = TOOL_PUBLISHER,
                                         .config = console->config->path,
                                         .fabric = console->fabrics[i]};
                int r = own->action == FAILED_LIST ? list(console, &call)
                                                   : order(console, call, &outcome);

                if (r != PROC_EXIT_OK)
                        code = PROC_EXIT_FAILED;
        }
        if (own->count > 0 && outcome.done == 0 && code == PROC_EXIT_OK) {
                fprintf(stderr, "tq-trellix-tie: none of them is on a list\n");
                code = PROC_EXIT_FAILED;
        }
        if (own->action == FAILED_LIST && !console->options->json)
                print_kept(console->config);
        return fflush(stdout) == 0 ? code : PROC_EXIT_FAILED;
}
