/*
 * tq-trellix-tie-prov - gets what a DXL client needs from Trellix ePO.
 *
 * Takes    the command line (--help), a user and a password of ePO, an answer from ePO over HTTPS.
 * Gives    in the fabric's folder: key, certificate signing request, certificate, CA certificates
 *          and dxlclient.config. All of them change at one moment, or none.
 * Keeps    nothing else.
 * Security ePO's certificate is verified unless --insecure is given. The key is made here and never
 *          leaves; its file is for its owner alone. A password given as an argument is taken out of
 *          the argument list at once, and secrets are wiped when they are no longer needed. No core
 *          is dumped.
 * Exits    0 done, 1 failed and nothing was changed, 2 usage.
 */
#include "publisher/provision/credentials.h"
#include "publisher/provision/provision.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void hide_secrets(void)
{
        const struct rlimit none = {0, 0};

        setrlimit(RLIMIT_CORE, &none);
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int main(int argc, char **argv)
{
        struct prov_options options;
        struct failure why = {""};
        int r;

        prov_options_read(argc, argv, &options);
        hide_secrets();
        umask(022);
        signal(SIGPIPE, SIG_IGN);
        if (options.epo.insecure && options.command != PROV_GENERATECSR)
                fprintf(stderr,
                        "tq-trellix-tie-prov: warning: ePO's certificate is not checked: whoever "
                        "answers as %s gets the password\n",
                        options.epo.host);
        r = credentials_complete(&options, &why);
        if (r == 0)
                r = provision_run(&options, &why);
        prov_options_done(&options);
        if (r == 0)
                return 0;
        fprintf(stderr, "tq-trellix-tie-prov: %s\n", why.text);
        return 1;
}
