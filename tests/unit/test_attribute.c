#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "enricher/attribute.h"

#include <stdio.h>
#include <string.h>

#define NONE                                                                                       \
        {                                                                                          \
                -1, -1, -1, -1, -1, -1                                                             \
        }

static char shared[] = "Shared", override[] = "Shared (Override)", failed[] = "Failed",
            pending[] = "Pending";
static char *words[SHARE_COUNT] = {shared, override, failed, pending};

static const struct {
        struct wire_outcome outcome;
        const char *wishes[2 * ATTRIBUTE_WISHES_MAX + 1]; /* name, value … */
} wish_cases[] = {
    {{1, 1, SHARE_SHARED, NONE}, {"Share Status - emea", "Shared"}},
    {{1, 1, SHARE_OVERRIDE, NONE}, {"Share Status - emea", "Shared (Override)"}},
    {{1, 1, SHARE_FAILED, NONE}, {"Share Status - emea", "Failed"}},
    {{1, 1, SHARE_PENDING, NONE}, {"Share Status - emea", "Pending"}},
    {{1, 1, SHARE_SHARED, {1, 99, 50, 1, 3, 9}},
     {"Share Status - emea", "Shared", "Enterprise Trust Level", "Known Malicious",
      "GTI Trust Level", "Known Trusted", "ATD Trust Level", "Unknown", "Prevalence", "True",
      "Detection Count", "3", "Enterprise Count", "9"}},
    {{1, 1, SHARE_SHARED, {-1, 0, -1, 0, 0, INT64_MAX}},
     {"Share Status - emea", "Shared", "GTI Trust Level", "Not Set", "Prevalence", "False",
      "Detection Count", "0", "Enterprise Count", "9223372036854775807"}},
    /* what is none of TIE's levels, or neither true nor false, is not written */
    {{1, 1, SHARE_SHARED, {2, 101, 64, 2, -2, -1}}, {"Share Status - emea", "Shared"}},
};

static void test_wishes(void **state)
{
        struct attribute_wishes wishes;

        (void)state;
        for (size_t i = 0; i < sizeof(wish_cases) / sizeof(wish_cases[0]); i++) {
                size_t count = 0;

                attribute_wishes_of(&wish_cases[i].outcome, "emea", words, &wishes);
                for (; wish_cases[i].wishes[2 * count]; count++) {
                        assert_true(count < wishes.count);
                        assert_string_equal(wishes.wish[count].name,
                                            wish_cases[i].wishes[2 * count]);
                        assert_string_equal(wishes.wish[count].value,
                                            wish_cases[i].wishes[2 * count + 1]);
                        assert_int_equal(wishes.wish[count].enrichment, count > 0);
                }
                assert_int_equal(wishes.count, count);
        }
}

static void test_longest_fabric_name_fits(void **state)
{
        struct wire_outcome outcome = {1, 1, SHARE_SHARED, NONE};
        struct attribute_wishes wishes;
        char fabric[65];

        (void)state;
        memset(fabric, 'f', 64);
        fabric[64] = '\0';
        attribute_wishes_of(&outcome, fabric, words, &wishes);
        assert_int_equal(strlen(wishes.wish[0].name), strlen("Share Status - ") + 64);
}

static const struct {
        const char *a, *b;
        bool eq;
} value_cases[] = {
    {"True", "true", true},
    {"Shared", " SHARED\t", true},
    {"3", "3", true},
    {"3", "30", false},
    {"", "", true},
    {"False", "True", false},
    {"Shared", "Share", false},
};

static void test_value_eq(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(value_cases) / sizeof(value_cases[0]); i++)
                assert_int_equal(
                    attribute_value_eq(text_of(value_cases[i].a), text_of(value_cases[i].b)),
                    value_cases[i].eq);
}

/* The wishes of all diff cases. */
static const struct attribute_wishes three = {
    .wish = {{"Share Status - emea", "Shared", false},
             {"GTI Trust Level", "Known Malicious", true},
             {"Detection Count", "3", true}},
    .count = 3,
};

enum { ROWS = 6, OTHERS = 1, JOINT = 2 };

