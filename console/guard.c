#include "console/guard.h"

#include "common/config_links.h"

#include <stdio.h>

bool guard_is_of_one_host(const struct config *config)
{
        if (!config_spans_hosts(config))
                return true;
        fprintf(stderr,
                "tq-trellix-tie: %s: links: has stages on several hosts, and this command starts "
                "all of them on one: start the stages of each host by its supervisor; the fetcher "
                "sweeps every connector.interval\n",
                config->path);
        return false;
}

bool guard_nobody_pushes(const struct gather *gather, size_t fabric_count, bool attached)
{
        bool pushes = attached;

        for (size_t i = 0; i < fabric_count && !pushes; i++) {
                const struct report_publisher *r = gather_publisher(gather, i, true);

                pushes = r && r->pid != 0;
        }
        if (pushes)
                fprintf(stderr,
                        "tq-trellix-tie: the service runs, and its publishers would push: stop it, "
                        "or write publisher.dry_run: true into the configuration\n");
        return !pushes;
}
