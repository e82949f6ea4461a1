#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/extract.h"
#include "publisher/journal.h"
#include "tests/unit/publisher_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct entry entry = {.id = 20417,
                                   .hash = {.type = HASH_MD5, .bytes = {0xab, 0xcd}},
                                   .level = TRUST_KNOWN_MALICIOUS,
                                   .score = 9.25};

struct many {
        uint64_t count;
        int64_t at, step;
};

static int put_in(struct work *w, void *userdata)
{
        const struct many *many = userdata;
        int r = 0;

        for (uint64_t i = 0; i < many->count && r == 0; i++) {
                struct journal_entry e = journal_entry_of(&entry, JOURNAL_REFUSED, (uint32_t)i,
                                                          many->at + (int64_t)i * many->step);

                r = journal_put(w, &e);
        }
        return r;
}

static void put(struct fixture *f, uint64_t count, int64_t at, int64_t step)
{
        fixture_do(f, put_in, &(struct many){count, at, step});
}

struct part {
        uint64_t from;
        struct journal_entry entries[10];
        unsigned count;
};

static int read_in(struct work *w, void *userdata)
{
        struct part *part = userdata;

        return journal_read(w, part->from, part->entries, 10, &part->count);
}

static int view_in(struct store *store, MDB_txn *txn, void *userdata)
{
        struct work w = {.store = store, .txn = txn};

        return read_in(&w, userdata);
}

static int prune_in(struct work *w, void *userdata)
{
        return journal_prune(w, *(const int64_t *)userdata);
}

static void prune(struct fixture *f, int64_t wall_s)
{
        fixture_do(f, prune_in, &wall_s);
}

static uint64_t first(struct fixture *f)
{
        struct part part = {0};

        fixture_do(f, read_in, &part);
        return part.count > 0 ? part.entries[0].number : 0;
}

static void entries_come_back_in_order(void **state)
{
        struct fixture *f = *state;
        struct part part = {.from = 9};
        const struct journal_entry *e = part.entries;

        put(f, 12, 1000, 1);
        fixture_reopen(f);
        put(f, 3, 2000, 1);
        fixture_do(f, read_in, &part);
        assert_int_equal(part.count, 7);
        for (unsigned i = 0; i < part.count; i++)
                assert_int_equal(e[i].number, 9 + i);
        assert_int_equal(e[0].at, 1008);
        assert_int_equal(e[0].code, 8);
        assert_int_equal(e[4].at, 2000);
        assert_int_equal(e[0].id, 20417);
        assert_true(hash_eq(&e[0].hash, &entry.hash));
        assert_int_equal(e[0].level, TRUST_KNOWN_MALICIOUS);
        assert_int_equal(e[0].answer, JOURNAL_REFUSED);
        assert_true(e[0].score == 9.25 && !e[0].override);
        part.from = 1;
        fixture_do(f, read_in, &part);
        assert_int_equal(part.count, 10);
        part.from = 16;
        fixture_do(f, read_in, &part);
        assert_int_equal(part.count, 0);
}

static void what_is_too_old_goes(void **state)
{
        static const int64_t day = 86400;
        struct fixture *f = *state;

        put(f, 10, 100 * day, day);
        prune(f, (100 + JOURNAL_DAYS + 1) * day);
        assert_int_equal(first(f), 1); /* not for one alone */
        prune(f, (103 + JOURNAL_DAYS) * day);
        assert_int_equal(first(f), 4);
        assert_int_equal(fixture_count(f, TABLE_JOURNAL), 7);
        prune(f, 1000 * day);
        assert_int_equal(fixture_count(f, TABLE_JOURNAL), 0);
        prune(f, 1000 * day);
        put(f, 1, 1000 * day, 0);
        assert_int_equal(fixture_count(f, TABLE_JOURNAL), 1);
}

