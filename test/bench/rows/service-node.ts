import {execFile, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {createMerkleTree} from '../../../src/crypto/merkle.ts';
import {leavesOfEpoch} from '../../../src/messaging/epoch-leaves.ts';
import {RecordDatabase} from '../../../src/messaging/record-database.ts';
import {storedSetOf} from '../../../src/messaging/stored-set.ts';
import {toNodeId, toSessionId} from '../../../src/protocol/bytes.ts';
import {encode} from '../../../src/protocol/codec.ts';
import type {Operation} from '../../../src/protocol/overlay/member-protocol.ts';
import {SetLeaf} from '../../../src/protocol/stored-record.ts';
import {LevelStore} from '../../../src/storage/level.ts';
import {type Bench, median, medianMs, mib, ms, type Row} from '../row.ts';
import {NODE, startMember} from '../swarm/processes.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
/** Packages that are not bundled are found from there. */
const BUNDLE = join(ROOT, 'node_modules', '.cache', 'sessionvm-bench');
const MESSAGES = 100_000;
const INBOXES = 1000;
const MESSAGE_BYTES = 1000;
/** Messages that are written at a time. */
const FILLERS = 256;
const STARTS = 7;
const TTL_MS = 86_400_000n;
/** They came over the twelve hours before it; none expires. */
const CUT = {epoch: 1n, cutOffMs: BigInt(Date.now())};

const random = (length: number): Uint8Array<ArrayBuffer> =>
  crypto.getRandomValues(new Uint8Array(length));

/** A node's database as so many stores leave it, without a sync for each. */
async function fill(folder: string): Promise<void> {
  await using store = await LevelStore.open(folder);
  const database = new RecordDatabase({
    get: (key, options) => store.get(key, options),
    getMany: (keys) => store.getMany(keys),
    has: (key) => store.has(key),
    iterate: (range) => store.iterate(range),
    write: (writes) => store.batch(writes, {sync: false}),
  });
  const inboxes = Array.from({length: INBOXES}, () =>
    toSessionId(Uint8Array.of(0x05, ...random(32))),
  );
  const coordinator = toNodeId(random(20));
  const startMs = CUT.cutOffMs - TTL_MS / 2n;
  const stepMs = TTL_MS / 2n / BigInt(MESSAGES);
  const operation = (index: number): Operation | undefined => {
    const account = inboxes[index % INBOXES];
    if (account === undefined) return undefined;
    const content = {type: 'data', value: random(MESSAGE_BYTES)} as const;
    const place = {account, namespace: 0, timestampMs: startMs, ttlMs: TTL_MS};
    const stamp = {clockMs: startMs + BigInt(index) * stepMs, counter: 0, coordinator};
    return {stamp, body: {type: 'store', value: {...place, content, auth: undefined}}};
  };
  let next = 0;
  const filler = async (): Promise<void> => {
    while (next < MESSAGES) {
      const made = operation(next++);
      if (made !== undefined) await database.apply(made);
    }
  };
  await Promise.all(Array.from({length: FILLERS}, filler));
}

/** Set_e and its C, beside the Merkle tree over the same leaves that lie in memory. */
async function commitment(folder: string): Promise<Row> {
  await using store = await LevelStore.open(folder);
  const leaves: Uint8Array[] = [];
  for await (const leaf of leavesOfEpoch(store, CUT)) leaves.push(encode(SetLeaf, leaf));
  const root = (): void => {
    const tree = createMerkleTree();
    for (const leaf of leaves) tree.append(leaf);
    tree.root();
  };
  const bare = await medianMs(5, root);
  const whole = await medianMs(5, async () => {
    const {recordCount} = await storedSetOf(leavesOfEpoch(store, CUT));
    if (recordCount !== BigInt(MESSAGES)) throw new Error(`${recordCount} records`);
  });
  return {
    name: 'C_e over 100 000 messages',
    figure: ms(whole),
    limit: `Merkle tree over them in memory: ${ms(bare)}`,
    ratio: whole / bare,
    target: '≤ 10 × (an epoch has E/24 = 150 s for it)',
    met: whole <= 10 * bare,
  };
}

async function residentBytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+([0-9]+) kB/.exec(status)?.[1] ?? Number.NaN) * 1024;
}

type Started = {readonly startMs: number; readonly bytes: number; readonly emptyMs: number};

/** From the start of the process until it listens; memory a second later; an empty program just before. */
async function start(folder: string, program: string): Promise<Started> {
  const emptyMs = await medianMs(1, () => spawnSync(process.execPath, ['-e', '0']));
  const begin = performance.now();
  const place = {index: 0, count: 1, bootstrap: '', program};
  const {child} = await startMember(folder, place);
  const startMs = performance.now() - begin;
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const bytes = await residentBytes(child.pid);
  const gone = once(child, 'exit');
  child.kill('SIGTERM'); // an ordinary end, so that what was compiled is kept as the program keeps it
  await gone;
  return {startMs, bytes, emptyMs};
}

async function starts(folder: string, program: string): Promise<Started> {
  const all: Started[] = [];
  for (let i = 0; i < STARTS; i++) all.push(await start(folder, program));
  return {
    startMs: median(all.map(({startMs}) => startMs)),
    bytes: Math.max(...all.map(({bytes}) => bytes)),
    emptyMs: median(all.map(({emptyMs}) => emptyMs)),
  };
}

const startRow = (name: string, {startMs, emptyMs}: Started, most: number): Row => ({
  name,
  figure: ms(startMs),
  limit: `an empty Node program: ${ms(emptyMs)}`,
  ratio: startMs / emptyMs,
  target: `≤ ${most} × (7.5 × is 150 ms where Node takes 20)`,
  met: startMs <= emptyMs * most,
});

async function measure(folder: string): Promise<readonly Row[]> {
  await promisify(execFile)(process.execPath, [
    join(ROOT, 'scripts', 'build.ts'),
    ...['--entry', NODE, '--out', BUNDLE],
  ]);
  const bundle = join(BUNDLE, 'sessionvm.mjs');
  const [empty, full] = [join(folder, 'empty'), join(folder, 'full')];
  await mkdir(join(full, '0'), {recursive: true});
  await fill(join(full, '0', 'records'));
  const fresh = await starts(empty, bundle);
  const grown = await starts(full, bundle);
  return [
    startRow('start of a service node, bundle', fresh, 7.5),
    startRow('  with 100 000 messages', grown, 15),
    {
      name: 'memory of a service node, 100 000 messages',
      figure: mib(grown.bytes),
      limit: `without a message: ${mib(fresh.bytes)}`,
      ratio: grown.bytes / fresh.bytes,
      target: '≤ 200 MB (with 1 M messages)',
      met: grown.bytes <= 200e6,
    },
    await commitment(join(full, '0', 'records')),
  ];
}

/** One service node as a process, and its records at rest. */
export const serviceNode: Bench = {
  name: 'service node',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'sessionvm-bench-'));
    try {
      return await measure(folder);
    } finally {
      await rm(folder, {recursive: true, force: true, maxRetries: 5});
      await rm(BUNDLE, {recursive: true, force: true});
    }
  },
};