static const struct {
        const char *what;
        struct {
                uint64_t id;
                const char *name, *value;
                unsigned whose; /* 0: ours, OTHERS, or JOINT: ours and others' */
        } rows[ROWS];
        const char *plan; /* "put ROW=WISH, post WISH, delete ROW" */
} diff_cases[] = {
    {"nothing there", {{0}}, "post 0 post 1 post 2"},
    {"all right",
     {{1, "Share Status - emea", "Shared", 0},
      {2, "GTI Trust Level", "Known Malicious", 0},
      {3, "Detection Count", "3", 0}},
     ""},
    {"right in another case",
     {{1, "Share Status - emea", "SHARED", 0},
      {2, "GTI Trust Level", "known malicious", 0},
      {3, "Detection Count", " 3 ", 0}},
     ""},
    {"one wrong",
     {{1, "Share Status - emea", "Pending", 0},
      {2, "GTI Trust Level", "Known Malicious", 0},
      {3, "Detection Count", "3", 0}},
     "put 1=0"},
    {"one missing, one wrong",
     {{1, "Share Status - emea", "Shared", 0}, {3, "Detection Count", "2", 0}},
     "put 3=2 post 1"},
    {"right, with others behind it",
     {{1, "Share Status - emea", "Shared", JOINT},
      {2, "GTI Trust Level", "Known Malicious", 0},
      {3, "Detection Count", "3", 0}},
     ""},
    {"wrong, with others behind it",
     {{1, "Share Status - emea", "Pending", JOINT},
      {2, "GTI Trust Level", "Known Malicious", 0},
      {3, "Detection Count", "3", 0}},
     "post 0"},
    {"right with others, a surplus of our own",
     {{1, "Share Status - emea", "Pending", 0},
      {2, "Share Status - emea", "Shared", JOINT},
      {3, "GTI Trust Level", "Known Malicious", 0},
      {4, "Detection Count", "3", 0}},
     "delete 1"},
    {"wrong with others, one of our own",
     {{1, "Share Status - emea", "Failed", JOINT},
      {2, "Share Status - emea", "Pending", 0},
      {3, "GTI Trust Level", "Known Malicious", 0},
      {4, "Detection Count", "3", 0}},
     "put 2=0"},
    {"several, the first is right",
     {{1, "Share Status - emea", "Shared", 0},
      {2, "GTI Trust Level", "Known Malicious", 0},
      {3, "Detection Count", "3", 0},
      {4, "Detection Count", "4", 0},
      {5, "Detection Count", "5", 0}},
     "delete 4 delete 5"},
    {"several, the last is right",
     {{1, "Share Status - emea", "Shared", 0},
      {2, "GTI Trust Level", "Known Malicious", 0},
      {3, "Detection Count", "1", 0},
      {4, "Detection Count", "2", 0},
      {5, "Detection Count", "3", 0}},
     "delete 3 delete 4"},
    {"several, none is right",
     {{1, "Share Status - emea", "Shared", 0},
      {2, "GTI Trust Level", "Known Malicious", 0},
      {3, "Detection Count", "1", 0},
      {4, "Detection Count", "2", 0}},
     "put 3=2 delete 4"},
    {"the same twice",
     {{1, "Share Status - emea", "Shared", 0},
      {2, "GTI Trust Level", "Known Malicious", 0},
      {3, "Detection Count", "3", 0},
      {4, "Detection Count", "3", 0}},
     "delete 4"},
    {"rows of others stay, even when right",
     {{1, "Share Status - emea", "Shared", 0},
      {2, "GTI Trust Level", "Known Malicious", 1},
      {3, "Detection Count", "7", 1}},
     "post 1 post 2"},
    {"other names and other fabrics stay",
     {{1, "Share Status - emea", "Shared", 0},
      {2, "GTI Trust Level", "Known Malicious", 0},
      {3, "Detection Count", "3", 0},
      {4, "Share Status - apac", "Failed", 0},
      {5, "Malware Family", "Emotet", 0},
      {6, "detection count", "9", 0}},
     ""},
    {"what is not wished stays",
     {{1, "Share Status - emea", "Shared", 0},
      {2, "GTI Trust Level", "Known Malicious", 0},
      {3, "Detection Count", "3", 0},
      {4, "ATD Trust Level", "Unknown", 0},
      {5, "Enterprise Count", "12", 0}},
     ""},
};

static void plan_print(const struct attribute_plan *plan, char *out, size_t size)
{
        size_t len = 0;

        out[0] = '\0';
        for (size_t i = 0; i < plan->put_count; i++)
                len += (size_t)snprintf(out + len, size - len, " put %d=%zu", (int)plan->put[i].row,
                                        plan->put[i].wish);
        for (size_t i = 0; i < plan->post_count; i++)
                len += (size_t)snprintf(out + len, size - len, " post %zu", plan->post[i]);
        for (size_t i = 0; i < plan->delete_count; i++)
                len += (size_t)snprintf(out + len, size - len, " delete %d", (int)plan->delete[i]);
}