static void what_is_too_much_goes_many_at_a_time(void **state)
{
        struct fixture *f = *state;

        put(f, JOURNAL_MAX + JOURNAL_SLACK, 1000, 0);
        prune(f, 1000);
        assert_int_equal(fixture_count(f, TABLE_JOURNAL), JOURNAL_MAX + JOURNAL_SLACK);
        put(f, 1, 1000, 0);
        prune(f, 1000);
        assert_int_equal(fixture_count(f, TABLE_JOURNAL), JOURNAL_MAX + 1);
        assert_int_equal(first(f), JOURNAL_SLACK + 1);
        prune(f, 1000);
        assert_int_equal(fixture_count(f, TABLE_JOURNAL), JOURNAL_MAX + 1);
}

/* A store of an older publisher, looked at before the new one has opened it. */
static void an_older_store_has_none(void **state)
{
        const char *tables[TABLE_JOURNAL + 1];
        struct fixture *f = *state;
        struct part part = {.count = 1};
        struct store *store;
        char path[128];

        recent_close(f->recent);
        store_close(f->store);
        f->recent = NULL;
        f->store = NULL;
        snprintf(path, sizeof(path), "%s/data.mdb", f->folder);
        assert_int_equal(unlink(path), 0);
        for (unsigned i = 0; i < TABLE_JOURNAL; i++)
                tables[i] = record_tables[i];
        tables[TABLE_JOURNAL] = NULL;
        assert_int_equal(store_open(f->folder, tables, false, &store), 0);
        store_close(store);
        assert_int_equal(store_open(f->folder, record_tables, true, &f->store), 0);
        assert_true(store_has_table(f->store, TABLE_RECENT));
        assert_false(store_has_table(f->store, TABLE_JOURNAL));
        assert_int_equal(store_view(f->store, view_in, &part), 0);
        assert_int_equal(part.count, 0);
        store_close(f->store);
        f->store = NULL;
        assert_int_equal(store_open(f->folder, record_tables, false, &f->store), 0);
        assert_true(store_has_table(f->store, TABLE_JOURNAL));
        put(f, 1, 1000, 0);
        assert_int_equal(first(f), 1);
}

static char *line_of(enum extract_format format, const struct journal_entry *e)
{
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        assert_non_null(out);
        extract_line(out, format, "emea", e);
        fclose(out);
        return text;
}

static void a_line_says_all_of_an_entry(void **state)
{
        struct journal_entry e = journal_entry_of(&entry, JOURNAL_TAKEN, 0, 1777629600);
        char *text = line_of(EXTRACT_CSV, &e);
        size_t commas = 0;

        (void)state;
        assert_string_equal(text,
                            "2026-05-01T10:00:00Z,emea,abcd0000000000000000000000000000,Known "
                            "Malicious,high,taken,MD5,1,9.25,20417,\n");
        for (const char *p = text; *p; p++)
                commas += *p == ',';
        for (const char *p = extract_columns; *p; p++)
                commas -= *p == ',';
        assert_int_equal(commas, 0);
        free(text);
        e.override = true;
        e.answer = JOURNAL_REFUSED;
        e.code = 0x1f;
        text = line_of(EXTRACT_JSONL, &e);
        assert_string_equal(
            text, "{\"time\":\"2026-05-01T10:00:00Z\",\"fabric\":\"emea\",\"hash\":"
                  "\"abcd0000000000000000000000000000\",\"level\":\"Known Malicious\",\"rule\":"
                  "\"override\",\"answer\":\"error\",\"hash_type\":\"MD5\",\"trust_level\":1,"
                  "\"score\":9.25,\"indicator_id\":20417,\"error_code\":\"0x0000001f\"}\n");
        free(text);
}

static void every_answer_has_a_name(void **state)
{
        (void)state;
        for (unsigned i = 0; i < JOURNAL_ANSWERS; i++) {
                assert_string_not_equal(journal_answer_name(i), "?");
                assert_null(strchr(journal_answer_name(i), ','));
        }
        assert_string_equal(journal_answer_name(JOURNAL_ANSWERS), "?");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_setup_teardown(entries_come_back_in_order, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(what_is_too_old_goes, fixture_setup, fixture_teardown),
            cmocka_unit_test_setup_teardown(what_is_too_much_goes_many_at_a_time, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test_setup_teardown(an_older_store_has_none, fixture_setup,
                                            fixture_teardown),
            cmocka_unit_test(a_line_says_all_of_an_entry),
            cmocka_unit_test(every_answer_has_a_name),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
