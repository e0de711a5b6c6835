import process from 'node:process';
import {Worker} from 'node:worker_threads';
import {HELP, type Options, parseOptions} from './options.ts';
import type {SimulationInit} from './simulation.ts';
import type {WorkerMessage} from './worker.ts';

const CHURN = 0.01;
/** The other presets have this part of the nodes of the first: all run on two cores. */
const SIDE_SHARE = 8;
const MIN_NODES = 8;
const NURSERY_MB = 640;
const MEMORY_MB = 3072;
/** Between two lines of progress where there is no terminal. */
const LINE_MS = 20_000;

function simulations({nodes, epochs, seed, presets}: Options): SimulationInit[] {
  return presets.map((preset, i) => {
    const count = i === 0 ? nodes : Math.max(MIN_NODES, Math.floor(nodes / SIDE_SHARE));
    return {preset, nodes: count, epochs, seed, churn: CHURN};
  });
}

/** When each preset last got a line, where lines stay: ms since the start. */
const toldMs = new Map<string, number>();

function showProgress(preset: string, epoch: number, epochs: number): void {
  const text = `${preset}: epoch ${epoch} of ${epochs}`;
  if (process.stderr.isTTY) {
    process.stderr.write(`\r\x1b[K${text}`);
    return;
  }
  const nowMs = performance.now();
  if (nowMs - (toldMs.get(preset) ?? 0) < LINE_MS) return;
  toldMs.set(preset, nowMs);
  process.stderr.write(`${text}\n`);
}

/** One thread for these simulations, one after the other. */
function runInWorker(inits: readonly SimulationInit[], epochs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: inits,
      // Most of an epoch's objects do not outlive it: a large nursery never copies them.
      resourceLimits: {maxYoungGenerationSizeMb: NURSERY_MB, maxOldGenerationSizeMb: MEMORY_MB},
    });
    worker.on('message', (message: WorkerMessage) => {
      if (message.type === 'progress') showProgress(message.preset, message.epoch, epochs);
      else console.log(`${process.stderr.isTTY ? '\r\x1b[K' : ''}${message.lines.join('\n')}\n`);
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`a simulation ended with ${code}`));
    });
  });
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) {
    console.log(HELP);
    return;
  }
  console.log(
    'The state machine is real; signatures are stubbed: none is made, none is checked.\n',
  );
  const [first, ...others] = simulations(options);
  const groups = [first === undefined ? [] : [first], others].filter(({length}) => length > 0);
  await Promise.all(groups.map((group) => runInWorker(group, options.epochs)));
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
