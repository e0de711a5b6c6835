import {execFile} from 'node:child_process';
import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import process from 'node:process';
import {setTimeout as sleep} from 'node:timers/promises';
import {promisify} from 'node:util';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {nodeIdToString} from '../../../src/crypto/ids.ts';
import {nodeName} from '../../../src/devnet/network-files.ts';
import {bytesToHex} from '../../../src/protocol/bytes.ts';
import {encode} from '../../../src/protocol/codec.ts';
import {SessionError} from '../../../src/protocol/errors.ts';
import {ClientRequest, CONSISTENCY} from '../../../src/protocol/overlay/client-protocol.ts';
import {mutate} from '../../fuzz/mutate.ts';
import {Random} from '../../fuzz/random.ts';
import {needsNoOwner, signedRequests} from '../../messaging/signed-requests.ts';
import {InboxOwner} from './inbox-owner.ts';
import {OneSwarm} from './one-swarm.ts';
import {RawClient} from './raw-client.ts';

const NODES = 8;
const MAJORITY = 5;
const ALL = Array.from({length: NODES}, (_, index) => index);
/** A client hears of a write without a majority by then. */
const ANSWER_WITHIN_MS = 5000;
const RECOVERY_MS = 60_000;
const TIMEOUT_MS = 180_000;
const MUTATIONS = 2400;
const GARBAGE = 300;

let swarm: OneSwarm;
let client: RawClient;
let bob: InboxOwner;
beforeAll(async () => {
  swarm = await OneSwarm.start({nodes: NODES});
  client = await RawClient.open(swarm);
  bob = new InboxOwner(swarm, client);
  for (const at of ALL) await settled(() => bob.store(at, `hello ${at}`));
}, 150_000);
afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await swarm?.[Symbol.asyncDispose]();
});

/** Does it as soon as the swarm can: members find each other and the chain within seconds. */
async function settled<T>(work: () => Promise<T>): Promise<T> {
  const deadlineMs = Date.now() + RECOVERY_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SessionError) || Date.now() > deadlineMs) throw error;
      await sleep(250);
    }
  }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    if (error instanceof SessionError) return error.code;
    throw error;
  }
}

async function expectEverywhere(members: readonly number[], texts: readonly string[]) {
  for (const at of members)
    expect(await bob.read(at), `member ${at}`).toEqual(expect.arrayContaining([...texts]));
}

describe('eight members', () => {
  it(
    'take a message while three of them stand still',
    async () => {
      const still = [5, 6, 7];
      swarm.signal(still, 'SIGSTOP');
      try {
        for (const at of [0, 1, 2, 3, 4]) {
          const request = bob.storeRequest(`three still, at ${at}`);
          const {receipts} = await client.ask(at, request, {timeoutMs: ANSWER_WITHIN_MS});
          expect(receipts).toHaveLength(MAJORITY);
        }
        await expectEverywhere([0, 4], ['three still, at 0', 'three still, at 4']);
      } finally {
        swarm.signal(still, 'SIGCONT');
      }
    },
    TIMEOUT_MS,
  );

  it(
    'refuse one by its code while four of them stand still, and recover',
    async () => {
      const still = [4, 5, 6, 7];
      swarm.signal(still, 'SIGSTOP');
      try {
        const asked = [0, 1, 2, 3, 0, 1, 2, 3].map((at, index) =>
          codeOf(
            client.ask(at, bob.storeRequest(`four still, ${index}`), {timeoutMs: ANSWER_WITHIN_MS}),
          ),
        );
        expect(new Set(await Promise.all(asked))).toEqual(new Set(['MESSAGING_NO_MAJORITY']));
      } finally {
        swarm.signal(still, 'SIGCONT');
      }
      for (const at of ALL) await settled(() => bob.store(at, `awake ${at}`));
      await expectEverywhere(
        ALL,
        ALL.map((at) => `awake ${at}`),
      );
    },
    TIMEOUT_MS,
  );

  it(
    'all have a message at once whose coordinator is killed right after its ok',
    async () => {
      for (const victim of [2, 6]) {
        const text = `last words of ${victim}`;
        const {receipts} = await bob.store(victim, text);
        await swarm.node(victim).kill();
        await expectEverywhere(
          ALL.filter((at) => at !== victim),
          [text],
        );
        const givers = receipts.map(({receipt}) => nodeIdToString(receipt.nodeId));
        expect(givers).toContain(swarm.node(victim).nodeId());
        await swarm.startNode(victim);
        await settled(() => bob.read(victim));
      }
    },
    TIMEOUT_MS,
  );

  it(
    'have every acknowledged message after all were killed at once',
    async () => {
      const acknowledged: string[] = [];
      let isOver = false;
      const writers = ALL.map(async (at) => {
        for (let number = 0; !isOver; number++) {
          const text = `before the end ${at}.${number}`;
          if ((await codeOf(bob.store(at, text))) === 'ok') acknowledged.push(text);
          else await sleep(50);
        }
      });
      while (acknowledged.length < 200) await sleep(10);
      await Promise.all(ALL.map((at) => swarm.node(at).kill()));
      isOver = true;
      await Promise.all(writers);
      await swarm.startNode(0);
      await Promise.all(ALL.slice(1).map((at) => swarm.startNode(at)));
      const read = await Promise.all(ALL.map((at) => settled(() => bob.read(at))));
      for (const texts of read) expect(new Set(texts).size).toBe(texts.length);
      for (const texts of read) {
        const found = new Set(texts);
        expect(acknowledged.filter((text) => !found.has(text))).toEqual([]);
      }
    },
    TIMEOUT_MS,
  );
});

