/*
 * Writes the systemd units that are installed with the programs: run while the source is built,
 * never installed itself.
 *
 * Takes    the folder that the programs are installed to, and the folder to write to.
 * Gives    tie-fetcher.service, tie-mapper@.service, tie-publisher@.service, tie-enricher@.service,
 *          tie-serve.service and tie.target: what `tq-trellix-tie supervisor --systemd --serve`
 *          prints, for the configuration at its usual place, one mapper, one enricher, and the
 *          publishers that are enabled (`systemctl enable tie-publisher@NAME`).
 * Exits    0 all is written, 1 it is not.
 */
#include "common/proc_options.h"
#include "console/newfile.h"
#include "console/systemd_text.h"

#include <stdio.h>
#include <string.h>

/* The user that the package makes. */
static const char user[] = "tq-trellix-tie";

/* A publisher's unit is the same for every fabric; the target wants none of it (processes 0), but
 * what is enabled, and so with `serve`. */
static const char any_fabric[] = "NAME";

static struct unit *add(struct units *units, enum unit_kind kind, unsigned processes)
{
        struct unit *unit = &units->all[units->count++];

        unit->kind = kind;
        unit->processes = processes;
        return unit;
}

static void add_stage(struct units *units, const struct tools *tools, enum tool tool)
{
        bool publisher = tool == TOOL_PUBLISHER;
        struct unit *unit = add(units, (enum unit_kind)tool, publisher ? 0 : 1);
        const struct tool_call call = {
            .tool = tool,
            .config = PROC_CONFIG_DEFAULT,
            .fabric = any_fabric,
            .verbosity = 2,
            .service = true,
        };

        unit->fabric = publisher ? any_fabric : NULL;
        tools_command(tools, &call, unit->argv);
}

static int write_file(const char *folder, const struct systemd_file *file)
{
        char path[PATH_MAX];
        int r;

        snprintf(path, sizeof(path), "%s/%s", folder, file->name);
        r = newfile_write(path, file->text, 0644, true);
        if (r < 0)
                fprintf(stderr, "package-units: cannot write %s: %s\n", path, strerror(-r));
        return r;
}

int main(int argc, char **argv)
{
        struct unit all[UNIT_KINDS] = {0};
        char state_dir[] = CONFIG_STATE_DIR_DEFAULT, run_dir[] = CONFIG_RUN_DIR_DEFAULT;
        const struct config config = {.state_dir = state_dir, .run_dir = run_dir};
        struct units units = {.all = all, .prefix = "tie", .user = user, .config = &config};
        struct systemd_file files[SYSTEMD_FILES_MAX] = {0};
        struct tools tools;
        size_t count = 0;
        int r = 0;

        if (argc != 3) {
                fputs("usage: package-units BINDIR FOLDER\n", stderr);
                return 1;
        }
        for (int i = 0; i < TOOL_COUNT; i++) {
                snprintf(tools.path[i], PATH_MAX, "%s/tie-%s", argv[1], tool_name((enum tool)i));
                add_stage(&units, &tools, (enum tool)i);
        }
        snprintf(tools.console, PATH_MAX, "%s/tq-trellix-tie", argv[1]);
        tools_serve_command(&tools, PROC_CONFIG_DEFAULT, NULL, NULL,
                            add(&units, UNIT_SERVE, 0)->argv);
        if (units_bad_word(&units) || systemd_files(&units, files, &count) < 0) {
                fprintf(stderr, "package-units: no units for programs in %s\n", argv[1]);
                r = -1;
        }
        for (size_t i = 0; r == 0 && i < count; i++)
                r = write_file(argv[2], &files[i]);
        systemd_files_done(files, count);
        return r == 0 ? 0 : 1;
}
