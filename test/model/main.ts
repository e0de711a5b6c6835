import {availableParallelism} from 'node:os';
import {parseArgs} from 'node:util';
import {Worker} from 'node:worker_threads';
import {RunTally} from './run-tally.ts';
import type {Question, Reply} from './worker.ts';

const HELP = `Usage: npm run model [-- --histories N] [--seed S] [--only INDEX] [--workers N]
Plays random histories on src/vm and on the reference of test/reference, block by block, and stops at the first
difference. With 2000 histories or more a numbered rule of SPEC.md that fewer than 20 of them reach fails the run.
--only replays one history of a seed.`;

const DEFAULT_HISTORIES = 2000;
const MIN_REACHED = 20;
const PROGRESS_MS = 30_000;

const {values} = parseArgs({
  options: {
    histories: {type: 'string', default: String(DEFAULT_HISTORIES)},
    seed: {type: 'string', default: '1'},
    only: {type: 'string'},
    workers: {type: 'string', default: String(availableParallelism())},
    help: {type: 'boolean'},
  },
});

const seed = Number(values.seed);
const isOne = values.only !== undefined;
const first = isOne ? Number(values.only) : 0;
const end = isOne ? first + 1 : Number(values.histories);

/** One worker plays history after history until none is left, or somebody found a difference. */
function employ(tally: RunTally, nextIndex: () => number | undefined): Promise<string | undefined> {
  const {promise, resolve, reject} = Promise.withResolvers<string | undefined>();
  const worker = new Worker(new URL('./worker.ts', import.meta.url));
  const ask = (): void => {
    const index = nextIndex();
    if (index === undefined) resolve(undefined);
    else worker.postMessage({seed, index} satisfies Question);
  };
  worker.on('error', reject);
  worker.on('message', (reply: Reply) => {
    if ('problem' in reply) {
      resolve(reply.problem);
      return;
    }
    tally.add(reply.result);
    ask();
  });
  ask();
  return promise.finally(() => worker.terminate());
}

async function run(): Promise<readonly string[]> {
  const tally = new RunTally();
  const started = performance.now();
  const seconds = (): string => `${Math.round((performance.now() - started) / 1000)} s`;
  console.log(`seed ${seed}, histories ${first} … ${end - 1}`);
  let next = first;
  let isStopped = false;
  const nextIndex = (): number | undefined => (isStopped || next >= end ? undefined : next++);
  const progress = setInterval(() => {
    console.log(`${seconds()}: ${tally.histories} of ${end - first} histories agree`);
  }, PROGRESS_MS);
  const workers = Array.from({length: Math.max(1, Number(values.workers))}, async () => {
    const problem = await employ(tally, nextIndex);
    if (problem !== undefined) isStopped = true;
    return problem;
  });
  const problems = (await Promise.all(workers)).filter((problem) => problem !== undefined);
  clearInterval(progress);
  console.log(`${tally.summary()}\n${seconds()}`);
  if (problems.length > 0) return problems;
  return tally.problems(tally.histories >= DEFAULT_HISTORIES ? MIN_REACHED : 0);
}

if (values.help === true) {
  console.log(HELP);
} else {
  const problems = await run();
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
