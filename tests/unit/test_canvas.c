#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "console/canvas.h"

#include <string.h>

static const struct {
        const char *text;
        bool ascii;
        const char *shown;
} rows[] = {
    {"plain", false, "plain\n"},
    {"is cut here, at ten", false, "is cut her\n"},
    {"a\033[2Jb\n", false, "a?[2Jb?\n"},
    {"caf\xc3\xa9 \xe2\x97\x8f", false, "caf\xc3\xa9 \xe2\x97\x8f\n"},
    {"\xe2\x94\x80\xe2\x96\xb6 \xe2\x97\x8f", true, "-> *\n"},
    {"\xff\xc3(\xf0\x9f\x98\x80", false,
     "??"
     "(?\n"},
    {"\xe6\xbc\xa2", false, "?\n"}, /* two columns wide */
    {"\xc2\x9b"
     "2J",
     false, "?2J\n"},
    {"", false, ""},
    {"   ", false, ""},
};

static char *written(const char *text, struct canvas_form form)
{
        _cleanup_(canvas_closep) struct canvas *canvas = NULL;
        char *shown = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&shown, &size);

        assert_int_equal(canvas_open(3, 10, &canvas), 0);
        canvas_put(canvas, 0, 0, CANVAS_BAD, text);
        /* outside: nothing happens */
        canvas_put(canvas, 3, 0, CANVAS_PLAIN, "below");
        canvas_put(canvas, 1, 10, CANVAS_PLAIN, "beside");
        canvas_write(canvas, &form, out);
        fclose(out);
        return shown;
}

static void test_text(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                char *shown = written(rows[i].text, (struct canvas_form){.ascii = rows[i].ascii});

                assert_string_equal(shown, rows[i].shown);
                free(shown);
        }
}

static void test_a_terminal(void **state)
{
        char *shown = written("x", (struct canvas_form){.ansi = true, .color = true});

        (void)state;
        assert_non_null(strstr(shown, "\033[1;1H\033[0;1;31mx\033[0m\033[K"));
        assert_null(strchr(shown, '\n'));
        free(shown);
        shown = written("x", (struct canvas_form){.ansi = true});
        assert_null(strstr(shown, "\033[0"));
        free(shown);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_text),
            cmocka_unit_test(test_a_terminal),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
