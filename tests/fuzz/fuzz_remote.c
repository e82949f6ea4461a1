/*
 * The answers that hold a connector's row or a list of saved searches, on any bytes. What is taken
 * from a connector comes back the same from what is kept of it, and can be laid under a file; what
 * is found of a search makes a body, or has a hash.
 */
#include "fetcher/collection.h"
#include "fetcher/remote.h"
#include "tests/fuzz/replay.h"

#include <stdlib.h>
#include <string.h>

static char emea[] = "emea";

static void lay_under(const struct config_remote *remote)
{
        const struct config_fabric file = {
            .name = emea, .daily_limit = 1000, .selection = {.days = 30}};
        struct config_fabric fabric;
        char *error = NULL;

        if (config_remote_apply(&file, remote, "TIE", &fabric, &error) == 0)
                config_fabric_done(&fabric);
        free(error);
}

static void as_connector(const char *data, size_t len)
{
        struct config_remote remote, back;
        char error[REMOTE_ERROR_MAX];
        char *text, *again;

        if (remote_parse(data, len, "TIE", &remote, error) != 0)
                return;
        text = remote_text("TIE", &remote);
        if (!text || !remote_of_text(text, "TIE", &back))
                abort();
        again = remote_text("TIE", &back);
        if (!again || strcmp(text, again) != 0)
                abort();
        lay_under(&remote);
        config_remote_done(&remote);
        config_remote_done(&back);
        free(text);
        free(again);
}

static void as_searches(const char *data, size_t len)
{
        struct collection_scan scan = {.name = "TIE"};
        char error[COLLECTION_ERROR_MAX];
        struct collection found;

        if (collection_list(&scan, data, len, error) && collection_settle(&scan, &found, error)) {
                char *body = collection_body(&found, 1777629600);

                if (!body && !found.hash[0])
                        abort();
                free(body);
                collection_done(&found);
        }
        collection_done(&scan.found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        as_connector((const char *)data, len);
        as_searches((const char *)data, len);
        return 0;
}
