/* Longer than 400 lines: the ThreatQ in the place of the real one is read with the cases it serves.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "enricher/writeback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

/* A ThreatQ of one indicator, 42, in place of threatq_do (the linker's --wrap). */
enum { FAKE_ROWS = 600, FAKE_TEXT = 64, CALLS = 64 };

enum fault {
        FAULT_NONE,
        FAULT_BEFORE, /* 503, nothing done */
        FAULT_AFTER,  /* done, but the connection broke before the answer came */
        FAULT_ERRORS, /* 200 with errors inside */
};

static struct {
        struct {
                int id;
                char name[FAKE_TEXT], value[FAKE_TEXT], source[FAKE_TEXT];
        } rows[FAKE_ROWS];
        int count, next_id;
        int calls;
        int fault_at; /* number of the call, from 1 */
        enum fault fault;
        const char *refuse_name;   /* POST and PUT of this attribute is answered with 400 */
        const char *complain_name; /* its item in a POST is not taken, inside a 201 */
        bool gone;
        bool refuse_lists;   /* POST of a list is answered with 400 */
        bool refuse_sources; /* with=sources likewise */
        bool show_sources;   /* unasked too */
        bool merge;  /* the same name and value again adds its source to the row, after "," */
        bool vanish; /* before the first write all rows of ours vanish */
        char trace[1024];
} fake;

static void fake_add(const char *name, const char *value, const char *source)
{
        int i = fake.count++;

        fake.rows[i].id = ++fake.next_id;
        snprintf(fake.rows[i].name, FAKE_TEXT, "%s", name);
        snprintf(fake.rows[i].value, FAKE_TEXT, "%s", value);
        snprintf(fake.rows[i].source, FAKE_TEXT, "%s", source);
}

static void fake_remove(int i)
{
        fake.count--;
        memmove(&fake.rows[i], &fake.rows[i + 1], (size_t)(fake.count - i) * sizeof(fake.rows[0]));
}

static int fake_find(int id)
{
        for (int i = 0; i < fake.count; i++)
                if (fake.rows[i].id == id)
                        return i;
        return -1;
}

static enum threatq_answer refuse_with(struct threatq_result *ret, enum threatq_answer answer,
                                       int status)
{
        ret->status = status;
        snprintf(ret->error, sizeof(ret->error), "answer %d", status);
        return answer;
}

static enum threatq_answer give(struct threatq_result *ret, int status, json_t *body)
{
        ret->status = status;
        ret->body = json_dumps(body, 0);
        ret->body_len = strlen(ret->body);
        json_decref(body);
        return THREATQ_OK;
}

static json_t *fake_sources(const char *names)
{
        json_t *list = json_array();

        while (*names) {
                size_t len = strcspn(names, ",");

                json_array_append_new(list, json_pack("{s:s%}", "name", names, len));
                names += len + (names[len] == ',');
        }
        return list;
}

/* Whether the row is there already, and has that source too now. */
static bool fake_merge(const char *name, const char *value, const char *source)
{
        for (int i = 0; fake.merge && i < fake.count; i++) {
                char *sources = fake.rows[i].source;
                size_t len = strlen(sources);

                if (strcmp(fake.rows[i].name, name) != 0 || strcmp(fake.rows[i].value, value) != 0)
                        continue;
                if (!strstr(sources, source))
                        snprintf(sources + len, FAKE_TEXT - len, ",%s", source);
                return true;
        }
        return false;
}

static enum threatq_answer fake_get(const char *path, struct threatq_result *ret)
{
        json_t *data = json_array();
        int limit = atoi(strstr(path, "limit=") + 6);
        int offset = atoi(strstr(path, "offset=") + 7);
        bool asked = strstr(path, "with=sources") != NULL, sources = asked || fake.show_sources;

