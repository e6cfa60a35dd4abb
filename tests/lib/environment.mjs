// The environment that tests give to programs: the caller's, without what would change their outcome, and in a time
// zone in which a forgotten localtime() shows.

const MEDDLES = /^(SOUK_|PG|DATABASE_URL$|LC_|LANG|NOTIFY_SOCKET$|LISTEN_)/;

export function cleanEnvironment() {
    const kept = Object.entries(process.env).filter(([name]) => !MEDDLES.test(name));
    return {...Object.fromEntries(kept), LC_ALL: 'C.UTF-8', TZ: '<+0545>-5:45'};
}
