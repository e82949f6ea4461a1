#include "common/clock.h"
#include "common/log.h"
#include "common/words.h"
#include "console/judge.h"

#include <string.h>

/* Takes the next line as JSON; NULL at the end, and for what is none. */
static json_t *next_line(const char **text, size_t *len)
{
        const char *end = *len > 0 ? memchr(*text, '\n', *len) : NULL;
        size_t line = end ? (size_t)(end - *text) : *len;
        json_t *json = json_loadb(*text, line, 0, NULL);

        *text += end ? line + 1 : line;
        *len -= end ? line + 1 : line;
        return json;
}

/* The mapper's item of one indicator for one fabric, or NULL. */
static json_t *find_item(const json_t *batches, const char *fabric, json_int_t id)
{
        size_t i, k;
        json_t *batch, *item;

        json_array_foreach(batches, i, batch)
        {
                if (!text_eq_str(text_of(json_string_value(json_object_get(batch, "fabric"))),
                                 fabric))
                        continue;
                json_array_foreach(json_object_get(batch, "items"), k, item)
                {
                        if (json_integer_value(json_object_get(item, "id")) == id)
                                return item;
                }
        }
        return NULL;
}

static enum verdict verdict_of(const json_t *item)
{
        const char *name = json_string_value(json_object_get(item, "verdict"));
        enum verdict verdict = VERDICT_CANDIDATE;

        while (verdict < VERDICT_COUNT && name && strcmp(verdict_name(verdict), name) != 0)
                verdict++;
        return verdict;
}

/* One fabric's part: in JSON, and as a sentence. */
static json_t *judged(const char *fabric, const json_t *item, json_t *story)
{
        bool override = json_is_true(json_object_get(item, "override"));
        double score = json_number_value(json_object_get(item, "score"));
        const char *level =
            words_level((enum trust_level)json_integer_value(json_object_get(item, "level")));
        enum verdict verdict = verdict_of(item);
        char why[WORDS_CAUSE_MAX];

        if (!item || verdict == VERDICT_COUNT) {
                words_say(story,
                          "What %s makes of it is not known: its connector in ThreatQ says nothing "
                          "that can be used. See `tq-trellix-tie check`.",
                          fabric);
                return json_null();
        }
        if (verdict == VERDICT_CANDIDATE) {
                words_say(story, "For %s it is to be %s, by %s.", fabric, level,
                          words_cause(override, score, why));
                return json_pack("{s:s, s:s, s:s}", "verdict", verdict_name(verdict), "rule",
                                 words_rule(override, score), "level", level);
        }
        words_say(story, "For %s it is left out: %s.", fabric, words_left_out(verdict));
        return json_pack("{s:s, s:n, s:n}", "verdict", verdict_name(verdict), "rule", "level");
}

static void tell_row(const json_t *row, json_t *story)
{
        const char *status = json_string_value(json_object_get(row, "status"));
        const json_t *score = json_object_get(row, "score");
        json_int_t created = json_integer_value(json_object_get(row, "created_at"));
        char time[32] = "at an unknown time", number[WORDS_CAUSE_MAX];

        if (created != 0)
                clock_format_threatq(created, time);
        words_say(story, "ThreatQ has it: status %s, %s, created %s%s.",
                  LOG_Q(text_of(status ? status : "")),
                  json_is_number(score) ? words_cause(false, json_number_value(score), number)
                                        : "no score, which counts as 0",
                  time, created != 0 ? " UTC" : "");
}

static json_t *time_json(json_int_t s)
{
        char text[32];

        clock_format_utc(s, text);
        return s == 0 ? json_null() : json_string(text);
}

static json_t *indicator(const json_t *row, const json_t *batches,
                         const struct explain_options *options)
{
        json_int_t id = json_integer_value(json_object_get(row, "id"));
        json_t *fabrics = json_object(), *story = json_array();

        tell_row(row, story);
        for (size_t i = 0; i < options->fabric_count; i++) {
                const char *fabric = options->fabrics[i];

                json_object_set_new(fabrics, fabric,
                                    judged(fabric, find_item(batches, fabric, id), story));
        }
        return json_pack("{s:I, s:{s:O, s:O}, s:O, s:O, s:o, s:o, s:o}", "id", id, "hash", "type",
                         json_object_get(row, "hash_type"), "value", json_object_get(row, "value"),
                         "status", json_object_get(row, "status"), "score",
                         json_object_get(row, "score"), "created_at",
                         time_json(json_integer_value(json_object_get(row, "created_at"))),
                         "fabrics", fabrics, "story", story);
}

/* All lines of this type, whole; NULL when one is another, or none at all. */
static json_t *lines_of(const char *type, const char *text, size_t len)
{
        json_t *lines = json_array();

        while (len > 0) {
                json_t *line = next_line(&text, &len);
                const char *is = json_string_value(json_object_get(line, "type"));

                if (!is || strcmp(is, type) != 0) {
                        json_decref(line);
                        json_decref(lines);
                        return NULL;
                }
                json_array_append_new(lines, line);
        }
        return lines;
}

json_t *judge_read(const char *pages, size_t pages_len, const char *batches, size_t batches_len,
                   const struct explain_options *options)
{
        json_t *said = lines_of("PAGE", pages, pages_len);
        json_t *made = lines_of("BATCH", batches, batches_len);
        json_t *answer = NULL, *list = json_array(), *page, *row;
        size_t i, k;

        if (said && made) {
                json_array_foreach(said, i, page)
                    json_array_foreach(json_object_get(page, "rows"), k, row)
                        json_array_append_new(list, indicator(row, made, options));
                answer = json_pack("{s:O}", "indicators", list);
                if (json_array_size(list) == 0)
                        json_object_set_new(answer, "story",
                                            json_pack("[s]", "ThreatQ does not have it."));
        }
        json_decref(said);
        json_decref(made);
        json_decref(list);
        return answer;
}
