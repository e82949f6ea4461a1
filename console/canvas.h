/*
 * A screen of characters: text is put at row and column, cut at the edges and made harmless; then
 * the whole is written, with or without colour. Pure.
 */
#ifndef TQ_CONSOLE_CANVAS_H
#define TQ_CONSOLE_CANVAS_H

#include "common/cleanup.h"

#include <stdbool.h>
#include <stdio.h>

enum canvas_style {
        CANVAS_PLAIN,
        CANVAS_BOLD,
        CANVAS_DIM,
        CANVAS_GOOD,
        CANVAS_WARN,
        CANVAS_BAD,
        CANVAS_ACCENT,
};

enum { CANVAS_COLUMNS_MAX = 250, CANVAS_ROWS_MAX = 200 };

struct canvas;

/* All blank. rows and columns are brought into 1 … their maximum. 0 or -ENOMEM. */
int canvas_open(unsigned rows, unsigned columns, struct canvas **ret);
void canvas_close(struct canvas *canvas);
DEFINE_CLEANUP(struct canvas *, canvas_close);
unsigned canvas_rows(const struct canvas *canvas);
unsigned canvas_columns(const struct canvas *canvas);

/* UTF-8; control bytes, broken and wide characters become '?'. What is outside is cut. Returns the
 * column behind the text. */
unsigned canvas_put(struct canvas *canvas, unsigned row, unsigned column, enum canvas_style style,
                    const char *text);
unsigned canvas_printf(struct canvas *canvas, unsigned row, unsigned column,
                       enum canvas_style style, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* The same so that its last character stands before `end`. */
void canvas_put_right(struct canvas *canvas, unsigned row, unsigned end, enum canvas_style style,
                      const char *text);
/* Columns that the text takes. */
unsigned canvas_width(const char *text);

struct canvas_form {
        bool ansi;  /* a terminal: each line in its place, what stood behind it is cleared */
        bool color; /* with ansi */
        bool ascii; /* lines and marks as '-', '|', '#', … for a terminal without UTF-8 */
};

/* All rows; without `ansi` trailing blanks and blank rows at the end are left out. */
void canvas_write(const struct canvas *canvas, const struct canvas_form *form, FILE *out);

#endif
