import {beforeEach, describe, expect, it, vi} from 'vitest';
import {bytesToHex} from '../../src/protocol/bytes.ts';
import type {Stored} from '../../src/protocol/overlay/client-protocol.ts';
import {preferenceList} from '../../src/swarm/preference-list.ts';
import {LocalOwner} from './local-owner.ts';
import {type LocalMember, LocalSwarm} from './local-swarm.ts';

const MEMBERS = 5;
const MAJORITY = 3;
/** Longer than a member that took long comes last. */
const LATER_MS = 4000;

let swarm: LocalSwarm;
let bob: LocalOwner;
/** The members that member 0 asks, in turn. */
let others: readonly LocalMember[];
/** The first of them, so that each first answer has its receipt. */
let forger: LocalMember;
beforeEach(async () => {
  swarm = await LocalSwarm.start({members: MEMBERS});
  bob = new LocalOwner(swarm);
  // The first store takes long.
  await new LocalOwner(swarm, 7).store(0, 'first of all');
  others = preferenceList(bob.identity.sessionId, swarm.members.slice(1));
  forger = others[0]!;
  forger.isForger = true;
});

/** By member 0. */
function store(text: string): Promise<Stored> {
  swarm.nowMs += LATER_MS;
  return bob.store(0, text);
}

async function goodOf({receipts}: Stored): Promise<number> {
  const answers = await Promise.all(receipts.map((each) => swarm.isReceiptValid(each)));
  return answers.filter(Boolean).length;
}

const giversOf = ({receipts}: Stored) => receipts.map(({receipt}) => bytesToHex(receipt.nodeId));

describe('a false receipt', () => {
  it('reaches a client once: asked again, the member has a majority without it', async () => {
    expect(await goodOf(await store('hello'))).toBe(MAJORITY - 1);
    const again = await store('hello');
    expect(await goodOf(again)).toBe(MAJORITY);
    expect(again.receipts).toHaveLength(MAJORITY);
    expect(await bob.read(0)).toEqual(['hello']);
    // What its giver said is worth nothing, so it gets the message again.
    const {messaging} = swarm.member(0);
    await vi.waitFor(async () => expect(await messaging.pendingHints()).toBe(1));
  });

  it('makes the member look at what its giver says later, until that is good', async () => {
    for (const _twice of [1, 2]) await store('hello');
    expect(await goodOf(await store('another'))).toBe(MAJORITY);
    forger.isForger = false;
    expect(giversOf(await store('honest now'))).toContain(bytesToHex(forger.nodeId));
    forger.isForger = true;
    expect(await goodOf(await store('and believed'))).toBe(MAJORITY - 1);
  });

  it('of all others leaves no majority', async () => {
    for (const other of others) other.isForger = true;
    await store('hello');
    await expect(store('hello')).rejects.toThrow('MESSAGING_NO_MAJORITY');
  });

  it('is seen at once while swarms change, where a client does not count by groups', async () => {
    const ids = swarm.state.members;
    swarm.state = {...swarm.state, acknowledge: [ids, ids.slice(0, 3)]};
    const stored = await store('hello');
    expect(stored.receipts.length).toBeGreaterThanOrEqual(MAJORITY);
    expect(await goodOf(stored)).toBe(stored.receipts.length);
  });
});

describe('a receipt that is signed well', () => {
  /** The forger is honest, but sees the chain like this. */
  const seeing = (changed: Partial<LocalSwarm['state']>): void => {
    forger.isForger = false;
    swarm.seatElsewhere(forger, {...swarm.state, ...changed});
  };
  const isCounted = async (): Promise<boolean> =>
    giversOf(await store('hello')).includes(bytesToHex(forger.nodeId));

  it('counts from a member that is one epoch behind or ahead', async () => {
    seeing({epoch: swarm.state.epoch - 1n});
    expect(await isCounted()).toBe(true);
    seeing({epoch: swarm.state.epoch + 1n, swarmExponent: 1});
    expect(await isCounted()).toBe(true);
  });

  it('does not count from one that is further away, or sees other swarms in that epoch', async () => {
    seeing({epoch: swarm.state.epoch - 2n});
    expect(await isCounted()).toBe(false);
    seeing({epoch: swarm.state.epoch + 2n});
    expect(await isCounted()).toBe(false);
    seeing({swarmExponent: 1});
    expect(await isCounted()).toBe(false);
  });
});