        if (asked && fake.refuse_sources) {
                json_decref(data);
                return refuse_with(ret, THREATQ_E_REFUSED, 400);
        }
        for (int i = offset; i < fake.count && i < offset + limit; i++) {
                json_t *row = json_pack("{s:i,s:s,s:s}", "id", fake.rows[i].id, "name",
                                        fake.rows[i].name, "value", fake.rows[i].value);

                if (sources)
                        json_object_set_new(row, "sources", fake_sources(fake.rows[i].source));
                json_array_append_new(data, row);
        }
        return give(ret, 200, json_pack("{s:i,s:o}", "total", fake.count, "data", data));
}

static json_t *fake_post_one(const json_t *item)
{
        const char *name = json_string_value(json_object_get(item, "name"));
        const char *value = json_string_value(json_object_get(item, "value"));
        const char *source = json_string_value(
            json_object_get(json_array_get(json_object_get(item, "sources"), 0), "name"));

        if (fake.complain_name && strcmp(name, fake.complain_name) == 0)
                return json_pack("{s:s}", "error", "not this one");
        if (!fake_merge(name, value, source ? source : "account"))
                fake_add(name, value, source ? source : "account");
        return json_pack("{s:i,s:s}", "id", fake.next_id, "name", name);
}

static bool fake_refuses(const json_t *item)
{
        const char *name = json_string_value(json_object_get(item, "name"));

        return fake.refuse_name && name && strcmp(name, fake.refuse_name) == 0;
}

static enum threatq_answer fake_post(const char *body, struct threatq_result *ret)
{
        json_t *json = json_loads(body, 0, NULL);
        json_t *data = json_array();
        bool refused = fake.refuse_lists && json_is_array(json);

        assert_non_null(json);
        for (size_t i = 0; i < json_array_size(json); i++)
                refused = refused || fake_refuses(json_array_get(json, i));
        refused = refused || fake_refuses(json);
        for (size_t i = 0; !refused && i < json_array_size(json); i++)
                json_array_append_new(data, fake_post_one(json_array_get(json, i)));
        if (!refused && json_is_object(json))
                json_array_append_new(data, fake_post_one(json));
        json_decref(json);
        if (!refused)
                return give(ret, 201, json_pack("{s:o}", "data", data));
        json_decref(data);
        return refuse_with(ret, THREATQ_E_REFUSED, 400);
}

static enum threatq_answer fake_row(const struct threatq_call *call, int id,
                                    struct threatq_result *ret)
{
        int i = fake_find(id);
        json_t *json;

        if (i < 0)
                return refuse_with(ret, THREATQ_E_GONE, 404);
        if (strcmp(call->method, "DELETE") == 0) {
                fake_remove(i);
                ret->status = 204;
                return THREATQ_OK;
        }
        if (fake.refuse_name && strcmp(fake.rows[i].name, fake.refuse_name) == 0)
                return refuse_with(ret, THREATQ_E_REFUSED, 400);
        json = json_loads(call->body, 0, NULL);
        snprintf(fake.rows[i].value, FAKE_TEXT, "%s",
                 json_string_value(json_object_get(json, "value")));
        json_decref(json);
        return give(ret, 200, json_pack("{s:{s:i}}", "data", "id", id));
}

static enum threatq_answer fake_do(const struct threatq_call *call, struct threatq_result *ret)
{
        static const char prefix[] = "/api/indicators/42/attributes";
        const char *rest;

        assert_memory_equal(call->path, prefix, strlen(prefix));
        rest = call->path + strlen(prefix);
        if (fake.gone)
                return refuse_with(ret, THREATQ_E_GONE, 404);
        if (strcmp(call->method, "GET") == 0)
                return fake_get(call->path, ret);
        if (fake.vanish) {
                fake.vanish = false;
                fake.count = 0;
        }
        if (strcmp(call->method, "POST") == 0)
                return fake_post(call->body, ret);
        assert_int_equal(rest[0], '/');
        return fake_row(call, atoi(rest + 1), ret);
}

enum threatq_answer __wrap_threatq_do(struct threatq_session *session,
                                      const struct threatq_call *call, struct threatq_result *ret);
