/*
 * What `tie-fetcher --report` and `tie-publisher --fabric X --report` print, as structs. Pure.
 * Unknown keys are passed over and missing ones read as 0 or "", so that stages of two versions can
 * be asked while they are replaced one by one; what is no JSON object is refused whole.
 */
#ifndef TQ_CONSOLE_REPORT_H
#define TQ_CONSOLE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        REPORT_E_BAD = 1, /* not one JSON object */

        REPORT_FABRICS_MAX = 64,
        REPORT_NAME_MAX = 65,       /* a fabric's name and its NUL */
        REPORT_DATE_MAX = 32,       /* "2026-05-01T10:00:00Z" */
        REPORT_TEXT_MAX = 512,      /* longer text is cut */
        REPORT_BYTES_MAX = 1 << 20, /* more than this is no report */
};

struct report_sweep {
        uint64_t number; /* 0: there was none yet */
        char kind[16];
        char state[16];   /* "idle", "waiting", "running", "failed" */
        uint64_t request; /* of the SWEEP_REQUEST last taken; 0: none */
        uint64_t fetched;
        uint64_t pages;
        char started_at[REPORT_DATE_MAX]; /* dates: "" when not yet */
        char finished_at[REPORT_DATE_MAX];
        char error[REPORT_TEXT_MAX]; /* "" when all is well */
};

/* The connector in ThreatQ that holds a fabric's configuration. */
struct report_remote {
        char connector[REPORT_TEXT_MAX]; /* "": there is none */
        bool known;                      /* something good was read of it, ever */
        bool active;                     /* as it was then */
        char error[REPORT_TEXT_MAX];     /* why what it says now is not taken; "" */
};

struct report_checkpoint {
        char fabric[REPORT_NAME_MAX];
        bool lagging; /* left behind in the last sweep */
        struct report_remote remote;
};

struct report_fetcher {
        int64_t pid; /* of the one that runs now; 0: none does */
        struct report_sweep sweep;
        struct report_checkpoint fabrics[REPORT_FABRICS_MAX];
        size_t fabric_count;
};

/* Every indicator of the sweep once, under the first that fits, then what became of the queue. */
struct report_counts {
        uint64_t fetched;
        uint64_t invalid;
        uint64_t days; /* the four filters */
        uint64_t status;
        uint64_t score;
        uint64_t attributes;
        uint64_t collection; /* not of the Data Collection */
        uint64_t conflicting_override;
        uint64_t unmapped;
        uint64_t already_shared;
        uint64_t queued;
        uint64_t sent;
        uint64_t failed;
        uint64_t waiting_quota;
};

struct report_quota {
        uint64_t limit;
        uint64_t used;
        uint64_t left;
        char next_free_at[REPORT_DATE_MAX]; /* "": nothing is used */
        uint64_t backlog;                   /* requests that wait */
        uint64_t wait_s;                    /* until the last of them may leave */
        char through_at[REPORT_DATE_MAX];   /* when that is; "": nothing waits */
};

/* The client's certificate, the CAs that the broker's comes from, the broker's. */
enum { REPORT_CERTIFICATES = 3 };
extern const char
    *const report_certificate_names[REPORT_CERTIFICATES]; /* "client", "ca", "broker" */

struct report_certificate {
        char expires_at[REPORT_DATE_MAX]; /* "": not known */
        int64_t days;                     /* left; below 0: it is over */
        char state[16];                   /* "ok", "warning", "expired", "unknown" */
};

struct report_publisher {
        int64_t pid; /* 0: not running */
        bool off;    /* switched off in ThreatQ */
        bool connected;
        bool dry_run; /* it sets nothing, and hands nothing to the enrichers */
        char broker[REPORT_TEXT_MAX];
        uint64_t queued;
        uint64_t in_flight;
        char oldest_waiting_at[REPORT_DATE_MAX]; /* creation in ThreatQ of the oldest queued; "" */
        uint64_t outbox;
        uint64_t shared;
        uint64_t failed;
        char last_error[REPORT_TEXT_MAX];
        struct report_quota quota;
        struct report_counts counts;
        uint64_t sweep; /* the newest one seen here */
        bool sweep_open;
        bool idle;
        int64_t unanswered_since; /* s since 1970; 0: broker and TIE answer, or need not */
        char breaker[16];         /* "closed", "open", "paused"; "" when it does not run */
        uint64_t breaker_silent;
        char next_probe_at[REPORT_DATE_MAX]; /* "": requests may go out */
        struct report_certificate certificates[REPORT_CERTIFICATES];
        uint64_t enrichment_written;
        uint64_t enrichment_pending;
};

/* 0, or REPORT_E_BAD with *ret untouched. */
int report_parse_fetcher(const char *json, size_t len, struct report_fetcher *ret);
int report_parse_publisher(const char *json, size_t len, struct report_publisher *ret);

/* NULL when the fabric has none. Valid as long as the report. */
const struct report_remote *report_remote(const struct report_fetcher *report, const char *fabric);
/* Whether the fetcher left this fabric behind; false when it never heard of it. */
bool report_lagging(const struct report_fetcher *report, const char *fabric);

#endif
