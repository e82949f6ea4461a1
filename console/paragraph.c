#include "console/paragraph.h"

#include <string.h>

void paragraph_print(FILE *out, unsigned indent, const char *text)
{
        fprintf(out, "%*s", (int)indent, "");
        paragraph_go_on(out, indent, indent + 2, text);
}

void paragraph_go_on(FILE *out, unsigned at, unsigned indent, const char *text)
{
        size_t column = at;
        const char *gap = "";

        while (*text) {
                size_t len = strcspn(text, " ");

                if (gap[0] && column + 1 + len > PARAGRAPH_COLUMNS) {
                        fprintf(out, "\n%*s", (int)indent, "");
                        column = indent;
                        gap = "";
                }
                column += (size_t)fprintf(out, "%s%.*s", gap, (int)len, text);
                gap = " ";
                text += len;
                text += strspn(text, " ");
        }
        fputc('\n', out);
}
