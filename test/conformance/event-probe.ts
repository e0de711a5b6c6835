import process from 'node:process';
import {MAIN} from '../program.ts';

/** What a plugin process holds at one moment. */
export type Holdings = {
  /** Used heap in bytes, after a garbage collection. */
  readonly heap: number;
  /** Active resources by kind, such as `Timeout` and `TCPSocketWrap`. */
  readonly resources: Readonly<Record<string, number>>;
};

/** Answers SIGUSR2 with one line of Holdings. Joins the program by a flag of Node, not by its code. */
const SPY = `data:text/javascript,${encodeURIComponent(`
  import process from 'node:process';
  process.on('SIGUSR2', () => {
    globalThis.gc();
    const resources = {};
    for (const kind of process.getActiveResourcesInfo()) {
      resources[kind] = (resources[kind] ?? 0) + 1;
    }
    const {heapUsed: heap} = process.memoryUsage();
    process.stdout.write('HOLDS ' + JSON.stringify({heap, resources}) + '\\n');
  });`)}`;

/** The program, with a look into it. */
export const WATCHED_PROGRAM = {
  path: process.execPath,
  args: ['--expose-gc', '--import', SPY, MAIN],
};

/** Lines of a watched program's standard output; give `onOutput` to the host. */
export class HoldingsReader {
  #text = '';
  #waiting: ((holdings: Holdings) => void) | undefined;

  readonly onOutput = (stream: 'stdout' | 'stderr', chunk: Buffer): void => {
    if (stream !== 'stdout') return;
    this.#text += chunk.toString();
    const match = /HOLDS (.*)\n/.exec(this.#text);
    if (match?.[1] === undefined) return;
    this.#text = '';
    this.#waiting?.(JSON.parse(match[1]) as Holdings);
  };

  ask(signal: (name: NodeJS.Signals) => void): Promise<Holdings> {
    const {promise, resolve} = Promise.withResolvers<Holdings>();
    this.#waiting = resolve;
    signal('SIGUSR2');
    return promise;
  }
}
