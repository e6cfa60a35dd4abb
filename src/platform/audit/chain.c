/* What is hashed, and who signs it.
 *
 * An entry is hashed as the line of JSON that an export shows, so that anybody can check it with
 * a few lines of any language: take away the member `hash`, which stands last, and hash the rest.
 * `previous` is part of the line; that makes the chain. The line must never change: audit_format in it
 * says how it was made, and a test holds one.
 *
 * SHA-256 alone would only keep out who cannot compute it. So the newest end of the chain is signed
 * by Ed25519 whenever it grows, by a key that is sealed by the vault: whoever has the database and not
 * the master key can destroy the trail, and not rewrite it. */
#include "platform/audit/entry.h"

#include "meta/json.h"

const char audit_no_hash[AUDIT_HASH_LENGTH + 1] =
    "0000000000000000000000000000000000000000000000000000000000000000";

const Type audit_checkpoint_type =
    TYPE(AuditCheckpoint, "A signed state of the audit trail.",
         FIELD(AuditCheckpoint, sequence, "Entries that it covers."),
         FIELD(AuditCheckpoint, hash, "The chain's hash there."),
         FIELD(AuditCheckpoint, at, "When it was signed."),
         FIELD(AuditCheckpoint, signer, "By which key.", .prefix = "asig"),
         FIELD(AuditCheckpoint, signature, "Ed25519, base64url."));

const Type audit_signer_type =
    TYPE(AuditSigner, "A key that signs the audit trail.",
         FIELD(AuditSigner, id, "Identifier.", .prefix = "asig"),
         FIELD(AuditSigner, public, "The public half, a JWK."),
         FIELD(AuditSigner, private, "The private half, sealed.", .secret = true),
         FIELD(AuditSigner, made_at, "When it was made."));

/* ---- The line -------------------------------------------------------------------------------- */

/* The prefix comes from the database, and may be anything there. */
static void write_id(JsonOut *out, const char *key, Str prefix, Id id)
{
    char text[ID_TEXT_MAX];
    json_out_key(out, key);
    if (!id.n) {
        json_out_null(out);
        return;
    }
    Str digits = str_slice((Str){text, id_write(text, "x", id)}, 1, ID_TEXT_MAX);
    Str parts[] = {prefix, digits};
    json_out_str(out, str_join(out->buf->arena, (StrList){parts, 2}, S("")));
}

static void write_text(JsonOut *out, const char *key, Str text)
{
    json_out_key(out, key), json_out_str(out, text);
}

void audit_write_line(Buf *buf, const AuditEntry *entry, Str previous)
{
    char at[TIME_TEXT_MAX];
    JsonOut out = json_out(buf);
    json_out_begin(&out, '{');
    json_out_key(&out, "format"), json_out_int(&out, AUDIT_FORMAT);
    json_out_key(&out, "sequence"), json_out_int(&out, entry->sequence);
    write_text(&out, "previous", previous);
    write_id(&out, "id", S("aud"), entry->id);
    write_text(&out, "at", (Str){at, time_write(at, entry->at)});
    write_text(&out, "action", entry->action);
    write_id(&out, "actor", entry->actor_kind, entry->actor);
    write_id(&out, "impersonator", S("user"), entry->impersonator);
    write_id(&out, "session", S("sess"), entry->session);
    write_text(&out, "kind", entry->kind);
    write_id(&out, "subject", entry->kind, entry->subject);
    write_text(&out, "request", entry->request);
    write_text(&out, "origin", entry->origin);
    json_out_key(&out, "changes"), json_out_raw(&out, entry->changes);
    write_id(&out, "person", S("person"), entry->person);
    write_text(&out, "personal", entry->personal);
}

Str audit_line_hash(Arena *arena, Str line)
{
    unsigned char hash[SHA256_BYTES];
    hash_sha256_parts((Str[]){line, S("}")}, 2, hash);
    return hex_text(arena, hash, sizeof hash);
}

/* ---- Checkpoints ----------------------------------------------------------------------------- */

/* What is signed: no two claims have the same text. */
static Str signed_text(Arena *arena, AuditClaim claim, const AuditCheckpoint *checkpoint)
{
    return str_format(arena, "souk audit %s 1\n%lld\n%.*s\n%.*s\n",
                      claim == AUDIT_SEALED ? "checkpoint" : "export",
                      (long long)checkpoint->sequence, STR_ARG(checkpoint->hash),
                      STR_ARG(time_text(arena, checkpoint->at)));
}

void audit_sign(Arena *arena, const JoseKey *key, AuditClaim claim, AuditCheckpoint *checkpoint)
{
    unsigned char signature[JOSE_SIGNATURE_BYTES];
    jose_sign_bytes(key, signed_text(arena, claim, checkpoint), signature);
    checkpoint->signature = base64url_text(arena, signature, sizeof signature);
}

bool audit_signed(Arena *arena, const JoseKey *key, AuditClaim claim,
                  const AuditCheckpoint *checkpoint)
{
    Str signature;
    return base64url_parse(arena, checkpoint->signature, &signature) &&
           jose_signed_bytes(key, signed_text(arena, claim, checkpoint), signature);
}

/* ---- Signers --------------------------------------------------------------------------------- */

#define PURPOSE "audit-signer"

static Str about_signer(Arena *arena, Id id)
{
    return id_text(arena, "asig", id);
}

JoseKey *audit_signer_key(const Ctx *cx, const AuditSigner *signer)
{
    Str jwk, why;
    if (!vault_unseal(cx->arena, cx->vault, PURPOSE, signer->private,
                      about_signer(cx->arena, signer->id), &jwk))
        return NULL;
    JoseKey *key = jose_key_read(cx->arena, jwk, &why);
    explicit_bzero((void *)(uintptr_t)jwk.p, jwk.n);
    if (key && jose_key_is_private(key) && jose_key_alg(key) == JOSE_EDDSA &&
        str_eq(jose_jwk(cx->arena, key), signer->public))
        return key;
    jose_key_free(key);
    return NULL;
}

AuditSigner *audit_signer_make(Ctx *cx)
{
    JoseKey *key = jose_key_make(JOSE_EDDSA);
    AuditSigner *signer = NEW(cx->arena, AuditSigner);
    Id id = ctx_id(cx);
    Str jwk = jose_jwk_private(cx->arena, key);
    *signer = (AuditSigner){.id = id,
                            .public = jose_jwk(cx->arena, key),
                            .private = vault_seal(cx->arena, cx->vault, cx->random, PURPOSE, jwk,
                                                  about_signer(cx->arena, id)),
                            .made_at = ctx_now(cx)};
    explicit_bzero((void *)(uintptr_t)jwk.p, jwk.n);
    jose_key_free(key);
    return signer;
}
