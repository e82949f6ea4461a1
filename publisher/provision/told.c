#include "publisher/provision/told.h"

#include "publisher/provision/dxlini.h"
#include "publisher/provision/pem.h"

#include <stdio.h>

static void brokers_line(const struct epo_package *package)
{
        printf("  brokers      %zu", package->brokers.count);
        if (package->websockets.count > 0)
                printf(", and %zu by WebSockets", package->websockets.count);
        putchar('\n');
}

void told_provision(const struct prov_options *options, const struct epo_package *package,
                    bool key_there)
{
        const char *prefix = options->file_prefix, *name = options->conn_name;
        struct pem_facts facts;

        pem_facts(package->cert, &facts);
        printf("Provisioned.\n");
        printf("  folder       %s\n", options->folder);
        printf("  certificate  %s.crt, valid until %s\n", prefix, facts.until);
        printf("  thumbprint   %s (SHA-1)\n", facts.thumbprint);
        brokers_line(package);
        printf("Next:\n");
        if (!key_there)
                printf("- put the key of the request into %s/%s.key and chmod 600 it\n",
                       options->folder, prefix);
        printf("- in tq-trellix-tie.yaml, under fabrics: \"name: %s\" and\n  \"dxl_config: "
               "%s/" DXLINI_NAME "\"; the connector must run as the files' owner\n",
               name ? name : "...", options->folder);
        if (options->csr.passphrase || options->csr_file)
                printf("- if the key has a passphrase, the connector must be told it\n");
        printf("- in ePO: Server Settings, DXL Topic Authorization, Edit, \"TIE Server Set "
               "Enterprise\n  Reputation\", Actions, Restrict Send Certificates: choose the "
               "certificate of this\n  thumbprint. It can take hours to take effect\n");
}

void told_generatecsr(const struct prov_options *options)
{
        printf("Made a key and its request for %s.\n", options->common_name);
        printf("  request  %s/%s.csr\n", options->folder, options->file_prefix);
        printf("  key      %s/%s.key\n", options->folder, options->file_prefix);
        printf("Next: have ePO sign it with --cert-request-file %s/%s.csr, or an external CA.\n",
               options->folder, options->file_prefix);
}

void told_updateconfig(const struct prov_options *options, const struct epo_package *package)
{
        printf("Updated %s/" DXLINI_NAME " and its CA certificates.\n", options->folder);
        brokers_line(package);
}
