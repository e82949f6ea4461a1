/*
 * The floor for ingest: fetches the same pages of hash indicators as the fetcher does, parses every
 * byte with yajl and does nothing else, in one thread over one kept-alive connection.
 *
 * Usage: floor-ingest HOST CA_FILE CLIENT_ID USER PASSWORD PAGE_SIZE BODY
 *   HOST is https://127.0.0.1:PORT; BODY is the JSON body of the query.
 * Prints {"indicators":N,"pages":N,"seconds":S,"cpu_seconds":S} of the paging alone.
 */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <yajl/yajl_parse.h>

enum { CURSOR_MAX = 256, TOKEN_MAX = 4096, ROW_DEPTH = 2 /* inside a member of `data` */ };

/* What one answer taught us; depth counts maps only. */
struct page {
        int depth;
        bool at_id;
        bool at_cursor;
        bool at_token;
        uint64_t rows;
        char cursor[CURSOR_MAX];
        char token[TOKEN_MAX];
        yajl_handle parser;
};

static void die(const char *what)
{
        fprintf(stderr, "floor-ingest: %s\n", what);
        exit(1);
}

static void copy(char *out, size_t size, const unsigned char *text, size_t len)
{
        if (len >= size)
                die("text too long");
        memcpy(out, text, len);
        out[len] = '\0';
}

static int on_start_map(void *ctx)
{
        struct page *page = ctx;

        page->depth++;
        page->at_id = page->at_cursor = page->at_token = false;
        return 1;
}

static int on_end_map(void *ctx)
{
        struct page *page = ctx;

        page->depth--;
        return 1;
}

static bool key_is(const unsigned char *key, size_t len, const char *name)
{
        return len == strlen(name) && memcmp(key, name, len) == 0;
}

static int on_key(void *ctx, const unsigned char *key, size_t len)
{
        struct page *page = ctx;

        page->at_id = page->depth == ROW_DEPTH && key_is(key, len, "id");
        page->at_cursor = page->depth == 1 && key_is(key, len, "nextCursorMark");
        page->at_token = page->depth == 1 && key_is(key, len, "access_token");
        return 1;
}

static int on_number(void *ctx, const char *text, size_t len)
{
        struct page *page = ctx;

        (void)text;
        (void)len;
        if (page->at_id)
                page->rows++;
        page->at_id = false;
        return 1;
}

static int on_string(void *ctx, const unsigned char *text, size_t len)
{
        struct page *page = ctx;

        if (page->at_cursor)
                copy(page->cursor, sizeof page->cursor, text, len);
        if (page->at_token)
                copy(page->token, sizeof page->token, text, len);
        page->at_cursor = page->at_token = false;
        return 1;
}

static const yajl_callbacks callbacks = {
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_map,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end_map,
};

static size_t on_body(char *data, size_t size, size_t count, void *userdata)
{
        struct page *page = userdata;

        if (yajl_parse(page->parser, (const unsigned char *)data, size * count) != yajl_status_ok)
                return 0;
        return size * count;
}

static void call(CURL *curl, const char *url, const char *body, struct page *page)
{
        long status = 0;

        memset(page, 0, sizeof *page);
        page->parser = yajl_alloc(&callbacks, NULL, page);
        curl_easy_setopt(curl, CURLOPT_URL, url);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, page);
        if (curl_easy_perform(curl) != CURLE_OK)
                die("the transfer failed");
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        if (status != 200 || yajl_complete_parse(page->parser) != yajl_status_ok)
                die("no good answer");
        yajl_free(page->parser);
}

static struct curl_slist *log_in(CURL *curl, char **argv)
{
        struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
        char url[1024];
        char body[1024];
        char bearer[TOKEN_MAX + 32];
        struct page page;

        snprintf(url, sizeof url, "%s/api/token?grant_type=password&client_id=%s", argv[1],
                 argv[3]);
        snprintf(body, sizeof body, "{\"email\":\"%s\",\"password\":\"%s\"}", argv[4], argv[5]);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        call(curl, url, body, &page);
        if (!page.token[0])
                die("no token");
        snprintf(bearer, sizeof bearer, "Authorization: Bearer %s", page.token);
        headers = curl_slist_append(headers, bearer);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        return headers;
}

static double now(clockid_t clock)
{
        struct timespec t;

        clock_gettime(clock, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
        uint64_t rows = 0;
        unsigned pages = 0;
        char cursor[CURSOR_MAX] = "*";
        char url[1024];
        struct page page;

        if (argc != 8)
                die("usage: floor-ingest HOST CA_FILE CLIENT_ID USER PASSWORD PAGE_SIZE BODY");
        curl_global_init(CURL_GLOBAL_DEFAULT);
        CURL *curl = curl_easy_init();
        curl_easy_setopt(curl, CURLOPT_CAINFO, argv[2]);
        curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
        curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
        struct curl_slist *headers = log_in(curl, argv);
        double start = now(CLOCK_MONOTONIC);
        double start_cpu = now(CLOCK_PROCESS_CPUTIME_ID);

        for (;;) {
                char *mark = curl_easy_escape(curl, cursor, 0);

                snprintf(url, sizeof url, "%s/api/indicators/query?limit=%s&sort=id&cursorMark=%s",
                         argv[1], argv[6], mark);
                curl_free(mark);
                call(curl, url, argv[7], &page);
                rows += page.rows;
                pages++;
                if (page.rows == 0 || !page.cursor[0] || strcmp(page.cursor, cursor) == 0)
                        break;
                memcpy(cursor, page.cursor, sizeof cursor);
        }
        printf("{\"indicators\":%llu,\"pages\":%u,\"seconds\":%.6f,\"cpu_seconds\":%.6f}\n",
               (unsigned long long)rows, pages, now(CLOCK_MONOTONIC) - start,
               now(CLOCK_PROCESS_CPUTIME_ID) - start_cpu);
        curl_slist_free_all(headers);
        curl_easy_cleanup(curl);
        return 0;
}
