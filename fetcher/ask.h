/*
 * Asks ThreatQ for one page of indicators, or for what its type and status ids stand for, and says
 * what to do about a failure. Blocks; used by the fetch thread alone, but for ask_cancel.
 */
#ifndef TQ_FETCHER_ASK_H
#define TQ_FETCHER_ASK_H

#include "common/cleanup.h"
#include "common/config.h"
#include "fetcher/collection.h"
#include "fetcher/indicator.h"
#include "fetcher/names.h"
#include "fetcher/paging.h"
#include "fetcher/remote.h"

#include <stdbool.h>
#include <stdint.h>

struct ask;

enum ask_answer {
        ASK_OK,
        ASK_LATER,   /* try again */
        ASK_SMALLER, /* try again with a smaller page */
        ASK_REFUSED, /* not in this way */
        ASK_FAILED,  /* never: log-in or role */
        ASK_STOPPED,
};

struct ask_failure {
        char error[256];        /* one plain sentence */
        int64_t retry_after_ms; /* -1: as you like */
};

/* 0 or -errno. */
int ask_open(const struct config *config, struct ask **ret);
void ask_close(struct ask *ask);
DEFINE_CLEANUP(struct ask *, ask_close);
/* Keeps pages that cannot be read, from now on (common/kept.h). The text stays with the caller. */
void ask_keep(struct ask *ask, const char *state_dir);
/* Ends what is under way and refuses what comes, from any thread. */
void ask_cancel(struct ask *ask);

/* Takes the attributes that this configuration needs of a row, until the next call. 0 or -errno. */
int ask_use(struct ask *ask, const struct config *config);
/* What the connector of this name says: ASK_OK with error "" and *ret set, or with a sentence in
 * error when the answer is not good. */
enum ask_answer ask_remote_config(struct ask *ask, const char *name, struct config_remote *ret,
                                  char error[REMOTE_ERROR_MAX], struct ask_failure *failure);
/* Learns the names; ask_names gives them then, until ask_forget_names. */
enum ask_answer ask_learn_names(struct ask *ask, struct ask_failure *failure);
const struct names *ask_names(const struct ask *ask);
void ask_forget_names(struct ask *ask);
/* How far ThreatQ's clock was ahead of ours at the last page, in s; less than 0: behind. */
int64_t ask_clock_ahead(const struct ask *ask);
/* What a page is of: a query's body, or the hash of a saved search, or one indicator. */
struct ask_search {
        const char *body;
        const char *saved; /* instead of a body */
        uint64_t id;       /* instead of both: the page is empty when there is no such indicator */
};

/* One page, names resolved. Its views are valid until the next call. */
enum ask_answer ask_page(struct ask *ask, const struct ask_search *search,
                         const struct paging_request *request, struct indicator_page *ret,
                         struct ask_failure *failure);
/* Finds the Data Collection of this name: ASK_OK with error "" and *ret set, or with a sentence in
 * error when there is no such one. */
enum ask_answer ask_collection(struct ask *ask, const char *name, struct collection *ret,
                               char error[COLLECTION_ERROR_MAX], struct ask_failure *failure);

#endif
