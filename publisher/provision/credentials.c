#include "publisher/provision/credentials.h"

#include "common/prompt.h"
#include "publisher/provision/readfile.h"
#include "publisher/provision/terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int nobody(struct failure *why, const char *what, const char *mend)
{
        return failure_set(why, -ENOTTY,
                           "%s is missing, and standard input is no terminal to ask at: %s", what,
                           mend);
}

static int complete_user(struct prov_options *options, struct failure *why)
{
        int r = 0;

        if (!options->epo.user && !prompt_there())
                return nobody(why, "the user of ePO", "give --epo-login");
        if (!options->epo.user)
                r = terminal_ask("ePO user", true, &options->user, why);
        if (r == 0 && options->user)
                options->epo.user = options->user;
        if (r == 0 && strchr(options->epo.user, ':'))
                return failure_set(why, -EINVAL, "a user name with ':' cannot be sent to ePO");
        return r;
}

static int complete_password(struct prov_options *options, struct failure *why)
{
        const char *set = getenv(PROV_OPTIONS_PASSWORD);
        int r = 0;

        if (options->password)
                r = 0;
        else if (options->password_file)
                r = readfile_secret(options->password_file, "the password file", &options->password,
                                    why);
        else if (set && *set)
                r = (options->password = strdup(set)) ? 0 : failure_memory(why);
        else if (!prompt_there())
                r = nobody(why, "the password of ePO",
                           "give --epo-pass-file FILE, or " PROV_OPTIONS_PASSWORD
                           " in the environment");
        else
                r = terminal_ask("ePO password", false, &options->password, why);
        options->epo.password = options->password;
        return r;
}

static int complete_passphrase(struct prov_options *options, struct failure *why)
{
        int r = 0;

        if (options->passphrase_file)
                r = readfile_secret(options->passphrase_file, "the passphrase file",
                                    &options->passphrase, why);
        else if (options->ask_passphrase && !prompt_there())
                r = nobody(why, "the passphrase", "give --passphrase-file FILE");
        else if (options->ask_passphrase)
                r = terminal_ask_twice("Passphrase for the key", "The passphrase again",
                                       &options->passphrase, why);
        options->csr.passphrase = options->passphrase;
        return r;
}

int credentials_complete(struct prov_options *options, struct failure *why)
{
        int r = 0;

        if (options->command != PROV_GENERATECSR)
                r = complete_user(options, why);
        if (r == 0 && options->command != PROV_GENERATECSR)
                r = complete_password(options, why);
        if (r == 0 && options->command != PROV_UPDATECONFIG)
                r = complete_passphrase(options, why);
        return r;
}
