import {parentPort, workerData} from 'node:worker_threads';
import {initCrypto} from '../../src/crypto/init.ts';
import type {Bench} from './row.ts';
import {bareProcesses} from './rows/bare-processes.ts';
import {messages} from './rows/messages.ts';

/** What a thread of `onClientThread` runs: the bench that it is told by name. */
const BENCHES: readonly Bench[] = [messages, bareProcesses];
const bench = BENCHES.find(({name}) => name === workerData);
if (bench === undefined) throw new RangeError(`no bench ${workerData}`);
await initCrypto();
parentPort?.postMessage(await bench.run());
