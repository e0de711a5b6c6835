import {expect, it} from 'vitest';
import {bytesToHex, toSignature} from '../../src/protocol/bytes.ts';
import {flipped} from '../crypto/twins.ts';
import {LocalOwner} from './local-owner.ts';
import {LocalSwarm} from './local-swarm.ts';
import {PRIVATE_NAMESPACE} from './signed-requests.ts';

/** Their checks take longer than to begin them. */
const STORES = 48;

/** Stores of the owner that come in one turn of the event loop; some are signed wrongly. */
async function burst(members: number, isForged: (index: number) => boolean) {
  const swarm = await LocalSwarm.start({members});
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
