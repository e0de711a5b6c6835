import fc from 'fast-check';
import {beforeAll, describe, expect, it} from 'vitest';
import {initCrypto} from '../../src/crypto/init.ts';
import {bytesToKey, type Hash} from '../../src/protocol/bytes.ts';
import {decode, encode} from '../../src/protocol/codec.ts';
import {CodecError, SessionError} from '../../src/protocol/errors.ts';
import {
  ClientRequest,
  CONSISTENCY,
  type Cursor,
  type Stored,
} from '../../src/protocol/overlay/client-protocol.ts';
import {MemberRequest, Operation} from '../../src/protocol/overlay/member-protocol.ts';
import {mutate} from '../fuzz/mutate.ts';
import {Random} from '../fuzz/random.ts';
import {LocalOwner} from './local-owner.ts';
import {type LocalMember, LocalSwarm} from './local-swarm.ts';
import {deliver, storeOperation} from './member-requests.ts';

const RUNS = {numRuns: Number(process.env['PROPERTY_RUNS'] ?? 20)};
const TIMEOUT_MS = 120_000;
const NEVER = new AbortController().signal;
const MEMBERS = 5;
const MINORITY = 2;

beforeAll(initCrypto);

const memberIndex = fc.nat({max: MEMBERS - 1});
/** Members that are down for one step; whoever is asked in it is not. */
const away = fc.uniqueArray(memberIndex, {maxLength: MINORITY});
/** From the shortest lifetime on, ms. */
const ttlMs = fc.integer({min: 10_000, max: 60_000});

async function open() {
  const swarm = await LocalSwarm.start({members: MEMBERS, timeoutMs: 30_000});
  return {swarm, bob: new LocalOwner(swarm)};
}

/** One step, one ms later, while some members are down. */
async function without<T>(
  swarm: LocalSwarm,
  down: readonly LocalMember[],
  step: () => Promise<T>,
): Promise<T> {
  swarm.nowMs += 1;
  for (const member of down) member.condition = 'down';
  const answer = await step();
  for (const member of down) member.condition = 'up';
  return answer;
}

/** Of these members; whoever is asked stays up. */
const allBut = (swarm: LocalSwarm, at: number, down: readonly number[]): readonly LocalMember[] =>
  down.filter((each) => each !== at).map((each) => swarm.member(each));

async function storeAt(
  {swarm, bob}: Awaited<ReturnType<typeof open>>,
  at: number,
  {text, ttl}: {readonly text: string; readonly ttl: number},
): Promise<Stored> {
  const params = bob.storeParams(text, 0, BigInt(ttl));
  return swarm.ask(at, {type: 'store', value: {params, auth: undefined}});
}

/** All that an inbox shows, page by page. */
async function readAll(
  {swarm, bob}: Awaited<ReturnType<typeof open>>,
  at: number,
  maxRecords: number,
): Promise<readonly string[]> {
  const seen: string[] = [];
  let after: Cursor | undefined;
  for (;;) {
    const page = await swarm.ask(at, bob.retrieveRequest({after, maxRecords}));
    seen.push(...page.records.map(({data}) => new TextDecoder().decode(data)));
    if (!page.more) return seen;
    after = page.records.at(-1);
  }
}

const inboxStep = fc.record({
  kind: fc.constantFrom('store', 'store', 'store', 'delete', 'wait', 'expire', 'read'),
  at: memberIndex,
  away,
  ttl: ttlMs,
  number: fc.nat({max: 60}),
  maxRecords: fc.integer({min: 1, max: 4}),
});

/** What clients are told is left of a message. */
type Kept = {readonly text: string; readonly id: Hash; readonly expiryMs: bigint};

const nextExpiryMs = (kept: readonly Kept[], nowMs: number): number =>
  kept.reduce((next, {expiryMs}) => {
    const ms = Number(expiryMs);
    return ms > nowMs && ms < next ? ms : next;
  }, nowMs + 60_000);

