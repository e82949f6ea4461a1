#include "console/first_fabrics.h"

#include "common/cleanup.h"
#include "common/config.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum { FABRICS_MAX = 64 };

static const char file_name[] = "dxlclient.config";

void first_fabrics_free(struct first_fabric *fabrics, size_t count)
{
        for (size_t i = 0; fabrics && i < count; i++) {
                free(fabrics[i].name);
                free(fabrics[i].dxl_config);
        }
        free(fabrics);
}

struct list {
        struct first_fabric *fabrics;
        size_t count;
};

static void list_done(struct list *list)
{
        first_fabrics_free(list->fabrics, list->count);
}

/* inner "": the files are in the folder itself. anyhow: also when the file is not there. */
static int add(struct list *list, const char *folder, const char *inner, const char *name,
               bool anyhow)
{
        struct first_fabric f = {.name = strdup(name)};

        if (asprintf(&f.dxl_config, "%s%s%s/%s", strcmp(folder, "/") == 0 ? "" : folder,
                     *inner ? "/" : "", inner, file_name) < 0)
                f.dxl_config = NULL;
        if (f.name && f.dxl_config && list->count < FABRICS_MAX &&
            (anyhow || access(f.dxl_config, F_OK) == 0)) {
                list->fabrics[list->count++] = f;
                return 0;
        }
        bool memory = f.name && f.dxl_config;

        free(f.name);
        free(f.dxl_config);
        return memory ? 0 : -ENOMEM;
}

static int visible(const struct dirent *entry)
{
        return config_name_fault(entry->d_name) == NULL;
}

static int add_all(struct list *list, const char *folder)
{
        struct dirent **entries = NULL;
        int count = scandir(folder, &entries, visible, alphasort);
        int r = add(list, folder, "", FIRST_FABRICS_UNNAMED, false);

        bool unnamed = list->count > 0;

        for (int i = 0; i < count; i++) {
                bool taken = unnamed && strcmp(entries[i]->d_name, FIRST_FABRICS_UNNAMED) == 0;

                if (r == 0 && !taken)
                        r = add(list, folder, entries[i]->d_name, entries[i]->d_name, false);
                free(entries[i]);
        }
        free(entries);
        return r == 0 && list->count == 0 ? add(list, folder, "", FIRST_FABRICS_UNNAMED, true) : r;
}

int first_fabrics_find(const char *folder, const char *name, struct first_fabric **ret,
                       size_t *count)
{
        _cleanup_(list_done) struct list list = {
            .fabrics = calloc(FABRICS_MAX, sizeof(struct first_fabric))};
        int r;

        if (!list.fabrics)
                return -ENOMEM;
        r = name ? add(&list, folder, name, name, true) : add_all(&list, folder);
        if (r < 0)
                return r;
        *ret = list.fabrics;
        *count = list.count;
        list = (struct list){NULL, 0};
        return 0;
}
