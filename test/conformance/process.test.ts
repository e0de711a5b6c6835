import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {connect as connectHttp2} from 'node:http2';
import {connect} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, afterEach, beforeAll, describe, expect, it} from 'vitest';
import {SERVICES} from '../../src/devnet/host/host-definitions.ts';
import {startPluginProcess} from '../../src/devnet/host/plugin-process.ts';
import {type Handshake, startRuntimeServer} from '../../src/devnet/host/runtime-server.ts';
import {createUnaryClient} from '../../src/devnet/host/unary-client.ts';
import type {Host} from '../../src/devnet/host.ts';
import {waitFor} from '../plugin/harness.ts';
import {Bench, fastest, isPending, PROGRAM, timed} from './harness.ts';
import {refusal} from './refusal.ts';

const bench = new Bench();
afterEach(() => bench.close());

const ENGINE = 'AVALANCHE_VM_RUNTIME_ENGINE_ADDR';
const NOBODY = '127.0.0.1:9';

/** Says `LISTEN` on stderr whenever the process opens a listener. */
const LISTEN_SPY = `data:text/javascript,${encodeURIComponent(`
  import net from 'node:net';
  import {writeSync} from 'node:fs';
  const {listen} = net.Server.prototype;
  net.Server.prototype.listen = function (...args) {
    writeSync(2, 'LISTEN\\n');
    return listen.apply(this, args);
  };`)}`;

type Run = {readonly code: number | null; readonly out: string; readonly err: string};

async function finish(child: ChildProcess): Promise<Run> {
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const killer = setTimeout(() => child.kill('SIGKILL'), 20_000);
  const [code] = await once(child, 'close');
  clearTimeout(killer);
  return {code, out, err};
}

/** Runs the program with this environment only. */
function run(words: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  const args = ['--import', LISTEN_SPY, ...PROGRAM.args, ...words];
  return finish(spawn(PROGRAM.path, args, {env, stdio: ['ignore', 'pipe', 'pipe']}));
}

