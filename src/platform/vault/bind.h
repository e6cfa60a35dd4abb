/* A database belongs to one master key. */
#ifndef PLATFORM_VAULT_BIND_H
#define PLATFORM_VAULT_BIND_H

#include "platform/module.h"
#include "platform/vault/vault.h"

/* Notes down that this vault seals what is in the database, or finds that another one did: then
 * &err_master_key, and *detail says what to do. A key file that was made only now, for a database
 * that has a key already, is taken away again from `folder`. After db_migrate. */
const Error *vault_bind(Vault *vault, Db *db, Ctx *cx, Str folder, Str *detail);

/* The table. */
extern const Module vault_module;

#endif
