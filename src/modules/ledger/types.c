#include "modules/ledger/types.h"

#include "platform/api/limits.h"

/* ---- The chart of accounts ------------------------------------------------------------------- */

const LedgerKind ledger_cash = {"cash", "What banks and providers of payment hold for the shop.",
                                LEDGER_ASSET, NULL, false};
const LedgerKind ledger_sales = {"sales", "What was sold, without tax and shipping.", LEDGER_INCOME,
                                 NULL, false};
const LedgerKind ledger_shipping = {"shipping", "What customers pay for shipping.", LEDGER_INCOME,
                                    NULL, false};
const LedgerKind ledger_tax = {"tax", "Tax that the shop collects and owes.", LEDGER_LIABILITY,
                               NULL, false};
const LedgerKind ledger_goodwill = {"goodwill", "Credit and points that were given away.",
                                    LEDGER_EXPENSE, NULL, false};
const LedgerKind ledger_credit = {"credit", "Store credit: what the shop owes a customer.",
                                  LEDGER_LIABILITY, "user", true};
const LedgerKind ledger_gift_card = {"gift_card", "What is left on a gift card.", LEDGER_LIABILITY,
                                     "gift", true};
const LedgerKind ledger_points = {"points", "A customer's loyalty points.", LEDGER_LIABILITY,
                                  "user", true};

const LedgerKind *const ledger_chart[] = {&ledger_cash,      &ledger_sales,    &ledger_shipping,
                                          &ledger_tax,       &ledger_goodwill, &ledger_credit,
                                          &ledger_gift_card, &ledger_points};

static const char *const kind_docs[] = {
    "What banks and providers of payment hold for the shop. An asset.",
    "What was sold, without tax and shipping. Income.",
    "What customers pay for shipping. Income.",
    "Tax that the shop collects and owes. A liability.",
    "Credit and points that were given away. An expense.",
    "Store credit of a customer, never below 0. A liability.",
    "What is left on a gift card, never below 0. A liability.",
    "Loyalty points of a customer, never below 0. A liability."};

const EnumNames ledger_kind_names = {.names = (const char *const[]){"cash", "sales", "shipping",
                                                                    "tax", "goodwill", "credit",
                                                                    "gift_card", "points"},
                                     .n = ROWS(ledger_chart),
                                     .docs = kind_docs};

/* ---- Rows ------------------------------------------------------------------------------------ */

const Type ledger_account_row_type =
    TYPE(LedgerAccount, "A row of ledger_accounts.",
         FIELD(LedgerAccount, id, "Identifier.", .prefix = "acct"),
         ENUM(LedgerAccount, kind, "What it stands for.", ledger_kind_names),
         FIELD(LedgerAccount, owner, "An id with its prefix; empty: the shop's own."),
         FIELD(LedgerAccount, unit, "A currency's code, or points."),
         FIELD(LedgerAccount, limited, "Its balance is never below 0."),
         FIELD(LedgerAccount, balance, "Credits minus debits, as far as they are folded."),
         FIELD(LedgerAccount, created_at, "When it was first posted to."));

const Type ledger_transaction_row_type =
    TYPE(LedgerTransactionRow, "A row of ledger_transactions.",
         FIELD(LedgerTransactionRow, id, "Identifier.", .prefix = "txn"),
         FIELD(LedgerTransactionRow, cause, "What has happened."),
         FIELD(LedgerTransactionRow, reference, "To what, an id with its prefix, or empty."),
         FIELD(LedgerTransactionRow, unit, "A currency's code, or points."),
         FIELD(LedgerTransactionRow, note, "For people."),
         FIELD(LedgerTransactionRow, actor, "By whom, an id with its prefix, or empty."));

/* ---- Documents ------------------------------------------------------------------------------- */

#define UNIT_DOC  "ISO 4217 code of the currency, counted in minor units; or `points`."
#define OWNER_DOC "Whose it is, by id; null: the shop's own."

const Type ledger_account_type = TYPE(
    LedgerAccount, "An account of the shop's book.",
    FIELD(LedgerAccount, id, "Identifier.", .prefix = "acct", .read_only = true),
    ENUM(LedgerAccount, kind, "What it stands for.", ledger_kind_names, .read_only = true),
    FIELD(LedgerAccount, owner, OWNER_DOC, .nullable = true, .read_only = true),
    FIELD(LedgerAccount, unit, UNIT_DOC, .read_only = true),
    FIELD(LedgerAccount, limited, "Its balance is never below 0.", .read_only = true),
    FIELD(LedgerAccount, balance,
          "Debits minus credits of assets and expenses, credits minus debits of liabilities and "
          "income.",
          .read_only = true),
    FIELD(LedgerAccount, created_at, "When it was first posted to.", .read_only = true));

