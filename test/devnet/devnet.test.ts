import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import process from 'node:process';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {lastLines} from '../../src/devnet/devnet.ts';
import {runCli} from '../cli/run-cli.ts';
import {MAIN} from '../program.ts';

const NODES = 2;
const START_MS = 60_000;

type Facts = {
  readonly rpcUrl: string;
  readonly healthUrl: string;
  readonly pluginPid: number;
  readonly funded: {readonly path: string; readonly address: string; readonly units: string};
  readonly people: readonly {readonly path: string; readonly sessionId: string}[];
  readonly nodeAddresses: readonly string[];
  readonly nodes: readonly {readonly pid: number; readonly ownerKey: string}[];
};

let folder = '';
let child: ChildProcess | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-devnet-test-'));
});
afterEach(async () => {
  if (child?.exitCode === null) {
    child.kill('SIGTERM');
    await once(child, 'close');
  }
  await rm(folder, {recursive: true, force: true});
});

/** `sessionvm devnet` as a person starts it, in an environment that holds nothing. */
function start(...words: readonly string[]) {
  const args = [MAIN, 'devnet', '--nodes', String(NODES), '--dir', join(folder, 'net'), ...words];
  const started = spawn(process.execPath, args, {env: {}, stdio: ['ignore', 'pipe', 'pipe']});
  child = started;
  let [out, err] = ['', ''];
  started.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  started.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const closed = once(started, 'close');
  /** What it has printed once it has printed this. */
  const printed = async (end: string): Promise<string> => {
    const deadlineMs = Date.now() + START_MS;
    while (!out.includes(end)) {
      if (started.exitCode !== null || Date.now() > deadlineMs) throw new Error(`${out}${err}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return out;
  };
  const stop = async (signal: NodeJS.Signals) => {
    started.kill(signal);
    const [code] = await closed;
    return {code, out, err};
  };
  return {printed, stop};
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function lastHeight(rpcUrl: string): Promise<number> {
  const {code, stdout} = await runCli(['status', '--json', '--rpc', rpcUrl]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout).epoch.numSwarms).toBe(2);
  const body = JSON.stringify({jsonrpc: '2.0', id: 1, method: 'session.getLastAccepted'});
  const answer = await fetch(rpcUrl, {method: 'POST', body});
  return Number(((await answer.json()) as {result: {height: string}}).result.height);
}

describe('the last lines of an output', () => {
  it('are whole, and the end of a line that is too long', () => {
    const line = `{"level":"info","at":"${'x'.repeat(200)}"}`;
    expect(lastLines(`${line}\n`)).toBe(line);
    expect(lastLines(`${line}\n${line}\n${line}\n`)).toBe(`${line}\n${line}`);
    expect(lastLines('y'.repeat(600))).toBe(`…${'y'.repeat(500)}`);
  });
});

describe('sessionvm devnet', () => {
  it('prints funded keys and URLs that work, goes on with its folder, and leaves no process', async () => {
    const first = start('--json');
    const facts = JSON.parse(await first.printed('\n')) as Facts;
    expect((await fetch(facts.healthUrl)).status).toBe(200);
    const {path, address, units} = facts.funded;
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const account = await runCli(['account', '--key', path, '--rpc', facts.rpcUrl, '--json']);
    expect(JSON.parse(account.stdout)).toMatchObject({address, balance: units});
    for (const {ownerKey} of facts.nodes) {
      const owner = await runCli(['account', '--key', ownerKey, '--rpc', facts.rpcUrl, '--json']);
      expect(BigInt(JSON.parse(owner.stdout).balance)).toBeGreaterThan(0n);
    }
    expect(facts.people.map(({sessionId}) => sessionId.length)).toEqual([66, 66]);
    for (const text of facts.nodeAddresses) expect(text).toMatch(/^\/ip4\/127.*\/p2p\/12D3/);
    const pids = [facts.pluginPid, ...facts.nodes.map(({pid}) => pid)];
    expect(new Set(pids).size).toBe(1 + NODES);
    expect(pids.every(isAlive)).toBe(true);
    const height = await lastHeight(facts.rpcUrl);
    const ended = await first.stop('SIGINT');
    expect(ended).toMatchObject({code: 0, err: ''});
    const lines = ended.out.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([facts, {stopped: true}]);
    expect(pids.filter(isAlive)).toEqual([]);

    const second = start();
    const text = await second.printed('Ctrl-C stops everything.');
    expect(text).toContain('It is no real host');
    const rpcUrl = /export SESSIONVM_RPC=(\S+)/.exec(text)?.[1] ?? '';
    for (const word of ['status', 'contact publish', 'send', 'read', 'watch']) {
      expect(text).toMatch(new RegExp(`\n  sessionvm ${word}\\b`));
    }
    expect(text).toContain(facts.people[1]?.sessionId);
    expect(await lastHeight(rpcUrl)).toBeGreaterThanOrEqual(height);
    const again = await second.stop('SIGTERM');
    expect(again).toMatchObject({code: 0, err: ''});
    expect(again.out).toContain('Everything is stopped.');
  });
});
