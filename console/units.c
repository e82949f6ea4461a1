#include "console/units.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned processes_of(const struct config *config, enum tool tool)
{
        switch (tool) {
        case TOOL_MAPPER:
                return config->mapper.processes;
        case TOOL_ENRICHER:
                return config->enricher.processes;
        case TOOL_FETCHER:
        case TOOL_PUBLISHER:
        case TOOL_COUNT:
        default:
                return 1;
        }
}

static void add(struct units *units, const struct console *console, enum tool tool,
                const char *fabric)
{
        struct unit *unit = &units->all[units->count++];
        const struct tool_call call = {
            .tool = tool,
            .config = units->config_path,
            .fabric = fabric,
            .verbosity = console->options->verbosity > 0 ? console->options->verbosity : 2,
            .service = true,
        };

        unit->kind = (enum unit_kind)tool;
        unit->fabric = fabric;
        unit->processes = processes_of(console->config, tool);
        tools_command(console->tools, &call, unit->argv);
}

/* Whether the stage is this host's: its key is ours, or there are no keys. */
static bool is_ours(const struct config *config, const struct config_port *port)
{
        return !port->public_key || strcmp(port->public_key, config->links.public_key) == 0;
}

static void add_serve(struct units *units, const struct tools *tools, const struct units_wish *wish)
{
        struct unit *unit = &units->all[units->count++];

        unit->kind = UNIT_SERVE;
        unit->processes = 1;
        tools_serve_command(tools, units->config_path, wish->listen, wish->token_file, unit->argv);
}

int units_make(const struct console *console, const struct units_wish *wish, struct units *ret)
{
        const struct config *config = console->config;
        unsigned without = wish->without;

        *ret = (struct units){.prefix = wish->prefix,
                              .user = wish->user,
                              .log_dir = console->options->log_dir,
                              .config = console->config};
        if (!realpath(console->config->path, ret->config_path))
                return -errno;
        ret->all = calloc(UNIT_KINDS + console->fabric_count, sizeof(*ret->all));
        if (!ret->all)
                return -ENOMEM;
        if (!(without & 1U << TOOL_FETCHER) && is_ours(config, &config->links.fetcher))
                add(ret, console, TOOL_FETCHER, NULL);
        if (!(without & 1U << TOOL_MAPPER))
                add(ret, console, TOOL_MAPPER, NULL);
        for (size_t i = 0; !(without & 1U << TOOL_PUBLISHER) && i < console->fabric_count; i++) {
                const struct config_fabric *fabric = config_fabric(config, console->fabrics[i]);

                if (!fabric || is_ours(config, &fabric->port))
                        add(ret, console, TOOL_PUBLISHER, console->fabrics[i]);
        }
        if (!(without & 1U << TOOL_ENRICHER))
                add(ret, console, TOOL_ENRICHER, NULL);
        if (wish->serve)
                add_serve(ret, console->tools, wish);
        return 0;
}

void units_done(struct units *units)
{
        free(units->all);
        units->all = NULL;
}

const char *unit_kind_name(enum unit_kind kind)
{
        return kind == UNIT_SERVE ? "serve" : tool_name((enum tool)kind);
}

char *units_name(const struct units *units, const struct unit *unit)
{
        char *name;

        if (asprintf(&name, "%s-%s%s%s", units->prefix, unit_kind_name(unit->kind),
                     unit->fabric ? "-" : "", unit->fabric ? unit->fabric : "") < 0)
                return NULL;
        return name;
}

void units_print_text(FILE *out, const char *text)
{
        for (; *text; text++) {
                if (*text == '%')
                        fputc('%', out);
                fputc(*text, out);
        }
}

void units_print_word(FILE *out, const char *word)
{
        const char *quote = strchr(word, ' ') ? "\"" : "";

        fputs(quote, out);
        units_print_text(out, word);
        fputs(quote, out);
}

static bool is_bad(const char *word)
{
        for (const char *c = word; *c; c++) {
                if (iscntrl((unsigned char)*c) || strchr(";#\"'\\$", *c))
                        return true;
        }
        return false;
}

const char *units_bad_word(const struct units *units)
{
        const char *const texts[] = {units->user, units->log_dir, units->config->state_dir,
                                     units->config->run_dir};

        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                if (texts[i] && is_bad(texts[i]))
                        return texts[i];
        }
        for (size_t i = 0; i < units->count; i++) {
                for (char *const *word = units->all[i].argv; *word; word++) {
                        if (is_bad(*word))
                                return *word;
                }
        }
        return NULL;
}
