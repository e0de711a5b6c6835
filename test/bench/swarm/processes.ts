import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {createInterface, type Interface} from 'node:readline';
import {parsePeerAddress} from '../../../src/network/addresses.ts';
import {createClientOverlay} from '../../../src/network/create-client-overlay.ts';
import type {Caller, Overlay, Peer} from '../../../src/network/overlay.ts';
import {CLIENT_PROTOCOL} from '../../../src/network/protocols.ts';
import type {SessionId} from '../../../src/protocol/bytes.ts';
import type {ClientAnswer, ClientRequest} from '../../../src/protocol/overlay/client-protocol.ts';
import {preferenceList} from '../../../src/swarm/preference-list.ts';
import {CHAIN, membersOf} from './members.ts';

export const NODE = join(import.meta.dirname, 'node.ts');
/** As bin/sessionvm has them. */
const NODE_FLAGS = ['--max-semi-space-size=16'];
/** Clock ticks of /proc/PID/stat per second. */
const TICKS = 100;

export type BenchSwarm = {
  readonly peers: readonly Peer[];
  readonly caller: Caller<ClientRequest, ClientAnswer>;
  /** In the order in which a client of this inbox tries them. */
  peersFor(account: SessionId): readonly Peer[];
  /** CPU time of all members so far, in ms. */
  cpuMs(): Promise<number>;
  /** p99 of the delay of the first member's event loop since it was last asked for, in ms. */
  loopDelayMs(): Promise<number>;
  kill(index: number): Promise<void>;
  stop(): Promise<void>;
};

type Member = {
  readonly child: ChildProcess;
  readonly address: string;
  readonly lines: Interface;
};

type Place = {
  readonly index: number;
  readonly count: number;
  readonly bootstrap: string;
  /** A bundle, which keeps what was compiled beside it, as the program does: the sources unless said. */
  readonly program?: string;
};

/** A program with the flags of a node; resolves when it has said its first line. */
export async function startProgram(words: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [...NODE_FLAGS, ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {...process.env, ...env},
  });
  const lines = createInterface({input: child.stdout});
  const [line] = await Promise.race([once(lines, 'line'), once(lines, 'close')]);
  if (line === undefined) throw new Error(`${words.join(' ')} did not start`);
  return {child, lines, line: String(line)};
}

/** Resolves when the node says its address: it listens then. */
export async function startMember(folder: string, at: Place): Promise<Member> {
  const {program = NODE} = at;
  const words = [program, folder, String(at.index), String(at.count), at.bootstrap];
  const cache = at.program === undefined ? {} : {NODE_COMPILE_CACHE: dirname(program)};
  const {child, lines, line} = await startProgram(words, cache);
  return {child, address: line, lines};
}

async function cpuOf({pid}: ChildProcess): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 1000) / TICKS;
}

/** A swarm of service nodes, each a process, over LevelDB on this machine's disk. */
export async function startSwarm(count: number): Promise<BenchSwarm> {
  const folder = await mkdtemp(join(tmpdir(), 'sessionvm-bench-'));
  const first = await startMember(folder, {index: 0, count, bootstrap: ''});
  const bootstrap = first.address;
  const others = Array.from({length: count - 1}, (_, at) =>
    startMember(folder, {index: at + 1, count, bootstrap}),
  );
  const members = [first, ...(await Promise.all(others))];
  const nodeIds = membersOf(count).members.map(({nodeId}) => nodeId);
  const located = members.flatMap(({address}, index) => {
    const nodeId = nodeIds[index];
    return nodeId === undefined ? [] : [{nodeId, peer: parsePeerAddress(address)}];
  });
  const overlay: Overlay = await createClientOverlay({
    chain: CHAIN,
    transportSeed: crypto.getRandomValues(new Uint8Array(32)),
    ports: {nowMs: Date.now, onError: () => undefined},
    limits: {waitingPerPeer: 10_000},
  });
  return {
    peers: located.map(({peer}) => peer),
    caller: overlay.caller(CLIENT_PROTOCOL),
    peersFor: (account) => preferenceList(account, located).map(({peer}) => peer),
    async cpuMs() {
      const all = await Promise.all(members.map(({child}) => cpuOf(child)));
      return all.reduce((sum, each) => sum + each, 0);
    },
    async loopDelayMs() {
      const delay = once(first.lines, 'line');
      first.child.kill('SIGUSR2');
      const [ns] = await delay;
      return Number(ns) / 1e6;
    },
    async kill(index) {
      const child = members[index]?.child;
      const gone = new Promise((resolve) => child?.once('exit', resolve));
      child?.kill('SIGKILL');
      await gone;
    },
    async stop() {
      await overlay.stop();
      for (const {child} of members) child.kill('SIGKILL');
      await rm(folder, {recursive: true, force: true, maxRetries: 5});
    },
  };
}
