// The environment that tests give to programs: the caller's, without what would change their outcome, and in a time
// zone in which a forgotten localtime() shows. Threads that hash passwords do not stand back behind the tests that run beside.

const MEDDLES = /^(SOUK_|PG|DATABASE_URL$|LC_|LANG|NOTIFY_SOCKET$|LISTEN_)/;

/* How long tests wait for what must come. Only a hang comes to its end, so it may be long: a slow machine is no failure. */
export const PATIENCE_MS = 300_000;

/* What a shop gives to slow clients and long reads does not decide over a test on a machine that stands still. */
const patience = Object.fromEntries(['HTTP_HEAD', 'HTTP_BODY', 'HTTP_IDLE', 'HTTP_SEND', 'HTTP_REQUEST', 'HTTP_DRAIN', 'DB_READ']
    .map((name) => [`SOUK_${name}_TIMEOUT_MS`, '3600000']));

export function cleanEnvironment() {
    const kept = Object.entries(process.env).filter(([name]) => !MEDDLES.test(name));
    return {...Object.fromEntries(kept), ...patience, LC_ALL: 'C.UTF-8', TZ: '<+0545>-5:45', SOUK_ACCOUNTS_HASH_NICE: '0'};
}