describe('laws of the messenger', () => {
  it(
    'Inbox: a read shows what was stored and has not ended, all of it and nothing else',
    async () => {
      const history = fc.array(inboxStep, {minLength: 4, maxLength: 14});
      await fc.assert(
        fc.asyncProperty(history, async (steps) => {
          const parts = await open();
          const {swarm, bob} = parts;
          let kept: readonly Kept[] = [];
          for (const [index, {kind, at, ttl, number, maxRecords, ...step}] of steps.entries()) {
            const down = allBut(swarm, at, step.away);
            if (kind === 'wait') swarm.nowMs += number * 1000;
            if (kind === 'expire') swarm.nowMs = nextExpiryMs(kept, swarm.nowMs) - 1;
            const text = `message ${index}`;
            if (kind === 'store') {
              const stored = await without(swarm, down, () => storeAt(parts, at, {text, ttl}));
              kept = [...kept, {text, id: stored.id, expiryMs: stored.expiryMs}];
            }
            const gone = kept[number % Math.max(1, kept.length)];
            if (kind === 'delete' && gone !== undefined) {
              await without(swarm, down, () => bob.delete(at, [gone.id]));
              kept = kept.filter((each) => each !== gone);
            }
            if (kind !== 'read' && kind !== 'expire' && index + 1 < steps.length) continue;
            const seen = await without(swarm, down, () => readAll(parts, at, maxRecords));
            const shown = kept.filter(({expiryMs}) => expiryMs > BigInt(swarm.nowMs));
            expect(seen).toEqual(shown.map((each) => each.text));
          }
        }),
        RUNS,
      );
    },
    TIMEOUT_MS,
  );

  it(
    'Acknowledged means durable: whatever minority is killed then, the others show it',
    async () => {
      const step = fc.record({at: memberIndex, away, isDelete: fc.boolean(), others: away});
      await fc.assert(
        fc.asyncProperty(fc.array(step, {minLength: 1, maxLength: 6}), async (steps) => {
          const parts = await open();
          const {swarm, bob} = parts;
          const kept = new Map<string, Hash>();
          for (const [index, {at, isDelete, others, ...each}] of steps.entries()) {
            const down = allBut(swarm, at, each.away);
            const [text, id] = [...kept][0] ?? [];
            let killed = others.map((other) => swarm.member(other));
            if (isDelete && text !== undefined && id !== undefined) {
              await without(swarm, down, () => bob.delete(at, [id]));
              kept.delete(text);
            } else {
              const named = {text: `message ${index}`, ttl: 3_600_000};
              const stored = await without(swarm, down, () => storeAt(parts, at, named));
              kept.set(named.text, stored.id);
              // Those who have given their word for it, as many as a minority may be.
              const givers = stored.receipts.map(({receipt}) => bytesToKey(receipt.nodeId));
              const isGiver = ({nodeId}: LocalMember) => givers.includes(bytesToKey(nodeId));
              if (others.length > 0) killed = swarm.members.filter(isGiver).slice(0, MINORITY);
            }
            const reader = swarm.members.findIndex((member) => !killed.includes(member));
            const seen = await without(swarm, killed, () => readAll(parts, reader, 100));
            // One that was restarted may be ahead with its stamps.
            expect(seen.toSorted()).toEqual([...kept.keys()].toSorted());
            for (const member of killed) await swarm.restart(member);
          }
        }),
        RUNS,
      );
    },
    TIMEOUT_MS,
  );

  it(
    'Deleted means deleted: it comes back at no member before its own end, whoever stores it again',
    async () => {
      const again = fc.record({at: memberIndex, away, ttl: ttlMs});
      await fc.assert(
        fc.asyncProperty(
          fc.array(again, {minLength: 1, maxLength: 4}),
          fc.tuple(memberIndex, away, ttlMs),
          fc.tuple(memberIndex, away),
          async (agains, [first, firstAway, ttl], [remover, removerAway]) => {
            const parts = await open();
            const {swarm, bob} = parts;
            const text = 'said and taken back';
            const down = (at: number, others: readonly number[]) => allBut(swarm, at, others);
            const stored = await without(swarm, down(first, firstAway), () =>
              storeAt(parts, first, {text, ttl}),
            );
            await without(swarm, down(remover, removerAway), () =>
              bob.delete(remover, [stored.id]),
            );
            let endMs = stored.expiryMs;
            for (const {at, ttl: nextTtl, away: others} of agains) {
              const next = await without(swarm, down(at, others), () =>
                storeAt(parts, at, {text, ttl: nextTtl}),
              );
              if (next.expiryMs > endMs) endMs = next.expiryMs;
              expect(await readAll(parts, at, 100)).toEqual([]);
            }
            swarm.nowMs += 1000;
            const span = {fromMs: 0n, toMs: BigInt(swarm.nowMs)};
            for (const {messaging} of swarm.members) {
              await messaging.repair.run(swarm.state, span, NEVER);
            }
            for (const at of swarm.members.keys()) {
              expect(await bob.read(at, {consistency: CONSISTENCY.one})).toEqual([]);
            }
            swarm.nowMs = Number(endMs) - 1;
            await without(swarm, [], () => storeAt(parts, first, {text, ttl}));
            expect(await readAll(parts, remover, 100)).toEqual([text]);
          },
        ),
        RUNS,
      );
    },
    TIMEOUT_MS,
  );

  it(
    'Bad input: it is refused by a code, and takes nothing from what comes with it',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer(), async (seed) => {
          const random = new Random(seed);
          const parts = await open();
          const {swarm, bob} = parts;
          const [from, to] = [1, 0];
          const operationOf = (counter: number, text: string) => {
            const clockMs = BigInt(swarm.nowMs);
            const stamp = {clockMs, counter, coordinator: swarm.member(from).nodeId};
            return storeOperation(bob.storeParams(text), stamp);
          };
          const asked = {type: 'store', value: {params: bob.storeParams('x'), auth: undefined}};
          const request = encode(ClientRequest, asked as ClientRequest);
          const value = {operations: [operationOf(60_000, 'y')]};
          const delivery = encode(MemberRequest, {type: 'deliver', value});
          for (let count = 0; count < 40; count += 1) {
            const {clients, members} = swarm.member(to).messaging;
            const sender = swarm.member(from).nodeId;
            await refusedByCode(async () => {
              const decoded = decode(ClientRequest, mutate(request, random));
              // The node's own facts, which no swarm of a test has.
              if (decoded.type === 'info' || decoded.type === 'getSwarm') return;
              const answer = clients.answer(decoded, new AbortController());
              if (!(Symbol.asyncIterator in answer)) await answer;
            });
            await refusedByCode(() =>
              members.answer(decode(MemberRequest, mutate(delivery, random)), sender),
            );
          }
          const bad = mutatedOperations(operationOf(50_000, 'spoilt'), random);
          const texts = Array.from({length: 60}, (_, index) => `good ${index}`);
          const good = texts.map((text, counter) => operationOf(counter, text));
          const taken = await deliver(swarm, {from, to}, [...bad, ...good]);
          expect(taken).toBeGreaterThanOrEqual(good.length);
          expect(await bob.read(to, {consistency: CONSISTENCY.one})).toEqual(
            expect.arrayContaining(texts),
          );
          expect(swarm.members.flatMap(({errors}) => errors)).toEqual([]);
        }),
        RUNS,
      );
    },
    TIMEOUT_MS,
  );
});

async function refusedByCode(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
  }
}

/** Operations that can be read, and say something else. */
function mutatedOperations(good: Operation, random: Random): readonly Operation[] {
  const bytes = encode(Operation, good);
  const found: Operation[] = [];
  for (let tries = 0; found.length < 10 && tries < 2000; tries += 1) {
    try {
      found.push(decode(Operation, mutate(bytes, random)));
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
    }
  }
  expect(found).toHaveLength(10);
  return found;
}
