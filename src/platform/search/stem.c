/* Stems, by libstemmer (Snowball). A stemmer is no thread's but its maker's, so each thread makes
 * its own when it first needs one, and they end with it. */
#include "platform/search/fold.h"
#include "platform/search/limits.h"
#include "platform/search/words.h"

#include <libstemmer.h>
#include <pthread.h>
#include <stdlib.h>

/* A language, as ISO 639-1 has it, and its small words: articles, prepositions and conjunctions that
 * stand in most texts and say nothing about any. Folded. */
typedef struct Language {
    const char *code, *small;
} Language;

static const Language languages[] = {
    {"en",
     " a an and are as at be by for from in into is it its of on or that the these this those "
     "to with your our "},
    {"de",
     " aus auf bei das dem den der des die ein eine einem einen einer eines fur im in ist mit "
     "oder und von vom zu zum zur "},
    {"fr",
     " a au aux avec ce ces d dans de des du en est et l la le les ou par pour sans sur un une "},
    {"es", " a al con de del e el en es la las lo los o para por sin su un una unas unos y "},
    {"it", " a ad ai al alla alle con d da dal dei del della delle di e ed gli i il in l la le lo "
           "nel nella o per su un una uno "},
    {"pt",
     " a ao as com da das de do dos e em na nas no nos o os ou para pela pelo por sem um uma "},
    {"nl", " aan bij de den der een en het in is met naar of om op te uit van voor zonder "},
    {"ar", ""},
    {"hy", ""},
    {"eu", ""},
    {"ca", ""},
    {"da", ""},
    {"fi", ""},
    {"el", ""},
    {"hi", ""},
    {"hu", ""},
    {"id", ""},
    {"ga", ""},
    {"lt", ""},
    {"ne", ""},
    {"no", ""},
    {"ro", ""},
    {"ru", ""},
    {"sr", ""},
    {"sv", ""},
    {"ta", ""},
    {"tr", ""},
    {"yi", ""},
};

enum { LANGUAGES = sizeof languages / sizeof *languages };

static const char *own_language = "en";

static int language_index(const char *code)
{
    for (int i = 0; code && i < LANGUAGES; i++)
        if (languages[i].code == code) return i;
    return -1;
}

const char *stem_language(Str locale)
{
    if (!locale.n) return own_language;
    Str code, rest;
    str_cut(locale, '-', &code, &rest);
    if (str_eq_nocase(code, S("nb")) || str_eq_nocase(code, S("nn"))) code = S("no");
    for (int i = 0; i < LANGUAGES; i++)
        if (str_eq_nocase(code, str_from(languages[i].code))) return languages[i].code;
    return NULL;
}

void stem_set_own(Str locale)
{
    own_language = locale.n ? stem_language(locale) : "en";
}

bool stem_is_small(const char *language, Str text)
{
    int at = language_index(language);
    if (at < 0 || !text.n || text.n > 8) return false;
    char wanted[16] = " ";
    memcpy(wanted + 1, text.p, text.n);
    wanted[text.n + 1] = ' ';
    return strstr(languages[at].small, wanted) != NULL;
}

/* ---- Stemmers -------------------------------------------------------------------------------- */

typedef struct Stemmers {
    struct sb_stemmer *by_language[LANGUAGES];
    bool missing[LANGUAGES]; /* this libstemmer does not have it */
} Stemmers;

static pthread_key_t stemmers_key;
static pthread_once_t stemmers_once = PTHREAD_ONCE_INIT;

static void stemmers_free(void *own)
{
    Stemmers *stemmers = own;
    for (int i = 0; i < LANGUAGES; i++) sb_stemmer_delete(stemmers->by_language[i]);
    free(stemmers);
}

static void stemmers_init(void)
{
    if (pthread_key_create(&stemmers_key, stemmers_free) != 0) abort();
}

static struct sb_stemmer *stemmer_of(int language)
{
    pthread_once(&stemmers_once, stemmers_init);
    Stemmers *own = pthread_getspecific(stemmers_key);
    if (!own) {
        own = calloc(1, sizeof *own);
        if (!own || pthread_setspecific(stemmers_key, own) != 0) abort();
    }
    if (!own->by_language[language] && !own->missing[language]) {
        own->by_language[language] = sb_stemmer_new(languages[language].code, NULL);
        own->missing[language] = !own->by_language[language];
    }
    return own->by_language[language];
}

Str stem_of(Arena *arena, const char *language, Str base)
{
    int at = language_index(language);
    struct sb_stemmer *stemmer = at >= 0 ? stemmer_of(at) : NULL;
    if (!stemmer) return S("");
    const sb_symbol *stem = sb_stemmer_stem(stemmer, (const sb_symbol *)base.p, (int)base.n);
    size_t length = stem ? (size_t)sb_stemmer_length(stemmer) : 0, n = 0;
    if (length > SEARCH_WORD_MAX) return S(""); /* the longest words may grow by an e */
    char *out = arena_alloc(arena, length + 1, 1);
    for (size_t i = 0; i < length; i++)
        if (stem[i] != '\'') out[n++] = (char)stem[i];
    return fold_accents(arena, (Str){out, n});
}