const Type ledger_entry_type =
    TYPE(LedgerEntry, "A line of an account's statement.",
         FIELD(LedgerEntry, transaction, "Of which transaction.", .prefix = "txn"),
         FIELD(LedgerEntry, cause, "What has happened, as `credit.granted`."),
         FIELD(LedgerEntry, reference, "To what, by id; null: to nothing outside of the book.",
               .nullable = true),
         FIELD(LedgerEntry, note, "For people."),
         FIELD(LedgerEntry, amount, "By how much the balance grew; negative: it shrank."),
         FIELD(LedgerEntry, posted_at, "When."));

const Type ledger_statement_type =
    TYPE(LedgerStatement, "What a statement says beside its entries.",
         FIELD(LedgerStatement, unit, UNIT_DOC),
         FIELD(LedgerStatement, opening_balance, "The balance before `since`."),
         FIELD(LedgerStatement, closing_balance, "The balance before `until`; without it, now."));

#define PAGE_FIELDS(T)                                                                             \
    FIELD(T, limit, "Items on a page.", .min = 1, .max = LIMIT_PAGE, .initial = "20"),             \
        FIELD(T, cursor, "`next_cursor` of the page before.", .max = 1400)

const Type ledger_statement_query_type =
    TYPE_WITH_ABSENCE(LedgerStatementQuery, "Which part of a statement, the newest first.",
                      LEDGER_PERIOD_FIELDS(LedgerStatementQuery));

const Type ledger_side_type = TYPE_WITH_ABSENCE(
    LedgerSide, "What a transaction does to an account: a debit or a credit.",
    FIELD(LedgerSide, account, "The account.", .prefix = "acct", .read_only = true),
    ENUM(LedgerSide, kind, "What the account stands for.", ledger_kind_names, .required = true),
    FIELD(LedgerSide, owner, OWNER_DOC, .nullable = true, .max = ID_TEXT_MAX),
    FIELD(LedgerSide, debit, "Makes assets and expenses grow, the others shrink.", .nullable = true,
          .min = 1, .max = LEDGER_AMOUNT_MAX),
    FIELD(LedgerSide, credit, "Makes liabilities and income grow, the others shrink.",
          .nullable = true, .min = 1, .max = LEDGER_AMOUNT_MAX));

const Type ledger_transaction_type = TYPE_WITH_ABSENCE(
    LedgerTransaction, "A transaction of the book: its debits are as much as its credits.",
    FIELD(LedgerTransaction, id, "Identifier.", .prefix = "txn", .read_only = true),
    FIELD(LedgerTransaction, cause, "What has happened; `journal`: somebody wrote it by hand.",
          .read_only = true),
    FIELD(LedgerTransaction, reference, "To what, by id; null: to nothing outside of the book.",
          .nullable = true, .read_only = true),
    FIELD(LedgerTransaction, unit, UNIT_DOC, .required = true, .min = 3, .max = LEDGER_UNIT_MAX),
    FIELD(LedgerTransaction, note, "For people: why.", .required = true, .min = 1,
          .max = LEDGER_NOTE_MAX),
    FIELD(LedgerTransaction, actor, "By whom, by id; null: by the program.", .nullable = true,
          .read_only = true),
    LIST(LedgerTransaction, lines, "Its debits and credits.", ledger_side_type, .required = true,
         .min = 2, .max = LEDGER_LINES_MAX),
    FIELD(LedgerTransaction, posted_at, "When.", .read_only = true));

const Type ledger_account_query_type = TYPE_WITH_ABSENCE(
    LedgerAccountQuery, "Which accounts, the oldest first.",
    ENUM(LedgerAccountQuery, kind, "Only of this kind.", ledger_kind_names),
    FIELD(LedgerAccountQuery, owner, "Only of this owner, by id.", .max = ID_TEXT_MAX),
    FIELD(LedgerAccountQuery, unit, "Only in this unit.", .max = LEDGER_UNIT_MAX),
    PAGE_FIELDS(LedgerAccountQuery));

const Type ledger_transaction_query_type =
    TYPE_WITH_ABSENCE(LedgerTransactionQuery, "Which transactions, the newest first.",
                      FIELD(LedgerTransactionQuery, reference,
                            "Only what has happened to this, by id.", .max = ID_TEXT_MAX),
                      PAGE_FIELDS(LedgerTransactionQuery));

const Type ledger_cursor_type = TYPE(LedgerCursor, "Where a list of the ledger goes on.",
                                     FIELD(LedgerCursor, id, "", .prefix = "id", .required = true));
