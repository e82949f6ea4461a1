#include "console/systemd_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Also of the units that are installed with the programs (package_units.c). */
#define UNIT_HEAD                                                                                  \
        "# `tq-trellix-tie supervisor --systemd` prints this unit for a configuration.\n"          \
        "[Unit]\n"

/* The stage is %i of a template: the fabric of a publisher, the number of a mapper or enricher. */
static bool is_template(enum unit_kind kind)
{
        return kind != UNIT_FETCHER && kind != UNIT_SERVE;
}

static const struct {
        const char *purpose, *page;
} about[UNIT_KINDS] = {
    [UNIT_FETCHER] = {"reads indicators from ThreatQ", "tie-fetcher(8)"},
    [UNIT_MAPPER] = {"decides on reputations, number %i", "tie-mapper(8)"},
    [UNIT_PUBLISHER] = {"sets reputations on DXL fabric %i", "tie-publisher(8)"},
    [UNIT_ENRICHER] = {"writes back to ThreatQ, number %i", "tie-enricher(8)"},
    [UNIT_SERVE] = {"page and metrics", "tq-trellix-tie(1)"},
};

static void print_command(FILE *out, const struct unit *unit)
{
        fputs("ExecStart=", out);
        for (char *const *word = unit->argv; *word; word++) {
                if (word != unit->argv)
                        fputc(' ', out);
                if (unit->fabric && *word == unit->fabric)
                        fputs("%i", out);
                else
                        units_print_word(out, *word);
        }
        fputc('\n', out);
}

/* A folder that the stages write to. Those of the system's own places are made by systemd. */
static void print_folder(FILE *out, const char *path, const char *place, const char *kind)
{
        size_t len = strlen(place);

        if (strncmp(path, place, len) == 0 && path[len] != '\0') {
                fprintf(out, "%sDirectory=", kind);
                units_print_word(out, path + len);
                fprintf(out, "\n%sDirectoryMode=0700\n", kind);
        } else {
                fputs("ReadWritePaths=", out);
                units_print_word(out, path);
                fputc('\n', out);
        }
}

static void print_service(FILE *out, const struct units *units, const struct unit *unit)
{
        fprintf(out,
                UNIT_HEAD "Description=ThreatQ to Trellix TIE: %s\n"
                          "Documentation=man:%s\n"
                          "Wants=network-online.target\n"
                          "After=network-online.target\n"
                          "PartOf=%s.target\n"
                          "StartLimitIntervalSec=0\n\n"
                          "[Service]\n"
                          "Type=exec\n",
                about[unit->kind].purpose, about[unit->kind].page, units->prefix);
        print_command(out, unit);
        fputs("ExecReload=/bin/kill -HUP $MAINPID\n", out);
        if (units->user)
                fprintf(out, "User=%s\nCapabilityBoundingSet=\n", units->user);
        fprintf(out,
                "# Exit code 2: a configuration that is wrong stays wrong.\n"
                "Restart=on-failure\nRestartPreventExitStatus=2\nRestartSec=2\n"
                "TimeoutStopSec=%d\nUMask=0077\nLimitCORE=0\n"
                "NoNewPrivileges=yes\nProtectSystem=strict\nProtectHome=read-only\n"
                "PrivateDevices=yes\nProtectClock=yes\nProtectControlGroups=yes\n"
                "ProtectKernelLogs=yes\nProtectKernelModules=yes\nProtectKernelTunables=yes\n"
                "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK\n"
                "RestrictNamespaces=yes\nRestrictRealtime=yes\nRestrictSUIDSGID=yes\n"
                "LockPersonality=yes\nMemoryDenyWriteExecute=yes\nSystemCallArchitectures=native\n"
                "SystemCallFilter=@system-service\n",
                UNITS_STOP_S);
        print_folder(out, units->config->state_dir, "/var/lib/", "State");
        print_folder(out, units->config->run_dir, "/run/", "Runtime");
        fprintf(out, "RuntimeDirectoryPreserve=yes\n\n[Install]\nWantedBy=%s.target\n",
                units->prefix);
}

static void print_target(FILE *out, const struct units *units)
{
        fputs(UNIT_HEAD "Description=ThreatQ to Trellix TIE: all stages\n"
                        "Documentation=man:tq-trellix-tie(1)\nWants=",
              out);
        for (size_t i = 0; i < units->count; i++) {
                const struct unit *unit = &units->all[i];

                for (unsigned n = 1; n <= unit->processes; n++) {
                        fprintf(out, "%s%s-%s", i > 0 || n > 1 ? " " : "", units->prefix,
                                unit_kind_name(unit->kind));
                        if (unit->fabric)
                                fprintf(out, "@%s", unit->fabric);
                        else if (is_template(unit->kind))
                                fprintf(out, "@%u", n);
                        fputs(".service", out);
                }
        }
        fputs("\n\n[Install]\nWantedBy=multi-user.target\n", out);
}

/* The text of a unit's file, or, unit NULL, of the target's. */
static char *text_of_file(const struct units *units, const struct unit *unit)
{
        char *text = NULL;
        size_t len;
        FILE *out = open_memstream(&text, &len);

        if (!out)
                return NULL;
        if (unit)
                print_service(out, units, unit);
        else
                print_target(out, units);
        if (fclose(out) == 0)
                return text;
        free(text);
        return NULL;
}

static int add(struct systemd_file *file, const struct units *units, const struct unit *unit)
{
        if (asprintf(&file->name, "%s%s%s%s", units->prefix, unit ? "-" : "",
                     unit ? unit_kind_name(unit->kind) : ".target",
                     !unit                     ? ""
                     : is_template(unit->kind) ? "@.service"
                                               : ".service") < 0)
                file->name = NULL;
        file->text = text_of_file(units, unit);
        return file->name && file->text ? 0 : -ENOMEM;
}

int systemd_files(const struct units *units, struct systemd_file ret[SYSTEMD_FILES_MAX],
                  size_t *count)
{
        bool done[UNIT_KINDS] = {false};
        int r;

        *count = 1;
        r = add(&ret[0], units, NULL);
        for (size_t i = 0; r == 0 && i < units->count; i++) {
                if (done[units->all[i].kind])
                        continue;
                done[units->all[i].kind] = true;
                r = add(&ret[(*count)++], units, &units->all[i]);
        }
        return r;
}

void systemd_files_done(struct systemd_file files[SYSTEMD_FILES_MAX], size_t count)
{
        for (size_t i = 0; i < count; i++) {
                free(files[i].name);
                free(files[i].text);
        }
}
