// One variant that everybody wants, on PostgreSQL: reservations as the server makes them (bench/micro/stock.c) against pgbench's own updates of one row
// with an insert, pipelined, by turns on one server of their own (bench/micro/stock.sh).

import path from 'node:path';

import {Void, median, run} from './machine.mjs';

async function hot(bed) {
    const args = [String(bed.rounds), String(bed.seconds), path.dirname(bed.programs)];
    const told = run(path.join(bed.bench, 'micro/stock.sh'), args);
    const rounds = [...told.matchAll(/^round (\S+) (\S+)$/gm)].map(([, ours, theirs]) => [Number(ours), Number(theirs)]);
    if (rounds.length !== bed.rounds || rounds.flat().some(rate => !(rate > 0))) throw new Void(`stock.sh told: ${told}`);
    const ours = rounds.map(([rate]) => rate), theirs = rounds.map(([, rate]) => rate), souk = median(ours), opponent = median(theirs);
    return {souk, opponent, value: souk / opponent, rounds: {Souk: ours, pgbench: theirs}, command: `bench/micro/stock.sh ${args.slice(0, 2).join(' ')}`};
}

export const hotRows = [
    {name: 'hot', title: "reservations of one variant that everybody wants, PostgreSQL, against pgbench's pipelined updates of one row", unit: 'reservations/s', floor: 0.5, aim: 0.8,
        better: 'more', measure: hot,
        about: 'Each buyer is another one and takes a unit, while plenty is left; 64 are under way over 16 connections, as many as pgbench has. Both wait for the disk at every commit, and each commit holds the row.'},
];
