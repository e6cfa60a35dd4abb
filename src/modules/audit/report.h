/* What `souk audit verify` says, of the database and of files. */
#ifndef MODULES_AUDIT_REPORT_H
#define MODULES_AUDIT_REPORT_H

#include "platform/audit/verify.h"

/* Prints what was found; EXIT_FINE when it was nothing. `unsealed`: entries that wait for their place. */
int audit_report(CommandCall *call, const Verifier *verifier, int64_t unsealed);

/* `souk audit verify` of a file: that of the call's first argument. `trusted`: thumbprints of the
 * keys that may sign. */
int audit_verify_file(CommandCall *call, StrList trusted);

/* Lines of an export that are no entries. */
typedef struct ExportLine {
    Json jwk;           /* a public key */
    int64_t checkpoint; /* a signed state: entries that it covers */
    int64_t end;        /* the same of the whole file; nothing follows */
    int64_t sequence;   /* an entry */
    Str previous, hash;
    Time at;
    Str key; /* thumbprint of the signer's */
    Str signature;
    Present present;
} ExportLine;

extern const Type export_line_type;

/* The signers of the database, each with its pair as far as this shop's vault has sealed it. */
typedef struct Signers {
    AuditSignerList rows;
    JoseKey **keys; /* NULL: not to be trusted */
} Signers;

void signers_read(Ctx *cx, Signers *out); /* inside a READ transaction; ends with signers_free */
void signers_free(Signers *signers);
const JoseKey *signers_key(const Signers *signers, Id id); /* NULL: nobody who may sign */

int audit_export(CommandCall *call, const void *flags); /* the command */

#endif
