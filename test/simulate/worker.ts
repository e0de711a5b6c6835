import {parentPort, workerData} from 'node:worker_threads';
import {initCrypto} from '../../src/crypto/init.ts';
import {reportOf} from './report.ts';
import {Simulation, type SimulationInit} from './simulation.ts';

const PROGRESS_MS = 2000;

/** What a worker tells: how far it is, and in the end its report. */
export type WorkerMessage =
  | {readonly type: 'progress'; readonly preset: string; readonly epoch: number}
  | {readonly type: 'report'; readonly lines: readonly string[]};

function run(init: SimulationInit): void {
  const simulation = new Simulation(init);
  const start = performance.now();
  let told = start;
  while (simulation.epoch < init.epochs) {
    simulation.runEpoch();
    if (performance.now() - told < PROGRESS_MS) continue;
    told = performance.now();
    post({type: 'progress', preset: init.preset, epoch: simulation.epoch});
  }
  post({type: 'report', lines: reportOf(simulation, (performance.now() - start) / 1000)});
}

function post(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

await initCrypto();
for (const init of workerData as readonly SimulationInit[]) run(init);
