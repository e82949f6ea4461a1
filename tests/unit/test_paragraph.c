#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "console/paragraph.h"

#include <stdlib.h>

static char *printed(unsigned indent, const char *text)
{
        char *result = NULL;
        size_t size;
        FILE *out = open_memstream(&result, &size);

        assert_non_null(out);
        paragraph_print(out, indent, text);
        fclose(out);
        return result;
}

static void lines_break_between_words(void **state)
{
        static const struct {
                unsigned indent;
                const char *text, *first, *rest; /* without the indents */
        } cases[] = {
            {0, "", "", NULL},
            {2, "one  two", "one two", NULL},
            {70, "12345 6789", "12345 6789", NULL},
            {70, "12345 67890", "12345", "67890"},
            {70, "12345 6789 1 2", "12345 6789", "1 2"},
            {70, "123456789012345 1", "123456789012345", "1"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char *text = printed(cases[i].indent, cases[i].text);
                int indent = (int)cases[i].indent;
                char want[512];

                if (cases[i].rest)
                        snprintf(want, sizeof(want), "%*s%s\n%*s%s\n", indent, "", cases[i].first,
                                 indent + 2, "", cases[i].rest);
                else
                        snprintf(want, sizeof(want), "%*s%s\n", indent, "", cases[i].first);
                assert_string_equal(text, want);
                free(text);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(lines_break_between_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
