import {expect, it} from 'vitest';
import {leavesAt} from '../../src/messaging/record-space.ts';
import {storedSetOf} from '../../src/messaging/stored-set.ts';
import {LocalOwner} from './local-owner.ts';
import {LocalSwarm} from './local-swarm.ts';

const NEVER = new AbortController().signal;
/** Together more than one message carries. */
const RECORDS = 20;

it('brings all of it both ways, though it is more than one message carries', async () => {
  const swarm = await LocalSwarm.start({members: 3});
  const bob = new LocalOwner(swarm);
  const store = (at: number, fill: number) => {
    const params = {...bob.storeParams(''), data: new Uint8Array(76_000).fill(fill)};
    return swarm.ask(at, {type: 'store', value: {params, auth: undefined}});
  };
  const [, second, third] = swarm.members;
  third!.condition = 'down';
  for (let index = 0; index < RECORDS; index += 1) await store(0, index);
  await swarm.followUp();
  second!.condition = 'down';
  third!.condition = 'up';
  swarm.member(0).condition = 'down';
  for (let index = 0; index < RECORDS; index += 1) {
    await expect(store(2, 100 + index)).rejects.toThrow('MESSAGING_NO_MAJORITY');
  }
  // One other member, so that whatever it does not give nobody else does.
  swarm.member(0).condition = 'up';
  const span = {fromMs: 0n, toMs: BigInt(swarm.nowMs) + 1000n};
  const repaired = await third!.messaging.repair.run(swarm.state, span, NEVER);
  expect(repaired).toEqual({pulled: RECORDS, pushed: RECORDS, members: 2});
  for (const at of [0, 2]) {
    const {recordCount} = await storedSetOf(leavesAt(swarm.member(at).disk, span.toMs));
    expect(recordCount).toBe(2n * BigInt(RECORDS));
  }
});

it('brings a record without its bytes together with its end, however much lies between', async () => {
  const swarm = await LocalSwarm.start({members: 3});
  const bob = new LocalOwner(swarm);
  swarm.member(2).condition = 'down';
  const {id} = await bob.store(0, 'soon deleted');
  for (let index = 0; index < 600; index += 1) {
    swarm.nowMs += 5;
    await bob.store(0, `between ${index}`);
  }
  await bob.delete(0, [id]);
  await swarm.followUp();
  swarm.nowMs += 1000;
  const cutOffMs = BigInt(swarm.nowMs);
  for (const at of [0, 1]) {
    const {messaging} = swarm.member(at);
    while ((await messaging.sweep({keepFromMs: 0n, endedUntilMs: cutOffMs})) > 0);
  }
  swarm.member(2).condition = 'up';
  await swarm.member(2).messaging.repair.run(swarm.state, {fromMs: 0n, toMs: cutOffMs}, NEVER);
  const roots = [];
  for (const {disk} of swarm.members)
    roots.push((await storedSetOf(leavesAt(disk, cutOffMs))).root);
  expect(roots[2]).toEqual(roots[0]);
});