enum threatq_answer __wrap_threatq_do(struct threatq_session *session,
                                      const struct threatq_call *call, struct threatq_result *ret)
{
        enum threatq_answer answer;

        assert_null(session);
        assert_true(call->body_max > 0);
        assert_true(fake.calls < CALLS);
        fake.calls++;
        if (strlen(fake.trace) < sizeof(fake.trace) - 16)
                snprintf(fake.trace + strlen(fake.trace), 16, "%s%s", fake.trace[0] ? " " : "",
                         call->method);
        *ret = (struct threatq_result){.retry_after_ms = -1};
        if (fake.calls == fake.fault_at && fake.fault == FAULT_BEFORE) {
                ret->retry_after_ms = 7000;
                return refuse_with(ret, THREATQ_E_LATER, 503);
        }
        if (fake.calls == fake.fault_at && fake.fault == FAULT_ERRORS)
                return refuse_with(ret, THREATQ_E_REFUSED, 200);
        answer = fake_do(call, ret);
        if (fake.calls == fake.fault_at && fake.fault == FAULT_AFTER) {
                free(ret->body);
                ret->body = NULL;
                return refuse_with(ret, THREATQ_E_LATER, 0);
        }
        return answer;
}

static const struct attribute_wishes wishes = {
    .wish = {{"Share Status - emea", "Shared", false},
             {"GTI Trust Level", "Known Malicious", true},
             {"Detection Count", "3", true}},
    .count = 3,
};

static enum threatq_answer run_for(struct source *source, struct writeback_report *report)
{
        fake.trace[0] = '\0';
        fake.calls = 0;
        return writeback_run(NULL, 42, &wishes, source, report);
}

static enum threatq_answer run(const char *configured, struct writeback_report *report)
{
        struct source source;
        enum threatq_answer answer;

        source_init(&source, configured, false);
        answer = run_for(&source, report);
        source_done(&source);
        return answer;
}

static int reset(void **state)
{
        (void)state;
        memset(&fake, 0, sizeof(fake));
        return 0;
}

static int rows_of(const char *name, const char *value, const char *source)
{
        int n = 0;

        for (int i = 0; i < fake.count; i++)
                n += strcmp(fake.rows[i].name, name) == 0 &&
                     (!value || strcmp(fake.rows[i].value, value) == 0) &&
                     (!source || strcmp(fake.rows[i].source, source) == 0);
        return n;
}

/* Each wish is there once, and another run only reads. */
static void assert_settled(const char *source)
{
        struct writeback_report report;

        for (size_t i = 0; i < wishes.count; i++) {
                assert_int_equal(rows_of(wishes.wish[i].name, NULL, source), 1);
                assert_int_equal(rows_of(wishes.wish[i].name, wishes.wish[i].value, source), 1);
        }
        fake.fault = FAULT_NONE;
        assert_int_equal(run(source, &report), THREATQ_OK);
        assert_int_equal(report.result, WRITTEN_DONE);
        assert_int_equal(report.attributes, 0);
        assert_string_equal(fake.trace, "GET");
}

static void test_all_missing_go_in_one_post(void **state)
{
        struct writeback_report report;

        (void)state;
        fake_add("Malware Family", "Emotet", "feed");
        assert_int_equal(run(NULL, &report), THREATQ_OK);
        assert_string_equal(fake.trace, "GET POST");
        assert_int_equal(report.result, WRITTEN_DONE);
        assert_int_equal(report.attributes, 2);
        assert_string_equal(report.error, "");
        assert_int_equal(rows_of("Malware Family", "Emotet", "feed"), 1);
        assert_settled(NULL);
}

static void test_put_post_delete(void **state)
{
        struct writeback_report report;

        (void)state;
        fake_add("GTI Trust Level", "Unknown", "account");
        fake_add("GTI Trust Level", "Not Set", "account");
        fake_add("Share Status - emea", "shared", "account");
        assert_int_equal(run("account", &report), THREATQ_OK);
        assert_string_equal(fake.trace, "GET PUT POST DELETE");
        assert_int_equal(report.attributes, 2);
        assert_int_equal(rows_of("Share Status - emea", "shared", NULL), 1);
        fake_remove(fake_find(3)); /* the one in another case, to please assert_settled */
        fake_add("Share Status - emea", "Shared", "account");
        assert_settled("account");
}

