import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Client, credentials} from '@grpc/grpc-js';
import {VM_ID_TEXT} from '../../../src/crypto/ids.ts';
import type {PluginCommand} from '../../../src/devnet/host/plugin-process.ts';
import {type Host, startHost} from '../../../src/devnet/host.ts';
import {createGenesis} from '../../../src/protocol/chain/genesis.ts';
import {CHAIN_ID, NETWORK_ID} from '../../vm/driver.ts';
import {type Bench, median, mib, ms, perSecond, type Row} from '../row.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const SOURCE: PluginCommand = {path: process.execPath, args: [join(ROOT, 'src', 'cli', 'main.ts')]};
const BUNDLE: PluginCommand = {path: join(ROOT, 'dist', 'plugins', VM_ID_TEXT)};
const STARTS = 12;
const CALLS = 2000;
const CALLERS = 16;

async function withHost<T>(
  plugin: PluginCommand,
  stage: 'handshake' | 'running',
  action: (host: Host) => Promise<T>,
): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sessionvm-bench-'));
  const timestamp = Math.floor(Date.now() / 1000) - 5;
  const genesisBytes = createGenesis({preset: 'lux', timestamp, allocations: []});
  const host = await startHost({
    plugin,
    dataDir,
    networkId: NETWORK_ID,
    chainId: CHAIN_ID,
    genesisBytes,
    stage,
  });
  try {
    return await action(host);
  } finally {
    await host.stop();
    await rm(dataDir, {recursive: true, force: true});
  }
}

async function handshakes(plugin: PluginCommand): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    times.push(await withHost(plugin, 'handshake', async ({session}) => session.handshakeMs));
  }
  return times;
}

/** An empty program from start to end: the floor under every start on this machine. */
function bareNode(): number {
  const times = Array.from({length: STARTS}, () => {
    const start = performance.now();
    spawnSync(process.execPath, ['-e', '0']);
    return performance.now() - start;
  });
  return median(times);
}

function startRow(name: string, times: readonly number[], limitMs: number): Row {
  const middle = median(times);
  const worst = Math.max(...times);
  const floor = bareNode();
  return {
    name: `start → handshake, ${name}`,
    figure: `${ms(middle)}, worst ${ms(worst)}`,
    limit: `an empty Node program: ${ms(floor)}`,
    ratio: middle / floor,
    target: `p50 ≤ ${limitMs} ms, worst ≤ 1 s`,
    met: middle <= limitMs && worst <= 1000,
  };
}

type Call = () => Promise<unknown>;
type Pace = {readonly p50: number; readonly rate: number};

async function pace(call: Call): Promise<Pace> {
  for (let i = 0; i < 200; i++) await call();
  const times: number[] = [];
  for (let i = 0; i < CALLS; i++) {
    const start = performance.now();
    await call();
    times.push(performance.now() - start);
  }
  let left = CALLS * 2;
  const start = performance.now();
  const caller = async (): Promise<void> => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({length: CALLERS}, caller));
  return {p50: median(times), rate: (CALLS * 2 * 1000) / (performance.now() - start)};
}

/** An empty grpc-js server in a process of its own: the floor under every call. */
const ECHO = `
import {Server, ServerCredentials} from '@grpc/grpc-js';
const same = (bytes) => bytes;
const server = new Server();
server.addService({Echo: {path: '/echo.Echo/Echo', requestStream: false, responseStream: false,
  requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same}},
  {Echo: (call, answer) => answer(null, call.request)});
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => console.log(port));
`;

/** The same bare client for both, so that only the servers differ. */
function rawCaller(address: string, path: string): {readonly client: Client; readonly call: Call} {
  const client = new Client(address, credentials.createInsecure());
  const same = (bytes: Buffer): Buffer => bytes;
  const call: Call = () =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, same, same, Buffer.alloc(0), (error, answer) =>
        error === null ? resolve(answer) : reject(error),
      );
    });
  return {client, call};
}

async function withEcho<T>(action: (call: Call) => Promise<T>): Promise<T> {
  const {spawn} = await import('node:child_process');
  const args = ['--input-type=module', '-e', ECHO];
  const child = spawn(process.execPath, args, {cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit']});
  try {
    const port = await new Promise<string>((resolve) => {
      child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
    });
    const {client, call} = rawCaller(`127.0.0.1:${port}`, '/echo.Echo/Echo');
    const result = await action(call);
    client.close();
    return result;
  } finally {
    child.kill('SIGKILL');
  }
}

async function callRows(): Promise<readonly Row[]> {
  const echo: Pace[] = [];
  const ours: Pace[] = [];
  await withHost(bestPlugin(), 'running', (host) =>
    withEcho(async (call) => {
      const version = rawCaller(host.vm.address, '/vm.VM/Version');
      // In turn, so that a slow moment of the machine meets both.
      for (let i = 0; i < 5; i++) {
        echo.push(await pace(call));
        ours.push(await pace(version.call));
      }
      version.client.close();
    }),
  );
  const middle = (paces: readonly Pace[]): Pace => ({
    p50: median(paces.map(({p50}) => p50)),
    rate: median(paces.map(({rate}) => rate)),
  });
  const [floor, plugin] = [middle(echo), middle(ours)];
  return [
    {
      name: 'VM call over gRPC (Version), p50',
      figure: ms(plugin.p50),
      limit: `empty grpc-js echo: ${ms(floor.p50)}`,
      ratio: plugin.p50 / floor.p50,
      target: '≤ 1.3 ×',
      met: plugin.p50 <= 1.3 * floor.p50,
    },
    {
      name: `  with ${CALLERS} callers`,
      figure: perSecond(plugin.rate),
      limit: `empty grpc-js echo: ${perSecond(floor.rate)}`,
      ratio: plugin.rate / floor.rate,
      target: '≥ 0.75 ×',
      met: plugin.rate >= 0.75 * floor.rate,
    },
  ];
}

const bestPlugin = (): PluginCommand => (existsSync(BUNDLE.path) ? BUNDLE : SOURCE);

async function idleMemory(): Promise<number> {
  return withHost(bestPlugin(), 'running', async ({session}) => {
    const status = await readFile(`/proc/${session.process.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
  });
}

/** The plugin as a node meets it: a child process, over real sockets. */
export const plugin: Bench = {
  name: 'plugin',
  async run() {
    const rows: Row[] = [];
    if (existsSync(BUNDLE.path)) rows.push(startRow('bundle', await handshakes(BUNDLE), 100));
    else console.log('no bundle in dist/: run `npm run build` to measure it');
    rows.push(startRow('source', await handshakes(SOURCE), 600));
    rows.push(...(await callRows()));
    const resident = await idleMemory();
    rows.push({
      name: 'memory of an idle plugin',
      figure: mib(resident),
      limit: `this process: ${mib(process.memoryUsage.rss())}`,
      ratio: undefined,
      target: '≤ 250 MiB at 10 000 nodes (next row)',
      met: resident <= 250 * 2 ** 20,
    });
    return rows;
  },
};
