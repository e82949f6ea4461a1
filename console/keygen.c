#include "console/keygen.h"

#include "common/cleanup.h"
#include "common/curve.h"
#include "common/proc.h"
#include "common/secret.h"
#include "console/newfile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct keygen_options {
        const char *folder;
};

static const char default_folder[] = "/etc/tq_labs";

static error_t parse(int key, char *arg, struct argp_state *state)
{
        struct keygen_options *own = state->input;

        if (key != COMMANDS_KEY)
                return ARGP_ERR_UNKNOWN;
        own->folder = arg;
        return 0;
}

static const struct argp_option options[] = {
    {"out", COMMANDS_KEY, "FOLDER", 0, "where link.key is written (default: /etc/tq_labs)", 0},
    {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc =
        "\vWrites the secret key of this host to FOLDER/link.key (mode 600) and prints the "
        "public key, which the other hosts need: under links.allow, or as public_key of the "
        "stages that run here. A link.key that is there is left alone, and its public key is "
        "printed.\n"
        "\n"
        "Exit status: 0 the key is made; 1 it is not: one is there already, or the folder cannot "
        "be written to; 2 the command line is wrong."};
const struct command_arguments keygen_arguments = {&argp, sizeof(struct keygen_options)};

static int say(const char *path, const char *what, int code)
{
        fprintf(stderr, "tq-trellix-tie: cannot %s %s: %s\n", what, path, strerror(code));
        return PROC_EXIT_FAILED;
}

/* Never in the place of a file that is there. 0 or -errno. */
static int write_new(const char *path, const char *secret)
{
        char line[CURVE_KEY_SIZE + 1];
        int r;

        snprintf(line, sizeof(line), "%s\n", secret);
        r = newfile_write(path, line, 0600, false);
        explicit_bzero(line, sizeof(line));
        return r;
}

/* Of a key file that is there already. */
static int print_present(const char *path)
{
        char fault[SECRET_FAULT_MAX], public_key[CURVE_KEY_SIZE];
        _cleanup_(secret_wipep) char *secret = secret_read(path, fault);

        if (!secret || !curve_public(secret, public_key)) {
                fprintf(stderr,
                        "tq-trellix-tie: %s is there already and is left alone, but holds no "
                        "secret key: %s\n",
                        path, secret ? "move it away" : fault);
                return PROC_EXIT_FAILED;
        }
        fprintf(stderr, "tq-trellix-tie: %s is there already and is left alone; its public key:\n",
                path);
        puts(public_key);
        return PROC_EXIT_FAILED;
}

int keygen_main(const struct console *console)
{
        const struct keygen_options *own = console->options->own;
        char public_key[CURVE_KEY_SIZE], secret[CURVE_KEY_SIZE];
        const char *folder = own->folder ? own->folder : default_folder;
        _cleanup_(freep) char *path = NULL;
        int r;

        if (asprintf(&path, "%s/link.key", folder) < 0)
                return PROC_EXIT_FAILED;
        r = curve_pair(public_key, secret);
        if (r < 0)
                return say(path, "make keys for", -r);
        r = write_new(path, secret);
        explicit_bzero(secret, sizeof(secret));
        if (r == -EEXIST)
                return print_present(path);
        if (r < 0)
                return say(path, "write", -r);
        fprintf(stderr,
                "tq-trellix-tie: %s holds this host's secret key; give the other hosts its public "
                "key:\n",
                path);
        puts(public_key);
        return PROC_EXIT_OK;
}
