#include "console/supervisor.h"

#include "common/proc.h"
#include "console/apply.h"
#include "console/newfile.h"
#include "console/owner.h"
#include "console/supervisord_text.h"
#include "console/systemd_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CONF_D "/etc/supervisor/conf.d/tq-trellix-tie.conf"

enum {
        KEY_SYSTEMD = COMMANDS_KEY,
        KEY_FOLDER,
        KEY_USER,
        KEY_PREFIX,
        KEY_FILE,
        KEY_SUPERVISORD_CONF,
        KEY_SUPERVISORCTL,
        KEY_WITHOUT,
        KEY_SERVE,
        KEY_TOKEN_FILE,
};

struct supervisor_options {
        bool apply, systemd, serve;
        unsigned without; /* a bit for each tool */
        const char *folder, *user, *prefix, *file, *supervisord_conf, *supervisorctl;
        const char *listen, *token_file; /* of serve */
};

static const struct argp_option options[] = {
    {"file", KEY_FILE, "FILE", 0, "apply: the file that supervisord includes (default: " CONF_D ")",
     0},
    {"prefix", KEY_PREFIX, "WORD", 0,
     "first part of all names, to tell two connectors apart (default: tie)", 0},
    {"supervisorctl", KEY_SUPERVISORCTL, "PROGRAM", 0,
     "apply: its path (default: /usr/bin/supervisorctl)", 0},
    {"supervisord-conf", KEY_SUPERVISORD_CONF, "FILE", 0,
     "apply: the main configuration of that supervisord (default: where supervisorctl finds it)",
     0},
    {"systemd", KEY_SYSTEMD, NULL, 0, "units of systemd instead", 0},
    {"user", KEY_USER, "NAME", 0,
     "the stages run as this user (default: the owner of the configuration)", 0},
    {"without", KEY_WITHOUT, "STAGE", 0,
     "leave out fetcher, mapper, publisher or enricher, which runs on another host; may be given "
     "several times",
     0},
    {"serve", KEY_SERVE, "ADDRESS:PORT", OPTION_ARG_OPTIONAL,
     "`serve` too, at this address (default: 127.0.0.1:9117)", 0},
    {"token-file", KEY_TOKEN_FILE, "FILE", 0, "with --serve: its token, as for `serve`", 0},
    {"write-to", KEY_FOLDER, "FOLDER", 0,
     "with --systemd: write the units into this folder, such as /etc/systemd/system", 0},
    {0},
};

/* As part of names of programs, groups and units. */
static bool is_prefix(const char *s)
{
        for (const char *c = s; *c; c++) {
                if (!isascii(*c) || (!isalnum((unsigned char)*c) && *c != '-' && *c != '_'))
                        return false;
        }
        return isalnum((unsigned char)s[0]) && strlen(s) <= 32;
}

static error_t parse_word(const char *arg, struct argp_state *state, struct supervisor_options *own)
{
        own->apply = strcmp(arg, "apply") == 0;
        if (state->arg_num > 0 || (!own->apply && strcmp(arg, "print") != 0)) {
                argp_error(state, "'%s' is too much: supervisor print, or supervisor apply", arg);
                return EINVAL;
        }
        return 0;
}

static error_t parse_without(const char *arg, struct argp_state *state,
                             struct supervisor_options *own)
{
        for (int i = 0; i < TOOL_COUNT; i++) {
                if (strcmp(arg, tool_name((enum tool)i)) != 0)
                        continue;
                own->without |= 1U << i;
                return 0;
        }
        argp_error(state, "no stage '%s': --without fetcher, mapper, publisher or enricher", arg);
        return EINVAL;
}

