import {cpus} from 'node:os';
import {parseArgs} from 'node:util';
import {initCrypto} from '../../src/crypto/init.ts';
import {onClientThread} from './on-client-thread.ts';
import type {Bench, Row} from './row.ts';
import {bareProcesses} from './rows/bare-processes.ts';
import {blocks} from './rows/blocks.ts';
import {chainBytes} from './rows/chain-bytes.ts';
import {epochTransition} from './rows/epoch-transition.ts';
import {groupCommit} from './rows/group-commit.ts';
import {memory} from './rows/memory.ts';
import {messages} from './rows/messages.ts';
import {plugin} from './rows/plugin.ts';
import {requests} from './rows/requests.ts';
import {seal} from './rows/seal.ts';
import {serviceNode} from './rows/service-node.ts';
import {stateRoot} from './rows/state-root.ts';
import {stateSync} from './rows/state-sync.ts';

const BENCHES: readonly Bench[] = [
  plugin,
  blocks,
  stateRoot,
  epochTransition,
  chainBytes,
  memory,
  stateSync,
  seal,
  requests,
  groupCommit,
  serviceNode,
  onClientThread(messages),
  onClientThread(bareProcesses),
];

const HELP = `Usage: npm run bench [-- --only TEXT] [--json]
Measures each path beside its limit in the same run. Machines differ and are noisy: read the ratios.`;

function print(rows: readonly Row[]): void {
  for (const {name, figure, limit, ratio, target, met} of rows) {
    const times = ratio === undefined ? '' : `${ratio.toFixed(2)} ×`;
    const cells = [name.padEnd(44), figure.padEnd(20), limit.padEnd(38), times.padEnd(10)];
    console.log(`${cells.join(' ')} ${met ? 'ok  ' : 'OVER'} ${target}`);
  }
}

const {values} = parseArgs({
  options: {only: {type: 'string'}, json: {type: 'boolean'}, help: {type: 'boolean'}},
});
if (values.help === true) {
  console.log(HELP);
} else {
  await initCrypto();
  const chosen = BENCHES.filter(({name}) => name.includes(values.only ?? ''));
  const all: Row[] = [];
  if (values.json !== true) console.log(`Node ${process.version}, ${cpus().length} cores\n`);
  for (const bench of chosen) {
    const rows = await bench.run();
    all.push(...rows);
    if (values.json !== true) print(rows);
  }
  if (values.json === true) console.log(JSON.stringify(all, undefined, 2));
  if (chosen.length === 0) process.exitCode = 2;
}
