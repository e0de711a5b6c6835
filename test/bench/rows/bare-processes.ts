import type {ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {verifySignature} from '../../../src/crypto/ml-dsa.ts';
import {concatBytes} from '../../../src/protocol/bytes.ts';
import {SIGNATURE_CONTEXT} from '../../../src/protocol/domains.ts';
import {type Bench, meanMs, medianMs, ms, perSecond, type Row} from '../row.ts';
import {callOver, OP} from '../swarm/bare-wire.ts';
import {membersOf} from '../swarm/members.ts';
import {startProgram} from '../swarm/processes.ts';

const MEMBER = join(import.meta.dirname, '..', 'swarm', 'bare-member.ts');
/** What of ten makes a majority. */
const MAJORITY = 6;
const CLIENTS = 32;
const context = SIGNATURE_CONTEXT.receipt;

type Call = ReturnType<typeof callOver>;
const random = (length: number): Uint8Array<ArrayBuffer> =>
  crypto.getRandomValues(new Uint8Array(length));
const store = (): Uint8Array => concatBytes(Uint8Array.of(OP.store), random(1000));

async function start(folder: string, index: number, count: number) {
  const words = [MEMBER, join(folder, String(index)), String(index), String(count)];
  const {child, line} = await startProgram(words);
  return {child, port: Number(line)};
}

async function startAll(folder: string, count: number) {
  const started = await Promise.all(Array.from({length: count}, (_, i) => start(folder, i, count)));
  const ports = new Uint8Array(2 * count);
  for (const [i, {port}] of started.entries()) new DataView(ports.buffer).setUint16(2 * i, port);
  const calls = started.map(({port}) => callOver(connect(port, '127.0.0.1')));
  await Promise.all(calls.map((call) => call(concatBytes(Uint8Array.of(OP.peers), ports))));
  return {children: started.map(({child}) => child), calls};
}

async function stop(children: readonly ChildProcess[]): Promise<void> {
  for (const child of children) {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}

async function together(calls: readonly Call[], requests: readonly Uint8Array[]): Promise<number> {
  const waiting = [...requests];
  const startMs = performance.now();
  const client = async (number: number): Promise<void> => {
    const call = calls[number % calls.length];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await call?.(next);
  };
  await Promise.all(Array.from({length: CLIENTS}, (_, number) => client(number)));
  return (requests.length * 1000) / (performance.now() - startMs);
}

const row = (name: string, figure: string, limit: string, ratio: number): Row => ({
  name: `bare processes: ${name}`,
  figure,
  limit,
  ratio,
  target: 'read: what this machine allows',
  met: true,
});

async function majority(folder: string, signMs: number): Promise<readonly Row[]> {
  const {children, calls} = await startAll(folder, MAJORITY);
  try {
    const [first] = calls;
    if (first === undefined) throw new RangeError('no member');
    await together(calls, Array.from({length: 2000}, store));
    const p50 = await medianMs(200, () => first(store()));
    const rate = await together(calls, Array.from({length: 2000}, store));
    const limit = `one ML-DSA signature ${ms(signMs)}`;
    return [
      row('store by 6 of 6, one client (p50)', ms(p50), limit, p50 / signMs),
      row('store by 6 of 6, 32 clients', perSecond(rate), 'rival 232/s', rate / 232),
    ];
  } finally {
    await stop(children);
  }
}

async function alone(folder: string): Promise<readonly Row[]> {
  const {children, calls} = await startAll(folder, 1);
  try {
    const [owner] = membersOf(1).members;
    if (owner === undefined) throw new RangeError('no member');
    const signed = (op: number, make: () => Uint8Array): Uint8Array => {
      const message = make();
      return concatBytes(Uint8Array.of(op), owner.signer.sign(context, message), message);
    };
    const measure = async (name: string, make: () => Uint8Array): Promise<Row> => {
      const rate = await together(calls, Array.from({length: 2500}, make));
      const limit = `one ML-DSA verification ${ms(verifyMs)}`;
      return row(`${name}, one member, 32 clients`, perSecond(rate), limit, 1000 / rate / verifyMs);
    };
    const message = (): Uint8Array => random(1100);
    const {publicKey} = owner.signer;
    const claim = {publicKey, context, message: message()};
    const signature = owner.signer.sign(context, claim.message);
    const verifyMs = await medianMs(200, () => verifySignature({...claim, signature}));
    const page = (length: number) => () => Uint8Array.of(length, ...random(200));
    return [
      await measure('signed store', () => signed(OP.signedStore, message)),
      await measure('page of 20', () => signed(OP.page, page(20))),
      await measure('page of 1', () => signed(OP.page, page(1))),
    ];
  } finally {
    await stop(children);
  }
}

/** The floor under a swarm's figures: the same syncs and signatures without overlay, codecs or rules. */
export const bareProcesses: Bench = {
  name: 'messages of a swarm: bare processes',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'sessionvm-bench-'));
    try {
      const [signer] = membersOf(1).members.map((member) => member.signer);
      const signMs = await meanMs(200, () => signer?.sign(context, random(200)));
      const six = join(folder, 'six');
      const one = join(folder, 'one');
      return [...(await majority(six, signMs)), ...(await alone(one))];
    } finally {
      await rm(folder, {recursive: true, force: true, maxRetries: 5});
    }
  },
};