static void test_source_is_named_and_others_stay(void **state)
{
        struct writeback_report report;

        (void)state;
        fake_add("GTI Trust Level", "Known Malicious", "other");
        fake_add("Detection Count", "1", "other");
        fake_add("Detection Count", "2", "Trellix TIE");
        assert_int_equal(run("Trellix TIE", &report), THREATQ_OK);
        assert_string_equal(fake.trace, "GET PUT POST");
        assert_int_equal(rows_of("GTI Trust Level", "Known Malicious", "other"), 1);
        assert_int_equal(rows_of("Detection Count", "1", "other"), 1);
        assert_settled("Trellix TIE");
}

/* Without connector.source it is learned whose the rows are, before any is changed; once. */
static void test_the_accounts_own_source_is_learned(void **state)
{
        struct writeback_report report;
        struct source source;

        (void)state;
        fake.merge = true;
        fake_add("GTI Trust Level", "Unknown", "account");
        fake_add("GTI Trust Level", "Not Set", "other");
        fake_add("Share Status - emea", "Shared", "other");
        fake_add("Detection Count", "3", "account");
        source_init(&source, NULL, false);
        assert_int_equal(run_for(&source, &report), THREATQ_OK);
        assert_string_equal(fake.trace, "GET POST GET GET POST DELETE");
        assert_string_equal(source_name(&source), "account");
        assert_int_equal(rows_of("GTI Trust Level", "Not Set", "other"), 1);
        assert_int_equal(rows_of("GTI Trust Level", "Known Malicious", "account"), 1);
        assert_int_equal(rows_of("GTI Trust Level", NULL, NULL), 2);
        assert_int_equal(rows_of("Share Status - emea", "Shared", "other,account"), 1);

        fake.rows[fake_find(4)].value[0] = '7'; /* Detection Count */
        assert_int_equal(run_for(&source, &report), THREATQ_OK);
        assert_string_equal(fake.trace, "GET PUT");
        source_done(&source);
}

/* A crash between adding and deleting: the right row is there, and the wrong one too. */
static void test_a_surplus_row_of_the_account_goes(void **state)
{
        struct writeback_report report;

        (void)state;
        fake.merge = true;
        for (size_t i = 0; i < wishes.count; i++)
                fake_add(wishes.wish[i].name, wishes.wish[i].value, "account");
        fake_add("Share Status - emea", "Pending", "account");
        fake_add("Share Status - emea", "Odd", "other");
        assert_int_equal(run(NULL, &report), THREATQ_OK);
        assert_string_equal(fake.trace, "GET POST GET GET DELETE");
        assert_int_equal(rows_of("Share Status - emea", NULL, "account"), 1);
        assert_int_equal(rows_of("Share Status - emea", "Odd", "other"), 1);
}

/* Whose the right row is cannot be seen when others stand behind it too: nothing is deleted. */
static void test_what_cannot_be_learned_leaves_all_rows(void **state)
{
        struct writeback_report report;

        (void)state;
        fake.merge = true;
        for (size_t i = 0; i < wishes.count; i++)
                fake_add(wishes.wish[i].name, wishes.wish[i].value, "other");
        fake_add("Share Status - emea", "Pending", "third");
        assert_int_equal(run(NULL, &report), THREATQ_OK);
        assert_string_equal(fake.trace, "GET POST GET");
        assert_int_equal(report.result, WRITTEN_DONE);
        assert_int_equal(rows_of("Share Status - emea", "Pending", "third"), 1);
        assert_int_equal(rows_of("Share Status - emea", "Shared", "other,account"), 1);
}

