#include "console/supervisord_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char preface[] =
    "; Written by `tq-trellix-tie supervisor`: write changes into the YAML configuration, then\n"
    "; `tq-trellix-tie supervisor apply`.\n"
    ";\n"
    "; A stage that ends is started again, at once or, when it did not live for a second, after\n"
    "; 1 s, 2 s, 3 s and so on. Exit code 2 (command line, configuration) stays as it is until "
    "the\n"
    "; mend and a start by hand; 0 is a stop that somebody asked for.\n";

static void print_log(FILE *out, const struct units *units, const struct unit *unit,
                      const char *name)
{
        fputs("redirect_stderr=true\n", out);
        if (!units->log_dir)
                return;
        fputs("stdout_logfile=", out);
        units_print_text(out, units->log_dir);
        fprintf(out, "/%s%s.log\n", name, unit->processes > 1 ? "-%(process_num)d" : "");
        fputs("stdout_logfile_maxbytes=20MB\nstdout_logfile_backups=5\n", out);
}

static int print_unit(FILE *out, const struct units *units, const struct unit *unit)
{
        _cleanup_(freep) char *name = units_name(units, unit);

        if (!name)
                return -1;
        fprintf(out, "\n[program:%s]\ncommand=", name);
        for (char *const *word = unit->argv; *word; word++) {
                if (word != unit->argv)
                        fputc(' ', out);
                units_print_word(out, *word);
        }
        fputc('\n', out);
        if (unit->processes > 1)
                fprintf(out,
                        "numprocs=%u\nnumprocs_start=1\n"
                        "process_name=%%(program_name)s-%%(process_num)d\n",
                        unit->processes);
        if (units->user)
                fprintf(out, "user=%s\n", units->user);
        fprintf(out,
                "directory=/\numask=077\nautostart=true\nautorestart=unexpected\nexitcodes=0,2\n"
                "startsecs=1\nstartretries=1000\nstopsignal=TERM\nstopwaitsecs=%d\n",
                UNITS_STOP_S);
        print_log(out, units, unit, name);
        return 0;
}

char *supervisord_text(const struct units *units)
{
        char *text = NULL;
        size_t len;
        FILE *out = open_memstream(&text, &len);
        int r = 0;

        if (!out)
                return NULL;
        fputs(preface, out);
        for (size_t i = 0; r == 0 && i < units->count; i++)
                r = print_unit(out, units, &units->all[i]);
        if (fclose(out) == 0 && r == 0)
                return text;
        free(text);
        return NULL;
}