static error_t check(struct argp_state *state, struct supervisor_options *own)
{
        if (own->apply && own->systemd)
                argp_error(state, "apply is for supervisord: with --systemd use --write-to FOLDER, "
                                  "then systemctl daemon-reload");
        else if (own->folder && !own->systemd)
                argp_error(state, "--write-to goes with --systemd");
        else if (own->token_file && !own->serve)
                argp_error(state, "--token-file goes with --serve");
        else if (own->prefix && !is_prefix(own->prefix))
                argp_error(state, "--prefix is at most 32 letters, digits, '-' and '_'");
        else
                return 0;
        return EINVAL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
        struct supervisor_options *own = state->input;

        switch (key) {
        case ARGP_KEY_ARG:
                return parse_word(arg, state, own);
        case ARGP_KEY_END:
                return check(state, own);
        case KEY_SYSTEMD:
                own->systemd = true;
                return 0;
        case KEY_SERVE:
                own->serve = true;
                own->listen = arg;
                return 0;
        case KEY_TOKEN_FILE:
                own->token_file = arg;
                return 0;
        case KEY_FOLDER:
                own->folder = arg;
                return 0;
        case KEY_WITHOUT:
                return parse_without(arg, state, own);
        case KEY_USER:
                own->user = arg;
                return 0;
        case KEY_PREFIX:
                own->prefix = arg;
                return 0;
        case KEY_FILE:
                own->file = arg;
                return 0;
        case KEY_SUPERVISORD_CONF:
                own->supervisord_conf = arg;
                return 0;
        case KEY_SUPERVISORCTL:
                own->supervisorctl = arg;
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "[print|apply]",
    .doc =
        "\vprint (also without a word) prints the stages of this configuration for supervisord: "
        "a program each, a publisher for each fabric, as many mappers and enrichers as "
        "mapper.processes and enricher.processes say. Each program is a group of its own, so that "
        "a fabric that comes or goes touches no other. Fetcher and publishers that links: gives to "
        "a "
        "host with another key are left out. With -ll DIR their logs are there, else in "
        "supervisord's childlogdir.\n"
        "apply writes that to a file that supervisord includes and has it taken over: what is new "
        "starts, what is gone stops, the others take the changed configuration by SIGHUP. It may "
        "be done at any time, again and again.\n"
        "\n"
        "  tq-trellix-tie supervisor apply --user tq\n"
        "  tq-trellix-tie supervisor --systemd --user tq --write-to /etc/systemd/system\n"
        "\n"
        "Exit status: 0 done; 1 supervisord did not take it over, or a file cannot be written; 2 "
        "the command line or the configuration is wrong."};
const struct command_arguments supervisor_arguments = {&argp, sizeof(struct supervisor_options)};

static int write_unit(const char *folder, const struct systemd_file *file)
{
        _cleanup_(freep) char *path = NULL;
        int r;

        if (asprintf(&path, "%s/%s", folder, file->name) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        r = newfile_write(path, file->text, 0644, true);
        if (r < 0)
                fprintf(stderr, "tq-trellix-tie: cannot write %s: %s\n", path, strerror(-r));
        else
                printf("%s\n", path);
        return r;
}

static int give_systemd(const struct units *units, const char *folder)
{
        struct systemd_file files[SYSTEMD_FILES_MAX] = {0};
        size_t count;
        int r = systemd_files(units, files, &count);

        for (size_t i = 0; r == 0 && i < count; i++) {
                if (folder)
                        r = write_unit(folder, &files[i]);
                else
                        printf("%s# %s\n%s", i > 0 ? "\n" : "", files[i].name, files[i].text);
        }
        systemd_files_done(files, count);
        if (r == 0 && folder)
                printf("Then: systemctl daemon-reload && systemctl enable --now %s.target\n",
                       units->prefix);
        return r;
}

static int give_supervisord(const struct units *units, const struct supervisor_options *own)
{
        _cleanup_(freep) char *text = supervisord_text(units);
        const struct apply apply = {
            .units = units,
            .file = own->file ? own->file : CONF_D,
            .text = text,
            .supervisorctl = own->supervisorctl ? own->supervisorctl : "/usr/bin/supervisorctl",
            .supervisord_conf = own->supervisord_conf,
        };

        if (!text)
                return PROC_EXIT_FAILED;
        if (own->apply)
                return apply_run(&apply);
        return fputs(text, stdout) >= 0 ? PROC_EXIT_OK : PROC_EXIT_FAILED;
}

int supervisor_main(const struct console *console)
{
        const struct supervisor_options *own = console->options->own;
        _cleanup_(freep) char *owner = owner_name(console->config->path);
        const struct units_wish wish = {
            .prefix = own->prefix ? own->prefix : "tie",
            .user = own->user ? own->user : owner,
            .without = own->without,
            .serve = own->serve,
            .listen = own->listen,
            .token_file = own->token_file,
        };
        struct units units;
        const char *bad;
        int r = units_make(console, &wish, &units), code;

        if (r < 0) {
                fprintf(stderr, "tq-trellix-tie: %s: %s\n", console->config->path, strerror(-r));
                return PROC_EXIT_FAILED;
        }
        bad = units_bad_word(&units);
        if (bad) {
                fprintf(stderr,
                        "tq-trellix-tie: '%s' holds a character that a service manager's file "
                        "cannot (quotes, ; # $ \\ and line breaks): choose another name\n",
                        bad);
                code = PROC_EXIT_CONFIG;
        } else if (own->systemd) {
                code = give_systemd(&units, own->folder) == 0 ? PROC_EXIT_OK : PROC_EXIT_FAILED;
        } else {
                code = give_supervisord(&units, own);
        }
        units_done(&units);
        if (fflush(stdout) != 0 && code == PROC_EXIT_OK)
                code = PROC_EXIT_FAILED;
        return code;
}