/* connector.adopt without a source: the rows of the earlier connector are taken over. */
static void test_an_adopted_connectors_rows_are_ours(void **state)
{
        struct writeback_report report;
        struct source source;

        for (int shown = 0; shown < 2; shown++) {
                reset(state);
                fake.show_sources = shown;
                fake_add("Share Status - emea", "Pending", "vendor");
                fake_add("Share Status - emea", "Failed", "account");
                source_init(&source, NULL, true);
                assert_int_equal(run_for(&source, &report), THREATQ_OK);
                assert_string_equal(fake.trace, "GET PUT POST DELETE");
                assert_int_equal(rows_of("Share Status - emea", NULL, NULL), 1);
                source_done(&source);
        }
}

static void test_rows_without_visible_sources_are_ours(void **state)
{
        struct writeback_report report;
        struct source source;

        (void)state;
        fake.refuse_sources = true;
        fake_add("Detection Count", "1", "Trellix TIE");
        source_init(&source, "Trellix TIE", true);
        assert_int_equal(run_for(&source, &report), THREATQ_OK);
        assert_string_equal(fake.trace, "GET GET PUT POST");
        assert_int_equal(rows_of("Detection Count", NULL, NULL), 1);
        assert_int_equal(run_for(&source, &report), THREATQ_OK);
        assert_string_equal(fake.trace, "GET"); /* not asked for a second time */
        source_done(&source);
}

static void test_all_pages_are_read(void **state)
{
        struct writeback_report report;
        char name[16];

        (void)state;
        for (int i = 0; i < 450; i++) {
                snprintf(name, sizeof(name), "Other %d", i);
                fake_add(name, "x", "feed");
        }
        for (size_t i = 0; i < wishes.count; i++)
                fake_add(wishes.wish[i].name, wishes.wish[i].value, "account");
        assert_int_equal(run(NULL, &report), THREATQ_OK);
        assert_string_equal(fake.trace, "GET GET GET");
}

static void test_gone(void **state)
{
        struct writeback_report report;

        (void)state;
        fake.gone = true;
        assert_int_equal(run(NULL, &report), THREATQ_OK);
        assert_int_equal(report.result, WRITTEN_GONE);
        assert_string_equal(fake.trace, "GET");
}

static void test_vanished_rows_are_read_again(void **state)
{
        struct writeback_report report;

        (void)state;
        fake_add("GTI Trust Level", "Unknown", "account");
        fake.vanish = true;
        assert_int_equal(run("account", &report), THREATQ_OK);
        assert_string_equal(fake.trace, "GET PUT POST GET POST");
        assert_int_equal(report.result, WRITTEN_DONE);
        assert_settled("account");
}

static void test_a_refused_list_goes_one_by_one(void **state)
{
        struct writeback_report report;

        (void)state;
        fake.refuse_lists = true;
        assert_int_equal(run(NULL, &report), THREATQ_OK);
        assert_string_equal(fake.trace, "GET POST POST POST POST");
        assert_int_equal(report.result, WRITTEN_DONE);
        assert_string_equal(report.error, "");
        assert_settled(NULL);
}

static void test_a_refused_one_does_not_stop_the_others(void **state)
{
        struct writeback_report report;

        (void)state;
        fake.refuse_name = "GTI Trust Level";
        assert_int_equal(run(NULL, &report), THREATQ_OK);
        assert_int_equal(report.result, WRITTEN_REFUSED);
        assert_int_equal(report.attributes, 1);
        assert_false(report.doubtful);
        assert_string_equal(report.error, "\"GTI Trust Level\": answer 400");
        assert_int_equal(rows_of("Detection Count", "3", NULL), 1);
        assert_int_equal(rows_of("Share Status - emea", "Shared", NULL), 1);
}

static void test_a_complaint_inside_a_201_counts(void **state)
{
        struct writeback_report report;

        (void)state;
        fake.complain_name = "Detection Count";
        assert_int_equal(run(NULL, &report), THREATQ_OK);
        assert_string_equal(fake.trace, "GET POST");
        assert_int_equal(report.result, WRITTEN_REFUSED);
        assert_int_equal(report.attributes, 1);
        assert_true(report.doubtful);
        assert_string_equal(report.error, "\"Detection Count\": not this one");
        fake.complain_name = NULL; /* it was a whim */
        assert_int_equal(run(NULL, &report), THREATQ_OK);
        assert_false(report.doubtful);
        assert_settled(NULL);
}

