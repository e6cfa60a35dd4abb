// Reads what test programs print in TAP (testanything.org): cmocka's, the shell tests' and the golden runner's.

const RESULT = /^(not )?ok\b\s*(\d+)?\s*(?:- )?(.*)$/;
const PLAN = /^1\.\.(\d+)/;

/* The cases of one program's output: [{name, status: 'passed' | 'failed' | 'skipped', detail}].
 *
 * What a case printed stands before its result line, and its diagnostics (`# …`) after it; both are its detail. A
 * program that announced more cases than it finished lost the rest: they count as failed. cmocka prints one plan
 * a group, so plans add up; it writes a skipped case as `not ok 3 # SKIP name`. */
export function parseTap(text) {
    const cases = [];
    let planned = 0;
    let before = [];
    for (const line of text.split('\n')) {
        const plan = PLAN.exec(line);
        const result = RESULT.exec(line);
        const last = cases[cases.length - 1];
        if (plan) {
            planned += Number(plan[1]);
        } else if (result) {
            const skip = /#\s*SKIP\b\s*(.*)$/i.exec(result[3]);
            const name = skip ? result[3].slice(0, skip.index).trim() || skip[1] : result[3].trim();
            const status = skip ? 'skipped' : result[1] ? 'failed' : 'passed';
            cases.push({name, status, detail: before});
            if (skip) cases[cases.length - 1].detail.push(skip[1]);
            before = [];
        } else if (line.startsWith('#') && last && before.length === 0) {
            last.detail.push(line);
        } else if (line !== '') {
            before.push(line);
        }
    }
    for (const finished = cases.length; cases.length < planned;) {
        const detail = cases.length === finished ? before : [];
        cases.push({name: `case ${cases.length + 1} of ${planned} never finished`, status: 'failed', detail});
    }
    return cases;
}
