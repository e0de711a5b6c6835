import {setImmediate} from 'node:timers/promises';
import {expect, it, vi} from 'vitest';
import {bytesToHex, toSignature} from '../../src/protocol/bytes.ts';
import {flipped} from '../crypto/twins.ts';
import {LocalOwner} from './local-owner.ts';
import {LocalSwarm} from './local-swarm.ts';
import {PRIVATE_NAMESPACE} from './signed-requests.ts';

/** Their checks take longer than to begin them. */
const STORES = 48;
/** Of a majority: a machine with much else to do takes its time for so many checks at once. */
const TIMEOUT_MS = 30_000;

/** Stores of the owner that come in one turn of the event loop; some are signed wrongly. */
async function burst(members: number, isForged: (index: number) => boolean) {
  const swarm = await LocalSwarm.start({members, timeoutMs: TIMEOUT_MS});
  const bob = new LocalOwner(swarm);
  // From now on his keys are here.
  await bob.store(0, 'the first', PRIVATE_NAMESPACE);
  await swarm.followUp();
  const requests = Array.from({length: STORES}, (_, index) => {
    const params = bob.storeParams(`message ${index}`, PRIVATE_NAMESPACE);
    const auth = bob.storeAuth(params);
    const signature = isForged(index) ? toSignature(flipped(auth.signature, 3)) : auth.signature;
    return {type: 'store', value: {params, auth: {...auth, signature}}} as const;
  });
  const answers = await Promise.allSettled(requests.map((request) => swarm.ask(0, request)));
  return {swarm, bob, answers};
}
type Answer = Awaited<ReturnType<typeof burst>>['answers'][number];

const receiptsOf = (answer: Answer) => (answer.status === 'fulfilled' ? answer.value.receipts : []);

it('an owner’s stores that come together have one signature of each member', async () => {
  const {swarm, bob, answers} = await burst(3, () => false);
  expect(answers.filter(({status}) => status === 'rejected')).toEqual([]);
  const receipts = answers.flatMap(receiptsOf);
  expect(receipts.length).toBeGreaterThanOrEqual(2 * STORES);
  for (const {nodeId} of swarm.members) {
    const own = receipts.filter(({receipt}) => bytesToHex(receipt.nodeId) === bytesToHex(nodeId));
    const signatures = new Set(own.map(({signature}) => bytesToHex(signature)));
    expect(signatures.size).toBeLessThanOrEqual(1);
  }
  expect(await bob.read(1, {namespace: PRIVATE_NAMESPACE})).toHaveLength(STORES + 1);
});

it('false ones among them take nothing from the others', async () => {
  const isForged = (index: number): boolean => index % 3 === 0;
  const {bob, answers} = await burst(1, isForged);
  const codes = answers.map((answer) => (answer.status === 'rejected' ? answer.reason.code : 'ok'));
  const expected = answers.map((_, i) => (isForged(i) ? 'MESSAGING_BAD_SIGNATURE' : 'ok'));
  expect(codes).toEqual(expected);
  const kept = await bob.read(0, {namespace: PRIVATE_NAMESPACE});
  expect(kept).toHaveLength(1 + codes.filter((code) => code === 'ok').length);
});

it('a delete that is under way holds up no signature', async () => {
  const swarm = await LocalSwarm.start({members: 1});
  const bob = new LocalOwner(swarm);
  const {id} = await bob.store(0, 'goes', PRIVATE_NAMESPACE);
  const {disk, signer} = swarm.member(0);
  const slow = Promise.withResolvers<void>();
  const write = disk.batch.bind(disk);
  const batches = vi.spyOn(disk, 'batch').mockImplementation(async (...batch) => {
    await slow.promise;
    return write(...batch);
  });
  const signatures = vi.spyOn(signer, 'sign');
  const deleting = bob.delete(0, [id], PRIVATE_NAMESPACE);
  await vi.waitFor(() => expect(batches).toHaveBeenCalledTimes(1));
  const storing = ['a', 'b', 'c'].map((text) => bob.store(0, text, PRIVATE_NAMESPACE));
  while (batches.mock.calls.length < 4) await setImmediate();
  // No longer than receipts wait for others, which would be 20 ms.
  for (let turns = 0; turns < 3; turns++) await setImmediate();
  expect(signatures).toHaveBeenCalledTimes(1);
  slow.resolve();
  await Promise.all([deleting, ...storing]);
  expect(await bob.read(0, {namespace: PRIVATE_NAMESPACE})).toEqual(['a', 'b', 'c']);
});
