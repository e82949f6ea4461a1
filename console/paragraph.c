#include "console/paragraph.h"

#include <string.h>

void paragraph_print(FILE *out, unsigned indent, const char *text)
{
        size_t column = indent;
        const char *gap = "";

        fprintf(out, "%*s", (int)indent, "");
        while (*text) {
                size_t len = strcspn(text, " ");

                if (gap[0] && column + 1 + len > PARAGRAPH_COLUMNS) {
                        fprintf(out, "\n%*s", (int)indent + 2, "");
                        column = indent + 2;
                        gap = "";
                }
                column += (size_t)fprintf(out, "%s%.*s", gap, (int)len, text);
                gap = " ";
                text += len;
                text += strspn(text, " ");
        }
        fputc('\n', out);
}
