#include "console/canvas.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

enum { TEXT_MAX = 1024, WIDE_FROM = 0x2e80 };

struct cell {
        uint32_t c; /* code point */
        uint8_t style;
};

struct canvas {
        unsigned rows;
        unsigned columns;
        struct cell *cells;
};

int canvas_open(unsigned rows, unsigned columns, struct canvas **ret)
{
        struct canvas *c = calloc(1, sizeof(*c));

        if (!c)
                return -ENOMEM;
        c->rows = rows == 0 ? 1 : rows > CANVAS_ROWS_MAX ? CANVAS_ROWS_MAX : rows;
        c->columns = columns == 0 ? 1 : columns > CANVAS_COLUMNS_MAX ? CANVAS_COLUMNS_MAX : columns;
        c->cells = calloc((size_t)c->rows * c->columns, sizeof(*c->cells));
        if (!c->cells) {
                free(c);
                return -ENOMEM;
        }
        for (size_t i = 0; i < (size_t)c->rows * c->columns; i++)
                c->cells[i].c = ' ';
        *ret = c;
        return 0;
}

void canvas_close(struct canvas *canvas)
{
        if (!canvas)
                return;
        free(canvas->cells);
        free(canvas);
}

unsigned canvas_rows(const struct canvas *canvas)
{
        return canvas->rows;
}

unsigned canvas_columns(const struct canvas *canvas)
{
        return canvas->columns;
}

/* The next code point of *p, which moves on; '?' for what a terminal may not be given. */
static uint32_t next_point(const char **p)
{
        const uint8_t *s = (const uint8_t *)*p;
        unsigned more = s[0] < 0x80 ? 0 : s[0] >= 0xf0 ? 3 : s[0] >= 0xe0 ? 2 : 1;
        uint32_t point = more == 0 ? s[0] : s[0] & (0x3fu >> more);

        if (s[0] < 0x20 || s[0] == 0x7f || (s[0] >= 0x80 && s[0] < 0xc2) || s[0] > 0xf4) {
                (*p)++;
                return '?';
        }
        for (unsigned i = 1; i <= more; i++) {
                if ((s[i] & 0xc0) != 0x80) {
                        *p += i;
                        return '?';
                }
                point = point << 6 | (s[i] & 0x3fu);
        }
        *p += more + 1;
        return (point >= 0x80 && point < 0xa0) || point >= WIDE_FROM ? '?' : point;
}

unsigned canvas_width(const char *text)
{
        unsigned n = 0;

        while (*text) {
                next_point(&text);
                n++;
        }
        return n;
}

unsigned canvas_put(struct canvas *canvas, unsigned row, unsigned column, enum canvas_style style,
                    const char *text)
{
        while (*text) {
                uint32_t point = next_point(&text);

                if (row < canvas->rows && column < canvas->columns)
                        canvas->cells[(size_t)row * canvas->columns + column] =
                            (struct cell){.c = point, .style = (uint8_t)style};
                column++;
        }
        return column;
}

unsigned canvas_printf(struct canvas *canvas, unsigned row, unsigned column,
                       enum canvas_style style, const char *format, ...)
{
        char text[TEXT_MAX];
        va_list args;

        va_start(args, format);
        vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        return canvas_put(canvas, row, column, style, text);
}

void canvas_put_right(struct canvas *canvas, unsigned row, unsigned end, enum canvas_style style,
                      const char *text)
{
        unsigned width = canvas_width(text);

        canvas_put(canvas, row, width > end ? 0 : end - width, style, text);
}

static char plain_point(uint32_t point)
{
        static const struct {
                uint32_t point;
                char c;
        } marks[] = {
            {0x2500, '-'}, {0x2502, '|'}, {0x250c, '+'}, {0x2510, '+'}, {0x2514, '+'},
            {0x2518, '+'}, {0x251c, '+'}, {0x2524, '+'}, {0x252c, '+'}, {0x2534, '+'},
            {0x25b6, '>'}, {0x25c0, '<'}, {0x25b2, '^'}, {0x25bc, 'v'}, {0x2588, '#'},
            {0x2591, '.'}, {0x25cf, '*'}, {0x25cb, 'o'}, {0x00d7, 'x'}, {0x00b7, '-'},
            {0x2026, '.'}, {0x2013, '-'},
        };

        for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
                if (marks[i].point == point)
                        return marks[i].c;
        }
        return '?';
}

static void put_point(uint32_t point, bool ascii, FILE *out)
{
        if (point < 0x80) {
                fputc((int)point, out);
        } else if (ascii) {
                fputc(plain_point(point), out);
        } else if (point < 0x800) {
                fprintf(out, "%c%c", (int)(0xc0 | point >> 6), (int)(0x80 | (point & 0x3f)));
        } else {
                fprintf(out, "%c%c%c", (int)(0xe0 | point >> 12), (int)(0x80 | (point >> 6 & 0x3f)),
                        (int)(0x80 | (point & 0x3f)));
        }
}

static const char *style_code(enum canvas_style style)
{
        switch (style) {
        case CANVAS_PLAIN:
                return "\033[0m";
        case CANVAS_BOLD:
                return "\033[0;1m";
        case CANVAS_DIM:
                return "\033[0;2m";
        case CANVAS_GOOD:
                return "\033[0;32m";
        case CANVAS_WARN:
                return "\033[0;33m";
        case CANVAS_BAD:
                return "\033[0;1;31m";
        case CANVAS_ACCENT:
                return "\033[0;36m";
        }
        abort();
}

/* Behind the last cell that is not blank. */
static unsigned line_length(const struct canvas *canvas, unsigned row)
{
        unsigned n = canvas->columns;

        while (n > 0 && canvas->cells[(size_t)row * canvas->columns + n - 1].c == ' ')
                n--;
        return n;
}

static void write_line(const struct canvas *canvas, unsigned row, const struct canvas_form *form,
                       FILE *out)
{
        const struct cell *line = &canvas->cells[(size_t)row * canvas->columns];
        unsigned n = line_length(canvas, row);
        uint8_t style = CANVAS_PLAIN;

        for (unsigned i = 0; i < n; i++) {
                if (form->ansi && form->color && line[i].style != style) {
                        style = line[i].style;
                        fputs(style_code(style), out);
                }
                put_point(line[i].c, form->ascii, out);
        }
        if (style != CANVAS_PLAIN)
                fputs(style_code(CANVAS_PLAIN), out);
}

void canvas_write(const struct canvas *canvas, const struct canvas_form *form, FILE *out)
{
        unsigned rows = canvas->rows;

        while (!form->ansi && rows > 0 && line_length(canvas, rows - 1) == 0)
                rows--;
        for (unsigned row = 0; row < rows; row++) {
                if (form->ansi)
                        fprintf(out, "\033[%u;1H", row + 1);
                write_line(canvas, row, form, out);
                /* The cursor waits behind a full line: clearing there would take its last character
                 */
                if (form->ansi && line_length(canvas, row) < canvas->columns)
                        fputs("\033[K", out);
                else if (!form->ansi)
                        fputc('\n', out);
        }
}
