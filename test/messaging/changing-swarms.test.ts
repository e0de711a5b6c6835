import {beforeEach, describe, expect, it, vi} from 'vitest';
import type {SwarmState} from '../../src/messaging/ports.ts';
import {CONSISTENCY} from '../../src/protocol/overlay/client-protocol.ts';
import {swarmOf} from '../../src/swarm/swarm-space.ts';
import {contentOf, tableAt} from './holders.ts';
import {LocalOwner} from './local-owner.ts';
import {LocalSwarm} from './local-swarm.ts';

const EIGHT = {members: 8, timeoutMs: 200};

let swarm: LocalSwarm;
let bob: LocalOwner;
beforeEach(async () => {
  swarm = await LocalSwarm.start(EIGHT);
  bob = new LocalOwner(swarm);
});

const pick = (indexes: readonly number[]) => indexes.map((at) => swarm.state.members[at]!);

/** These do not take part in what follows. */
function putDown(indexes: readonly number[]): void {
  for (const [at, member] of swarm.members.entries()) {
    member.condition = indexes.includes(at) ? 'down' : 'up';
  }
}

const reconcile = (at: number) => {
  const span = {fromMs: 0n, toMs: BigInt(swarm.nowMs)};
  const {signal} = new AbortController();
  return swarm.member(at).messaging.repair.run(swarm.state, span, signal);
};

const NO_MAJORITY = 'MESSAGING_NO_MAJORITY';

describe('a write while a split is announced', () => {
  beforeEach(() => {
    swarm.state = {...swarm.state, acknowledge: [pick([0, 2, 4, 6]), pick([1, 3, 5, 7])]};
  });

  it('needs a majority in both future halves, not only in the swarm', async () => {
    // Six and five of eight are up, but only two of the second half.
    putDown([1, 3]);
    await expect(bob.store(0, 'six of eight')).rejects.toThrow(NO_MAJORITY);
    putDown([0, 5, 7]);
    await expect(bob.store(2, 'five of eight')).rejects.toThrow(NO_MAJORITY);
    putDown([6, 7]);
    const {receipts} = await bob.store(0, 'three of each');
    expect(receipts).toHaveLength(6);
    // Each half has it with a majority of its own: whichever the inbox falls to can go on.
    for (const half of [
      [0, 2, 4],
      [1, 3, 5],
    ]) {
      for (const at of half) {
        expect(await bob.read(at, {consistency: CONSISTENCY.one})).toContain('three of each');
      }
    }
  });

  it('counts for a deletion as for a message', async () => {
    putDown([]);
    const {id} = await bob.store(0, 'to be deleted');
    swarm.nowMs += 5;
    putDown([1, 3]);
    await expect(bob.delete(0, [id])).rejects.toThrow(NO_MAJORITY);
    swarm.nowMs += 5;
    putDown([6, 7]);
    expect((await bob.delete(0, [id])).members).toBe(6);
  });
});

describe('a write while a merge is announced', () => {
  it('goes to the sibling too, and needs a majority there', async () => {
    const [own, sibling] = [pick([0, 1, 2, 3]), pick([4, 5, 6, 7])];
    const base = {...swarm.state, swarmExponent: 1};
    const left: SwarmState = {...base, members: own, acknowledge: [own, sibling], sibling: 1};
    const right = {...base, swarmId: 1, members: sibling, acknowledge: [sibling, own], sibling: 0};
    swarm.state = left;
    for (const member of swarm.members.slice(4)) swarm.seatElsewhere(member, right);
    putDown([6, 7]);
    await expect(bob.store(0, 'half of the sibling')).rejects.toThrow(NO_MAJORITY);
    putDown([3, 7]);
    const {receipts} = await bob.store(0, 'three of each');
    expect(receipts).toHaveLength(6);
  });
});

describe('a read, and reconciling, while a merge is announced', () => {
  it('asks nobody of the sibling: what is acknowledged has a majority here', async () => {
    const [own, sibling] = [pick([0, 1, 2, 3]), pick([4, 5, 6, 7])];
    const left = {...swarm.state, swarmExponent: 1, members: own, acknowledge: [own, sibling]};
    swarm.state = {...left, sibling: 1};
    putDown([4, 5, 6, 7]);
    expect(await bob.read(0)).toEqual([]);
    expect(await reconcile(0)).toMatchObject({members: 4});
  });
});

describe('a read, and reconciling, after a merge', () => {
  beforeEach(async () => {
    const whole = swarm.state;
    const [old, joined] = [pick([0, 1, 2]), pick([3, 4, 5, 6, 7])];
    swarm.state = {...whole, swarmExponent: 1, members: old, acknowledge: [old]};
    putDown([2]);
    expect((await bob.store(0, 'acknowledged')).receipts).toHaveLength(2);
    swarm.state = {...whole, acknowledge: [old, joined]};
  });

  it('say so when a majority of those who had the inbox before does not answer', async () => {
    putDown([0, 1]);
    await expect(bob.read(3)).rejects.toThrow(NO_MAJORITY);
    await expect(reconcile(3)).rejects.toThrow(NO_MAJORITY);
  });

  it('miss nothing that was acknowledged before', async () => {
    putDown([0, 6, 7]);
    expect(await bob.read(3)).toEqual(['acknowledged']);
    expect(await reconcile(4)).toMatchObject({members: 5});
    expect(await bob.read(4, {consistency: CONSISTENCY.one})).toEqual(['acknowledged']);
  });
});

describe('a member of another swarm', () => {
  it('refuses by the right swarm, whatever is asked', async () => {
    swarm.state = {...swarm.state, epoch: 9n, swarmExponent: 3};
    const stranger = swarm.member(7);
    swarm.seatElsewhere(stranger, {...swarm.state, swarmId: 5, members: [stranger.nodeId]});
    const right = {
      code: 'MESSAGING_WRONG_SWARM',
      details: {swarmId: 0, swarmExponent: 3, epoch: 9n},
    };
    const {id} = await bob.store(0, 'here');
    await expect(bob.store(7, 'not here')).rejects.toMatchObject(right);
    await expect(bob.read(7)).rejects.toMatchObject(right);
    await expect(bob.delete(7, [id])).rejects.toMatchObject(right);
    expect(await bob.read(0)).toEqual(['here']);
  });
});

const fail = (): never => {
  throw new Error('not there yet');
};

describe('a member that has given up an inbox', () => {
  it('takes no operation of it from those who still have it', async () => {
    const old = swarm.member(7);
    const {stamp} = await bob.store(0, 'for those who hold it now');
    const {database} = old.messaging.records.parts;
    const operation = await vi.waitFor(async () => (await database.operation(stamp)) ?? fail());
    const swarmId = swarmOf(bob.identity.sessionId, 1);
    swarm.state = {...swarm.state, swarmId, swarmExponent: 1};
    swarm.seatElsewhere(old, {...swarm.state, swarmId: 1 - swarmId, members: [old.nodeId]});
    for (const transitions of [4, 5, 6]) {
      const table = tableAt(transitions, 1 - swarmId);
      await old.messaging.release(() => table, new AbortController().signal);
    }
    expect(await contentOf(swarm.storeOf(old))).toEqual([]);
    expect(await old.messaging.records.takeAll([operation], {isLate: true})).toBe(0);
    expect(await contentOf(swarm.storeOf(old))).toEqual([]);
    expect(await bob.read(0)).toEqual(['for those who hold it now']);
  });
});
