import {parentPort} from 'node:worker_threads';
import {type HistoryResult, runHistory} from './history.ts';

/** What a worker is asked, and what it answers: one history at a time. */
export type Question = {readonly seed: number; readonly index: number};
export type Reply = {readonly result: HistoryResult} | {readonly problem: string};

function answer({seed, index}: Question): Reply {
  try {
    return {result: runHistory(seed, index)};
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return {problem: error.message};
  }
}

parentPort?.on('message', (question: Question) => {
  parentPort?.postMessage(answer(question));
});
