/* Every limit of the search, with its reason. What is beyond a limit is left out, never refused: a
 * search box has no way to say "too long". */
#ifndef PLATFORM_SEARCH_LIMITS_H
#define PLATFORM_SEARCH_LIMITS_H

enum {
    /* ---- What is put in ---- */
    SEARCH_TITLE_WORDS_MAX = 32,  /* the order of a title's words is kept beside each hit; the rest
                                    counts as description */
    SEARCH_TAG_WORDS_MAX = 64,    /* likewise */
    SEARCH_BODY_WORDS_MAX = 4000, /* ten pages; PostgreSQL knows 16383 places in a text */
    SEARCH_TEXTS_MAX = 64,        /* languages of one object */
    SEARCH_CODES_MAX = 1000,      /* of one object: SKU and barcode of 500 variants */
    SEARCH_CODE_MAX = 64,         /* letters and digits of one code */
    SEARCH_WORD_MAX = 96,         /* bytes of one word: an index key; longer is noise */
    SEARCH_LOCALE_MAX = 35,       /* RFC 5646 §4.4.1: what buffers for language tags should hold */

    /* ---- What is kept in memory ---- */
    SEARCH_LISTS_BYTES =
        32 << 20,            /* lists of terms: 3.5 million postings, so all that is asked of a
                                      shop of 100,000 */
    SEARCH_LISTS_MAX = 4096, /* of them: strangers can invent words that nothing has */

    /* ---- What is asked ---- */
    SEARCH_QUERY_MAX = 400, /* bytes: longer than any question, shorter than an essay */
    SEARCH_WORDS_MAX = 12, /* each costs a walk through the postings of its word; also the bits of a
                               hit's mask */
    SEARCH_PHRASES_MAX = 4, /* each may cost a look at every text that has its words */
    SEARCH_PHRASE_WORDS_MAX = 12,
    SEARCH_EXCLUDED_MAX = 8,
    SEARCH_PREFIX_MIN = 2,      /* letters from which the last word also stands for longer ones: one
                                   letter would be a tenth of the shop */
    SEARCH_CODE_MIN = 3,        /* shorter is a word */
    SEARCH_CODE_PREFIX_MIN = 4, /* each code is a posting of its own: "12" would be thousands */
    SEARCH_SUGGEST_MAX = 50,
    SEARCH_MENDED_WORDS_MAX = 4, /* misspelt words in one query: each is compared with the whole
                                    vocabulary */
};

#endif
