// Makes a machine that now and then stands still: stops a group of processes at random, for tests/run --stall.
//
// A test that passes here does not depend on time. A slow machine in CI holds up one thread for half a second between any
// two of its steps; waiting for that to happen by itself costs a red build each time. Half of the stops take the whole
// group, as a machine that stands still does; the others take one process of it, so that a client meets a server that
// has not moved, and the other way round. Single threads cannot be stopped from outside: for those, run the tests on
// one processor with others that are busy (tests/README.md).
//
// Rejected: a debugger or preloaded library that delays system calls (finer, but sees neither static programs nor the
// kernel's own timers running on), and slowing everything down evenly, which changes no order.

import {readFileSync, readdirSync} from 'node:fs';

const RUNS_MS = [2, 5, 10, 30, 100];
const STOPS_MS = [10, 60, 250, 600];

/* Numbers below `below` from a seed (Mulberry32), so that a run can be tried again, though not repeated: what is met at
 * a stop is the scheduler's choice. */
function randomFrom(seed) {
    let state = seed >>> 0;
    return (below) => {
        state = (state + 0x6d2b79f5) >>> 0;
        let z = Math.imul(state ^ (state >>> 15), state | 1);
        z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
        return ((z ^ (z >>> 14)) >>> 0) % below;
    };
}

function send(pid, signal) {
    try {
        process.kill(pid, signal);
    } catch {
        // it has ended
    }
}

/* The processes of a group, but for those that have stopped themselves: a test may wait for that. /proc/PID/stat has
 * state, parent and group behind the name. */
function members(group) {
    const found = [];
    for (const pid of readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))) {
        try {
            const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
            const [state, , itsGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
            if (Number(itsGroup) === group && state !== 'T') found.push(Number(pid));
        } catch {
            // it has ended
        }
    }
    return found;
}

/* Stops and continues processes of the group until the function that this returns is called. */
export function stall(group, seed) {
    const random = randomFrom(seed);
    const choose = (list) => list[random(list.length)];
    let timer, stopped = [];
    const go = () => {
        for (const pid of stopped) send(pid, 'SIGCONT');
        stopped = [];
        timer = setTimeout(stop, choose(RUNS_MS));
    };
    const stop = () => {
        const all = members(group);
        stopped = random(2) || all.length < 2 ? all : [choose(all)];
        for (const pid of stopped) send(pid, 'SIGSTOP');
        timer = setTimeout(go, choose(STOPS_MS));
    };
    go();
    return () => {
        clearTimeout(timer);
        for (const pid of stopped) send(pid, 'SIGCONT');
    };
}
