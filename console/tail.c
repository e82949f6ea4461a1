#include "console/tail.h"

#include <ctype.h>
#include <string.h>

static void end_line(struct tail *tail, tail_fn fn, void *userdata)
{
        tail->line[tail->len] = '\0';
        if (tail->len > 0) {
                memcpy(tail->last, tail->line, tail->len + 1);
                if (fn)
                        fn(tail->line, userdata);
        }
        tail->len = 0;
}

void tail_take(struct tail *tail, const char *data, size_t len, tail_fn fn, void *userdata)
{
        for (size_t i = 0; i < len; i++) {
                unsigned char c = (unsigned char)data[i];

                if (c == '\n')
                        end_line(tail, fn, userdata);
                else if (tail->len < sizeof(tail->line) - 1)
                        /* What a stage prints must not steer the terminal. */
                        tail->line[tail->len++] = iscntrl(c) ? ' ' : (char)c;
        }
}

void tail_end(struct tail *tail, tail_fn fn, void *userdata)
{
        end_line(tail, fn, userdata);
}

const char *tail_plain(const char *line)
{
        static const char *const levels[] = {"error ", "warn ", "info ", "debug "};
        const char *p = line;

        /* 2026-05-01T10:00:00.123Z publisher[emea] error … */
        if (strlen(line) < 20 || !isdigit((unsigned char)line[0]) || line[10] != 'T')
                return line;
        for (int words = 0; words < 2; words++) {
                p = strchr(p, ' ');
                if (!p)
                        return line;
                p++;
        }
        for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
                if (strncmp(p, levels[i], strlen(levels[i])) == 0)
                        return p + strlen(levels[i]);
        }
        return line;
}
