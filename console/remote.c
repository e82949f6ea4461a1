#include "console/remote.h"

#include <stdio.h>

bool remote_sentence(const struct report_remote *remote, char *out, size_t size)
{
        if (!remote)
                return false;
        if (remote->error[0] && remote->known)
                snprintf(out, size,
                         "its configuration in ThreatQ is not taken, the last good one "
                         "holds: %s",
                         remote->error);
        else if (remote->error[0])
                snprintf(out, size, "it has no configuration, and nothing is swept for it: %s",
                         remote->error);
        else if (remote->known && !remote->active)
                snprintf(out, size,
                         "the connector \"%s\" is switched off in ThreatQ: nothing is "
                         "set, and what is queued is kept",
                         remote->connector);
        else
                return false;
        return true;
}