static void test_diff(void **state)
{
        struct attribute_row rows[ROWS];
        struct attribute_plan plan;
        char text[256];

        (void)state;
        for (size_t i = 0; i < sizeof(diff_cases) / sizeof(diff_cases[0]); i++) {
                size_t count = 0;

                for (; count < ROWS && diff_cases[i].rows[count].id; count++)
                        rows[count] = (struct attribute_row){
                            .id = diff_cases[i].rows[count].id,
                            .name = text_of(diff_cases[i].rows[count].name),
                            .value = text_of(diff_cases[i].rows[count].value),
                            .foreign = diff_cases[i].rows[count].whose == OTHERS,
                            .joint = diff_cases[i].rows[count].whose == JOINT};
                attribute_diff(&three, rows, count, &plan);
                plan_print(&plan, text, sizeof(text));
                if (strcmp(text[0] ? text + 1 : text, diff_cases[i].plan) != 0)
                        fail_msg("%s: planned \"%s\"", diff_cases[i].what, text);
                assert_int_equal(attribute_plan_empty(&plan), diff_cases[i].plan[0] == '\0');
        }
}

/* Carried out on the rows, every plan leaves nothing to do. */
static void test_diff_settles(void **state)
{
        struct attribute_row rows[ROWS + ATTRIBUTE_WISHES_MAX];
        struct attribute_plan plan;

        (void)state;
        for (size_t i = 0; i < sizeof(diff_cases) / sizeof(diff_cases[0]); i++) {
                size_t count = 0, kept = 0;

                for (; count < ROWS && diff_cases[i].rows[count].id; count++)
                        rows[count] = (struct attribute_row){
                            .id = diff_cases[i].rows[count].id,
                            .name = text_of(diff_cases[i].rows[count].name),
                            .value = text_of(diff_cases[i].rows[count].value),
                            .foreign = diff_cases[i].rows[count].whose == OTHERS,
                            .joint = diff_cases[i].rows[count].whose == JOINT};
                attribute_diff(&three, rows, count, &plan);
                for (size_t j = 0; j < count; j++) {
                        bool deleted = false;

                        for (size_t k = 0; k < plan.put_count; k++)
                                if (plan.put[k].row == rows[j].id)
                                        rows[j].value = text_of(three.wish[plan.put[k].wish].value);
                        for (size_t k = 0; k < plan.delete_count; k++)
                                deleted = deleted || plan.delete[k] == rows[j].id;
                        if (!deleted)
                                rows[kept++] = rows[j];
                }
                for (size_t k = 0; k < plan.post_count; k++)
                        rows[kept++] = (struct attribute_row){
                            .id = 100 + k,
                            .name = text_of(three.wish[plan.post[k]].name),
                            .value = text_of(three.wish[plan.post[k]].value)};
                attribute_diff(&three, rows, kept, &plan);
                if (!attribute_plan_empty(&plan))
                        fail_msg("%s: not settled", diff_cases[i].what);
        }
}

static void test_fate(void **state)
{
        static const struct attribute_plan plan = {
            .put = {{3, 2}}, .put_count = 1, .post = {1}, .post_count = 1};

        (void)state;
        assert_int_equal(attribute_plan_fate(&plan, 0), ATTRIBUTE_RIGHT);
        assert_int_equal(attribute_plan_fate(&plan, 1), ATTRIBUTE_ADDED);
        assert_int_equal(attribute_plan_fate(&plan, 2), ATTRIBUTE_CHANGED);
}

static void test_diff_bounded(void **state)
{
        static struct attribute_row rows[ATTRIBUTE_ROWS_MAX + 50];
        struct attribute_plan plan;

        (void)state;
        for (size_t i = 0; i < ATTRIBUTE_ROWS_MAX + 50; i++)
                rows[i] = (struct attribute_row){
                    .id = i + 1, .name = text_of("Detection Count"), .value = text_of("9")};
        attribute_diff(&three, rows, ATTRIBUTE_ROWS_MAX + 50, &plan);
        assert_int_equal(plan.put_count, 1);
        assert_int_equal(plan.delete_count, ATTRIBUTE_ROWS_MAX - 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_wishes),       cmocka_unit_test(test_longest_fabric_name_fits),
            cmocka_unit_test(test_value_eq),     cmocka_unit_test(test_diff),
            cmocka_unit_test(test_diff_settles), cmocka_unit_test(test_diff_bounded),
            cmocka_unit_test(test_fate),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
