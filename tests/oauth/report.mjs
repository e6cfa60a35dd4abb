// Cases in TAP. One that throws has failed, and those after it are tried nevertheless.

export class Report {
    #number = 0;
    failed = false;

    result(name, good, detail = '') {
        console.log(`${good ? 'ok' : 'not ok'} ${++this.#number} - ${name}`);
        if (!good) console.log(`# ${String(detail).replaceAll('\n', '\n# ')}`);
        this.failed ||= !good;
    }

    /* What `run` finds wrong it throws. */
    async case(name, run) {
        try {
            await run();
            this.result(name, true);
        } catch (error) {
            this.result(name, false, error?.stack ?? error);
            if (error?.cause) console.log(`# because of ${JSON.stringify(error.cause)} ${String(error.cause)}`);
        }
    }

    end() {
        console.log(`1..${this.#number}`);
        return this.failed || this.#number === 0 ? 1 : 0;
    }
}
