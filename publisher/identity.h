/*
 * Who a store is: a random id, so that the fetcher notices an empty store in the place of a full
 * one, and the format, so that a newer store is not misread.
 */
#ifndef TQ_PUBLISHER_IDENTITY_H
#define TQ_PUBLISHER_IDENTITY_H

struct store;

enum { IDENTITY_SIZE = 33 };

/* Reads the store's id, or gives it one. 0, -EPROTONOSUPPORT for another format, -errno. */
int identity_settle(struct store *store, char ret[IDENTITY_SIZE]);

#endif
