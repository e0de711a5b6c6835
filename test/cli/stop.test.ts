import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {CliContext} from '../../src/cli/command.ts';
import {COMMANDS} from '../../src/cli/registry.ts';
import {run} from '../../src/cli/run.ts';
import {MAIN} from '../program.ts';
import {runCli} from './run-cli.ts';

/** Long enough to begin to wait, on a busy machine too; a test that stops earlier proves less. */
const BEGINNING_MS = 1500;

let folder: string;
let fifo: string;
const place = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-stop-'));
  fifo = place('fifo');
  execFileSync('mkfifo', [fifo]);
  await runCli(['keys', 'new', place('me.key'), '--kind', 'session']);
});
afterAll(() => rm(folder, {recursive: true}));

describe('a command that waits', () => {
  const env = {SESSIONVM_RPC: 'http://127.0.0.1:9/rpc', SESSIONVM_NODE: '/ip4/127.0.0.1/tcp/9'};
  it.each([
    ['SIGINT', ['send', '--to', 'x', '-', '--key', 'me.key']],
    ['SIGTERM', ['devnet', '--demo', '-']],
    ['SIGINT', ['keys', 'show', 'fifo']],
    ['SIGTERM', ['keys', 'new', 'new.key', '--passphrase-file', 'fifo']],
    ['SIGINT', ['contact', 'show', 'fifo']],
  ] as const)('ends by %s: %j', async (signal, words) => {
    const child = spawn(process.execPath, [MAIN, ...words], {env, cwd: folder});
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const ended = once(child, 'exit');
    await setTimeout(BEGINNING_MS);
    expect(child.exitCode).toBe(null);
    child.kill(signal);
    expect(await ended).toEqual([1, null]);
    expect(stderr).toBe('sessionvm: stopped before it was done\n');
  });

  it('is left behind when it does not hear of its signal', async () => {
    const stop = new AbortController();
    const said: string[] = [];
    const context: CliContext = {
      env: {},
      out: () => Promise.resolve(),
      err: (text) => void said.push(text),
      signal: stop.signal,
      askSecret: undefined,
    };
    const {command} = await COMMANDS['version']!.load();
    const kept = command.run;
    command.run = () => new Promise(() => undefined);
    const ended = run(['version'], context);
    stop.abort(new Error('stopped'));
    expect(await ended).toBe(1);
    command.run = kept;
    expect(said).toEqual(['sessionvm: stopped before it was done']);
  });
});

describe('a pipe instead of a file', () => {
  it('gives the passphrase and the key that whoever writes to it sends', async () => {
    await writeFile(place('words'), 'correct horse\n');
    const script = '"$@" <(sleep 0.5; cat words)';
    const bash = (...words: readonly string[]) =>
      execFileSync('bash', ['-c', script, 'bash', process.execPath, MAIN, ...words], {cwd: folder});
    bash('keys', 'new', 'sealed.key', '--passphrase-file');
    const shown = await runCli(['keys', 'show', place('sealed.key')], {
      SESSIONVM_PASSPHRASE: 'correct horse',
    });
    expect(shown.code).toBe(0);
  });

  it('is refused where only this program writes, and a device everywhere', async () => {
    execFileSync('mkfifo', [place('me.key.read')]);
    const key = ['--key', place('me.key'), '--rpc', 'http://127.0.0.1:9/'];
    const read = await runCli(['read', ...key, '--node', '/ip4/127.0.0.1/tcp/9']);
    expect(read.stderr).toMatch(/cannot read .*me\.key\.read \(no regular file\)/);
    const device = await runCli(['keys', 'show', '/dev/zero']);
    expect(device.stderr).toContain('cannot read /dev/zero (no regular file)');
  });
});