describe('a hostile client', () => {
  it(
    'gets no mutated request through, and no error that is not its own',
    async () => {
      const random = new Random(7);
      const counts = new Map<string, number>();
      for (let made = 0; made < MUTATIONS; ) {
        // Another peer each time: one alone would soon hear nothing but its rate limit.
        await using stranger = await RawClient.open(swarm);
        const chosen = {chain: swarm.chain, nowMs: Date.now()};
        const valid = signedRequests(bob.identity, chosen).map((each) =>
          encode(ClientRequest, each),
        );
        const sent: Promise<string>[] = [];
        while (sent.length < GARBAGE) {
          const original = random.pick(valid);
          const bytes = mutate(original, random);
          if (bytesToHex(bytes) === bytesToHex(original) || needsNoOwner(bytes)) continue;
          sent.push(codeOf(stranger.send(random.below(NODES), bytes)));
        }
        for (const code of await Promise.all(sent)) counts.set(code, (counts.get(code) ?? 0) + 1);
        made += sent.length;
      }
      const strange = [...counts].filter(
        ([code]) => !/^MESSAGING_/.test(code) && code !== 'NETWORK_BAD_REQUEST',
      );
      expect(strange).toEqual([]);
      expect(counts.get('MESSAGING_BAD_SIGNATURE')).toBeGreaterThan(0);
      await expectEverywhere([0], ['hello 0']);
    },
    TIMEOUT_MS,
  );

  it(
    'sends garbage, and the service goes on',
    async () => {
      const random = new Random(11);
      await using stranger = await RawClient.open(swarm);
      const sent = Array.from({length: GARBAGE}, (_, index) =>
        codeOf(stranger.send(index % NODES, random.bytes(random.below(20_000)))),
      );
      expect([...new Set(await Promise.all(sent))]).toEqual(['NETWORK_BAD_REQUEST']);
      for (const at of ALL) {
        const {receipts} = await bob.store(at, `after garbage ${at}`);
        expect(receipts.length).toBeGreaterThanOrEqual(MAJORITY);
      }
      await expectEverywhere(
        [3],
        ALL.map((at) => `after garbage ${at}`),
      );
    },
    TIMEOUT_MS,
  );
});

const run = promisify(execFile);

describe('the example', () => {
  it('sends and reads, as it says', async () => {
    const example = join(import.meta.dirname, '../../../examples/send-and-read.ts');
    const {addresses} = await swarm.node(0).started;
    const words = [example, swarm.network.host.rpcUrl, addresses[0] ?? ''];
    const {stdout} = await run(process.execPath, words);
    expect(stdout).toMatch(/^stored by [5-8] members of swarm 0\nBob reads: Hello Bob\n$/);
  });
});

/** The system refuses a process to make any file longer: as on a full disk. */
async function limitFiles(pid: number, most: number | 'unlimited'): Promise<void> {
  await run('prlimit', ['--pid', String(pid), `--fsize=${most}:`]);
}

async function largestFile(folder: string): Promise<number> {
  const names = await readdir(folder);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return Math.max(...sizes);
}

describe('a member whose disk is full', () => {
  it(
    'says so by its code, answers reads, and takes messages again',
    async () => {
      const full = 1;
      const {pid} = swarm.node(full);
      const records = join(swarm.directory, 'nodes', nodeName(full), 'records');
      await limitFiles(pid, 1);
      expect(await largestFile(records)).toBeGreaterThan(1);
      expect(await codeOf(bob.store(full, 'nowhere to put it'))).toBe('MESSAGING_STORAGE_FAILED');
      // By quorum it would have to write what the others know: that is refused, never answered in part.
      expect(await bob.read(full, CONSISTENCY.one)).toContain('hello 1');
      const byQuorum = await codeOf(bob.read(full));
      expect(['ok', 'MESSAGING_STORAGE_FAILED']).toContain(byQuorum);
      const {receipts} = await bob.store(0, 'the others take it');
      const givers = receipts.map(({receipt}) => nodeIdToString(receipt.nodeId));
      expect(givers).not.toContain(swarm.node(full).nodeId());
      expect(swarm.node(full).isRunning()).toBe(true);
      await limitFiles(pid, 'unlimited');
      await settled(() => bob.store(full, 'room again'));
      await expectEverywhere(ALL, ['the others take it', 'room again']);
    },
    TIMEOUT_MS,
  );
});