static void test_errors_in_a_200_are_doubtful(void **state)
{
        struct writeback_report report;

        (void)state;
        fake.fault_at = 1;
        fake.fault = FAULT_ERRORS;
        assert_int_equal(run(NULL, &report), THREATQ_OK);
        assert_int_equal(report.result, WRITTEN_REFUSED);
        assert_true(report.doubtful);
        assert_string_equal(fake.trace, "GET");
}

static void test_trouble_is_reported(void **state)
{
        struct writeback_report report;

        (void)state;
        fake.fault_at = 1;
        fake.fault = FAULT_BEFORE;
        assert_int_equal(run(NULL, &report), THREATQ_E_LATER);
        assert_int_equal(report.status, 503);
        assert_int_equal(report.retry_after_ms, 7000);
        assert_string_equal(report.error, "answer 503");
}

/* Whatever call breaks, before or after its effect: run again, it ends right, with no row twice. */
static int break_everywhere(void **state, const char *source)
{
        struct writeback_report report;
        int broken = 0;

        for (int kind = FAULT_BEFORE; kind <= FAULT_AFTER; kind++) {
                for (int at = 1; at <= 8; at++) {
                        reset(state);
                        fake_add("GTI Trust Level", "Unknown", "account");
                        fake_add("GTI Trust Level", "Not Set", "account");
                        fake_add("Malware Family", "Emotet", "feed");
                        fake.merge = true;
                        fake.fault_at = at;
                        fake.fault = (enum fault)kind;
                        if (run(source, &report) != THREATQ_OK) {
                                broken++;
                                fake.fault = FAULT_NONE;
                                assert_int_equal(run(source, &report), THREATQ_OK);
                        }
                        assert_int_equal(report.result, WRITTEN_DONE);
                        assert_int_equal(rows_of("Malware Family", "Emotet", "feed"), 1);
                        assert_settled(source);
                }
        }
        return broken;
}

static void test_broken_anywhere_it_ends_right(void **state)
{
        /* each call, either way */
        assert_int_equal(break_everywhere(state, "account"), 2 * 4); /* GET PUT POST DELETE */
        assert_int_equal(break_everywhere(state, NULL), 2 * 6); /* GET POST GET GET DELETE DELETE */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup(test_all_missing_go_in_one_post, reset),
            cmocka_unit_test_setup(test_put_post_delete, reset),
            cmocka_unit_test_setup(test_source_is_named_and_others_stay, reset),
            cmocka_unit_test_setup(test_the_accounts_own_source_is_learned, reset),
            cmocka_unit_test_setup(test_a_surplus_row_of_the_account_goes, reset),
            cmocka_unit_test_setup(test_what_cannot_be_learned_leaves_all_rows, reset),
            cmocka_unit_test_setup(test_an_adopted_connectors_rows_are_ours, reset),
            cmocka_unit_test_setup(test_rows_without_visible_sources_are_ours, reset),
            cmocka_unit_test_setup(test_all_pages_are_read, reset),
            cmocka_unit_test_setup(test_gone, reset),
            cmocka_unit_test_setup(test_vanished_rows_are_read_again, reset),
            cmocka_unit_test_setup(test_a_refused_list_goes_one_by_one, reset),
            cmocka_unit_test_setup(test_a_refused_one_does_not_stop_the_others, reset),
            cmocka_unit_test_setup(test_a_complaint_inside_a_201_counts, reset),
            cmocka_unit_test_setup(test_errors_in_a_200_are_doubtful, reset),
            cmocka_unit_test_setup(test_trouble_is_reported, reset),
            cmocka_unit_test_setup(test_broken_anywhere_it_ends_right, reset),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
