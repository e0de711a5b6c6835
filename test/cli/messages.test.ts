import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {OneSwarm} from '../e2e/swarm/one-swarm.ts';
import {MAIN} from '../program.ts';
import {type CliResult, runCli} from './run-cli.ts';

const NODES = 3;
const FIRST_WORDS_MS = 30_000;

let swarm: OneSwarm;
let env: Record<string, string>;
beforeAll(async () => {
  swarm = await OneSwarm.start({nodes: NODES});
  env = {SESSIONVM_RPC: swarm.network.host.rpcUrl, SESSIONVM_NODE: await swarm.addressOf(1)};
}, 150_000);
afterAll(async () => {
  await swarm?.[Symbol.asyncDispose]();
});

const fileOf = (name: string): string => join(swarm.directory, name);

async function newPerson(name: string): Promise<string> {
  const file = fileOf(`${name}.key`);
  expect((await runCli(['keys', 'new', file, '--kind', 'session'], env)).code).toBe(0);
  const card = ['contact', 'show', '--key', file, '--out', fileOf(`${name}.card`), '--name', name];
  expect((await runCli(card, env)).code).toBe(0);
  return file;
}

/** A swarm that has just got its seats may need a moment. */
async function untilDone(words: readonly string[], input?: string): Promise<CliResult> {
  const deadlineMs = Date.now() + FIRST_WORDS_MS;
  for (;;) {
    const result = await runCli(words, env, input);
    if (result.code === 0 || Date.now() > deadlineMs) return result;
  }
}

type Message = {readonly text: string; readonly from: string};
const messagesIn = ({stdout}: CliResult): readonly Message[] => JSON.parse(stdout).messages;

describe('send, read, watch, inbox', () => {
  it('carry texts from one person to another through real nodes', async () => {
    const [alice, bob] = [await newPerson('alice'), await newPerson('bob')];
    const to = ['--to', fileOf('bob.card'), '--key', alice];
    const sent = await untilDone(['send', ...to, 'Meet me at nine.', '--json']);
    expect(sent.stderr).toBe('');
    expect(JSON.parse(sent.stdout).members.length).toBeGreaterThanOrEqual(2);
    // What a program prints ends with a line break, which is no part of the text.
    expect((await untilDone(['send', ...to, '-'], 'two\nlines\n')).code).toBe(0);

    const read = ['read', '--key', bob];
    const first = await runCli([...read, '--json'], env);
    expect(messagesIn(first).map(({text}) => text)).toEqual(['Meet me at nine.', 'two\nlines']);
    expect(new Set(messagesIn(first).map(({from}) => from)).size).toBe(1);
    expect((await runCli(read, env)).stdout).toBe('Nothing new.\n');
    const inbox = await runCli(['inbox', '--key', bob, '--json'], env);
    expect(JSON.parse(inbox.stdout)).toMatchObject({swarmId: 0, messages: 2, unreadable: 0});

    const all = await runCli([...read, '--all', '--delete', '--json'], env);
    expect(messagesIn(all)).toHaveLength(2);
    expect(all.stderr).toContain('deleted 2 messages');
    expect((await runCli([...read, '--all'], env)).stdout).toBe('The inbox is empty.\n');
  });

  it('shows what comes, until it is interrupted', async () => {
    const [alice, bob] = [await newPerson('ann'), await newPerson('ben')];
    const watch = spawn(process.execPath, [MAIN, 'watch', '--json', '--key', bob], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(watch, 'close');
    const line = once(createInterface({input: watch.stdout}), 'line');
    const sent = await untilDone(['send', '--to', fileOf('ben.card'), '--key', alice, 'hello']);
    expect(sent.code).toBe(0);
    const [text] = await line;
    expect(JSON.parse(text)).toMatchObject({text: 'hello'});
    watch.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
  });

  it('say what is missing', async () => {
    const carol = await newPerson('carol');
    const {SESSIONVM_RPC = ''} = env;
    const nobody = await runCli(['read', '--key', carol], {SESSIONVM_RPC});
    expect(nobody.code).toBe(2);
    expect(nobody.stderr).toContain('SESSIONVM_NODE');
    const nothing = await runCli(['send', '--to', fileOf('carol.card'), '--key', carol, '-'], env);
    expect(nothing.code).toBe(2);
    expect(nothing.stderr).toContain('there is no text to send');
  });
});
