import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {open, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {parsePeerAddress} from '../../src/network/addresses.ts';
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
async function untilDone(
  words: readonly string[],
  input?: string | Uint8Array,
): Promise<CliResult> {
  const deadlineMs = Date.now() + FIRST_WORDS_MS;
  for (;;) {
    const result = await runCli(words, env, input);
    if (result.code === 0 || Date.now() > deadlineMs) return result;
  }
}

async function toFullDisk(words: readonly string[]) {
  const disk = await open('/dev/full', 'w');
  const child = spawn(process.execPath, [MAIN, ...words], {
    env,
    stdio: ['ignore', disk.fd, 'pipe'],
  });
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  await disk.close();
  return {code, stderr};
}

type Message = {readonly text: string; readonly from: string};
const messagesIn = ({stdout}: CliResult): readonly Message[] => JSON.parse(stdout).messages;

type Contact = {readonly sessionId: string; readonly name: string | null};
const jsonOf = <T>({stdout}: CliResult): T => JSON.parse(stdout) as T;

describe('send, read, watch, inbox', () => {
  it('carry texts from one person to another through real nodes', async () => {
    const [alice, bob] = [await newPerson('alice'), await newPerson('bob')];
    const to = ['--to', fileOf('bob.card'), '--key', alice];
    const sent = await untilDone(['send', ...to, 'Meet me at nine.', '--json']);
    expect(sent.stderr).toBe('');
    expect(JSON.parse(sent.stdout).members.length).toBeGreaterThanOrEqual(2);
    // What a program prints ends with a line break, which is no part of the text.
    expect((await untilDone(['send', ...to, '-'], 'two\nlines\n')).code).toBe(0);

    const picture = new Uint8Array([0x89, 0x50, 0xff]);
    const corrupted = await runCli(['send', ...to, '-'], env, picture);
    expect(corrupted).toMatchObject({code: 2, stderr: expect.stringContaining('--bytes')});

    const read = ['read', '--key', bob];
    const first = await runCli([...read, '--json'], env);
    expect(messagesIn(first).map(({text}) => text)).toEqual(['Meet me at nine.', 'two\nlines']);
    expect(new Set(messagesIn(first).map(({from}) => from)).size).toBe(1);
    expect((await runCli(read, env)).stdout).toBe('Nothing new.\n');
    const inbox = await runCli(['inbox', '--key', bob, '--json'], env);
    const {members, ...held} = jsonOf<{members: {addresses: string[]}[]}>(inbox);
    expect(held).toMatchObject({swarmId: 0, messages: 2, unreadable: 0});
    const shown = members.flatMap(({addresses}) => addresses);
    expect(shown).not.toEqual([]);
    for (const at of shown) expect(() => parsePeerAddress(at)).not.toThrow();

    expect((await runCli(['send', ...to, '--bytes', '-'], env, picture)).code).toBe(0);
    expect((await runCli(read, env)).stdout).toContain('(3 bytes of data)');
    // What could not be shown is neither marked as read nor deleted.
    expect((await runCli(['send', ...to, 'third'], env)).code).toBe(0);
    const unshown = await toFullDisk([...read, '--delete']);
    expect(unshown).toMatchObject({code: 1, stderr: expect.stringContaining('(ENOSPC)')});
    expect(unshown.stderr).not.toContain('deleted');
    expect(messagesIn(await runCli([...read, '--json'], env))).toMatchObject([{text: 'third'}]);

    const all = await runCli([...read, '--all', '--delete', '--json'], env);
    expect(messagesIn(all)).toHaveLength(4);
    expect(all.stderr).toContain('deleted 4 messages');
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

  it('find somebody by his id once his card is published, and by a name once it is kept', async () => {
    const [carol, dave] = [await newPerson('cora'), await newPerson('dave')];
    const {sessionId} = jsonOf<Contact>(
      await runCli(['contact', 'show', fileOf('dave.card'), '--json'], env),
    );
    const byId = ['send', '--to', sessionId, '--key', carol];
    // The swarm has its seats by now, and nothing of Dave in his outbox.
    expect((await untilDone(['inbox', '--key', dave])).code).toBe(0);
    const unknown = await runCli([...byId, 'by id'], env);
    expect(unknown).toMatchObject({code: 1, stderr: expect.stringContaining('CLIENT_NO_CARD')});
    const publish = ['contact', 'publish', '--key', dave, '--name', 'Dave', '--json'];
    const published = jsonOf<Contact>(await untilDone(publish));
    expect(published).toMatchObject({sessionId, swarmId: 0});
    expect((await runCli([...byId, 'by id'], env)).code).toBe(0);

    const book = ['--contacts', fileOf('contacts')];
    const add = ['contact', 'add', 'Dave of the pier', fileOf('dave.card'), ...book];
    expect(jsonOf(await runCli([...add, '--json'], env))).toMatchObject({sessionId, name: 'dave'});
    expect(await runCli(add, env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('FILE_EXISTS'),
    });
    expect((await runCli([...add, '--force'], env)).code).toBe(0);
    expect(jsonOf(await runCli(['contact', 'list', ...book, '--json'], env))).toEqual([
      {name: 'Dave of the pier', sessionId},
    ]);
    const byName = ['send', '--to', 'Dave of the pier', ...book, '--key', carol, 'by name'];
    expect((await runCli(byName, env)).code).toBe(0);
    const read = await runCli(['read', '--key', dave, '--json'], env);
    expect(messagesIn(read).map(({text}) => text)).toEqual(['by id', 'by name']);
  });

  it.each([
    [['add', '../up', 'CARD'], 2, "is no contact's name"],
    [['add', 'Eve', 'NONE'], 1, 'FILE_MISSING'],
    [['add', 'Eve', 'KEY'], 1, 'FILE_MALFORMED'],
    [['add', 'Eve'], 2, 'say contact add NAME FILE'],
    [['forget', 'Eve'], 2, 'contact knows show, publish, add, list'],
  ] as const)('contact refuses %j', async (words, code, text) => {
    const key = fileOf('stranger.key');
    if (words.at(-1) === 'KEY') await runCli(['keys', 'new', key, '--kind', 'session'], env);
    const files: Readonly<Record<string, string>> = {KEY: key, CARD: fileOf('bob.card')};
    const given = words.map((word) => files[word] ?? word);
    const refused = await runCli(['contact', ...given, '--contacts', fileOf('nobody')], env);
    expect(refused).toMatchObject({code, stdout: '', stderr: expect.stringContaining(text)});
  });

  it('say which place of reading is damaged, and do not need it to show all', async () => {
    const erin = await newPerson('erin');
    await writeFile(`${erin}.read`, 'scribble');
    const refused = await runCli(['read', '--key', erin], env);
    expect(refused).toMatchObject({code: 1, stdout: ''});
    expect(refused.stderr).toMatch(
      /erin\.key\.read is not a place of reading .*: remove it, and all/,
    );
    const all = await untilDone(['read', '--all', '--key', erin]);
    expect(all.stdout).toBe('The inbox is empty.\n');
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
    const short = ['--node', '/ip4/127.0.0.1/tcp/41207'];
    const noPeer = await runCli(['read', '--key', carol, ...short], {SESSIONVM_RPC});
    expect(noPeer).toMatchObject({code: 2, stderr: expect.stringMatching(/as in \S+\/p2p\/12D3/)});
  });
});
