/*
 * What the publisher keeps on disk, opened: its store, the store's identity, the state record, what
 * it goes by, and the quota ledger.
 */
#ifndef TQ_PUBLISHER_VAULT_H
#define TQ_PUBLISHER_VAULT_H

#include "common/proc.h"
#include "publisher/identity.h"
#include "publisher/quota.h"
#include "publisher/recent.h"
#include "publisher/record.h"
#include "publisher/rule.h"

enum { VAULT_E_STOPPED = 1 };

struct vault {
        struct store *store;
        struct recent *recent;
        char id[IDENTITY_SIZE];
        struct state state; /* the copy in memory, renewed by each commit */
        struct rule rule;   /* likewise */
        struct quota *quota;
};

/* 0, or -errno after it logged why; vault_close in any case. */
int vault_open(const struct proc *proc, struct vault *vault);
/* The same for a publisher that begins its work: counts the vendor's quota file (`cache`, as in
 * cache_import), and waits while the disk is full. VAULT_E_STOPPED: it was asked to stop meanwhile.
 */
int vault_open_at_work(struct proc *proc, const char *cache, struct vault *vault);
void vault_close(struct vault *vault);

#endif
