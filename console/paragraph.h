/*
 * A sentence in lines that a terminal of 80 columns shows whole. Pure but for the stream.
 */
#ifndef TQ_CONSOLE_PARAGRAPH_H
#define TQ_CONSOLE_PARAGRAPH_H

#include <stdio.h>

enum { PARAGRAPH_COLUMNS = 80 };

/* Words of `text`, the first line indented by so many columns, those after it by two more. A word
 * that fits into no line stands alone. */
void paragraph_print(FILE *out, unsigned indent, const char *text);
/* The same behind what stands in the line already, so many columns of it; the lines after it are
 * indented by `indent`. */
void paragraph_go_on(FILE *out, unsigned at, unsigned indent, const char *text);

#endif