async function canConnect(address: string): Promise<boolean> {
  const [host = '', port = ''] = address.split(':');
  const socket = connect(Number(port), host);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe('start and handshake', () => {
  it('1 calls Runtime/Initialize within 5 s in an otherwise empty environment: protocol 45, a loopback address', async () => {
    const host = await bench.start({stage: 'handshake'});
    const {handshake, handshakeMs} = host.session;
    expect(handshake.protocolVersion).toBe(45);
    expect(handshake.address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(handshakeMs).toBeLessThan(5000);
  });

  it('2 accepts TCP connections at the announced address before the handshake is answered', async () => {
    const accepted: boolean[] = [];
    const onHandshake = async ({address}: Handshake): Promise<void> => {
      accepted.push(await canConnect(address));
    };
    await bench.start({stage: 'handshake', onHandshake});
    expect(accepted).toEqual([true]);
  });

  it('3 announces protocol 42 when only the variable of luxd is set', async () => {
    const host = await bench.start({
      stage: 'handshake',
      engineVariable: 'LUX_VM_RUNTIME_ENGINE_ADDR',
    });
    expect(host.session.handshake.protocolVersion).toBe(42);
    expect((await host.vm.call('Version', {})).version).not.toBe('');
  });

  it('4 ends non-zero within 1 s without a variable, says why in its first line, opens no listener', async () => {
    const ended = fastest(async () => {
      const {value, ms} = await timed(() => run([]));
      expect(value.code).toBe(2);
      expect(value.err.split('\n')[0]).toContain('no node started it');
      expect(value.err).not.toContain('LISTEN');
      return ms;
    });
    expect(await ended).toBeLessThan(1000);
    // The spy would have seen one.
    expect((await run([], {[ENGINE]: NOBODY})).err).toContain('LISTEN');
  });

  it('5 ends non-zero when the handshake is refused, and does not call again', async () => {
    const calls: number[] = [];
    const starting = bench.start({
      stage: 'handshake',
      protocol: 43,
      env: {GRPC_SESSIONVM_PROTOCOL: '45'},
      onHandshake: ({protocolVersion}) => void calls.push(protocolVersion),
    });
    await expect(starting).rejects.toMatchObject({
      code: 'DEVNET_PROTOCOL',
      details: {exit: 'exit 1'},
    });
    expect(calls).toEqual([45]);
  });

  it('6 drops the engine connection: a graceful stop of that server ends within 1 s', async () => {
    const stopped = fastest(async () => {
      const runtime = await startRuntimeServer(45);
      const env = {[ENGINE]: runtime.server.address};
      const child = await startPluginProcess({command: PROGRAM, env});
      try {
        await runtime.handshake();
        const isGone = () => runtime.server.connections() === 0;
        const {ms} = await timed(async () => {
          await waitFor(isGone);
          await runtime.server.stopGracefully();
        });
        expect(child.isRunning()).toBe(true);
        return ms;
      } finally {
        child.signal('SIGKILL');
        await child.exited;
        await runtime.server.stop();
      }
    });
    expect(await stopped).toBeLessThan(1000);
  });

  it('7 prints version and version-json with no environment, and exits 0', async () => {
    for (const word of ['version', '--version']) {
      const {code, out} = await run([word]);
      expect([code, out]).toEqual([0, expect.stringContaining('sessionvm')]);
    }
    for (const word of ['version-json', '--version-json']) {
      const {code, out} = await run([word]);
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({rpcchainvm: 45});
    }
  });

  it('8 answers grpc.health.v1 for the service "" with SERVING', async () => {
    const host = await bench.start({stage: 'handshake'});
    const client = createUnaryClient(host.session.handshake.address, SERVICES.health);
    expect(await client.call('Check', {service: ''})).toEqual({status: 1});
    client.close();
  });
});

describe('keepalive', () => {
  const PING_MS = 5000;
  const quiet = new Bench();
  const seen = {pings: 0, goaway: 0, closed: 0};
  let host: Host;
  let startedAt = 0;
  let stopPings: () => void = () => undefined;

  beforeAll(async () => {
    host = await quiet.start({stage: 'initialized', keepaliveMs: PING_MS});
    const session = connectHttp2(`http://${host.session.handshake.address}`);
    session.on('goaway', () => seen.goaway++);
    session.on('close', () => seen.closed++);
    session.on('error', () => undefined);
    await once(session, 'connect');
    startedAt = performance.now();
    const timer = setInterval(() => {
      session.ping((error) => {
        if (error === null) seen.pings++;
      });
    }, PING_MS);
    stopPings = () => {
      clearInterval(timer);
      session.destroy();
    };
  });
  afterAll(async () => {
    stopPings();
    await quiet.close();
  });

  it('10 keeps both streams open until its exit; 10 MB of log lines that nobody reads stop no call', async () => {
    // Line breaks in a name are six characters each in a JSON log line.
    const genesisBytes = Buffer.from(JSON.stringify({['\u0001'.repeat(40)]: 1}));
    const loud = await bench.start({stage: 'handshake', readOutput: false});
    const {process} = loud.session;
    const request = {...loud.initializeRequest(), genesisBytes};
    const refuse = () =>
      expect(loud.vm.call('Initialize', request)).rejects.toMatchObject(refusal('GENESIS_INVALID'));
    const quietHost = await bench.start({stage: 'handshake'});
    await expect(quietHost.initialize({genesisBytes})).rejects.toMatchObject(refusal());
    await waitFor(() => quietHost.session.process.output().includes('\n'));
    const lineBytes = quietHost.session.process.output().length;
    const calls = Math.ceil(10_000_000 / lineBytes);
    const waiting = loud.vm.call('WaitForEvent', {}).catch(() => 'ended');
    for (let sent = 0; sent < calls; sent += 200) {
      await Promise.all(Array.from({length: 200}, refuse));
    }
    const answered = fastest(async () => (await timed(() => loud.vm.call('Version', {}))).ms);
    expect(await answered).toBeLessThan(1000);
    expect(await isPending(process.pipeEnded, 100)).toBe(true);
    process.resumeOutput();
    await waitFor(() => process.output().length > 60_000);
    await refuse();
    await waitFor(() => process.output().includes('"droppedLines"'));
    expect(await loud.stopPlugin()).toEqual({code: 0, signal: null});
    expect(await waiting).toBe('ended');
  });

  it('9 answers pings each 5 s for more than a minute without calls, and sends no GOAWAY', async () => {
    await sleep(Math.max(0, 66_000 - (performance.now() - startedAt)));
    expect(seen.pings).toBeGreaterThanOrEqual(12);
    expect(seen.goaway).toBe(0);
    expect(seen.closed).toBe(0);
    expect((await host.vm.call('Version', {})).version).not.toBe('');
  });
});
