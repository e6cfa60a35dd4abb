/* How good the answers to judged questions are. */
#ifndef BENCH_SEARCH_JUDGED_H
#define BENCH_SEARCH_JUDGED_H

#include "platform/search/search.h"

/* Answers the questions of the file over products 1 to `products` of the made-up catalogue, which are
 * in the index, and prints for each group recall@10 and nDCG@10. `number_of` tells a product by its
 * id. False: the file is not as it must be; said on stderr. */
bool judge(Db *db, const char *path, int64_t products, bool verbose, int64_t (*number_of)(Id id));

#endif
