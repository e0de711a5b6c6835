import {beforeEach, describe, expect, it} from 'vitest';
import {bytesToHex} from '../../src/protocol/bytes.ts';
import type {Stored} from '../../src/protocol/overlay/client-protocol.ts';
import {LocalOwner} from './local-owner.ts';
import {type LocalMember, LocalSwarm} from './local-swarm.ts';

const MAJORITY = 3;

let swarm: LocalSwarm;
let bob: LocalOwner;
/** One of the members that bob's inbox prefers, so that each first answer has its receipt. */
let forger: LocalMember;
beforeEach(async () => {
  swarm = await LocalSwarm.start({members: 5});
  bob = new LocalOwner(swarm);
  const {receipts} = await bob.store(0, 'whom it prefers');
  const givers = receipts.map(({receipt}) => bytesToHex(receipt.nodeId));
  const isOther = ({nodeId}: LocalMember, at: number) =>
    at > 0 && givers.includes(bytesToHex(nodeId));
  forger = swarm.members.find(isOther)!;
  forger.isForger = true;
});

async function goodOf({receipts}: Stored): Promise<number> {
  const answers = await Promise.all(receipts.map((each) => swarm.isReceiptValid(each)));
  return answers.filter(Boolean).length;
}

describe('a false receipt', () => {
  it('reaches a client once: asked again, the member has a majority without it', async () => {
    expect(await goodOf(await bob.store(0, 'hello'))).toBe(MAJORITY - 1);
    const again = await bob.store(0, 'hello');
    expect(await goodOf(again)).toBe(MAJORITY);
    expect(again.receipts).toHaveLength(MAJORITY);
    expect(await bob.read(0)).toEqual(['whom it prefers', 'hello']);
  });

  it('makes the member look at what its giver says later, until that is good', async () => {
    for (const _twice of [1, 2]) await bob.store(0, 'hello');
    expect(await goodOf(await bob.store(0, 'another'))).toBe(MAJORITY);
    forger.isForger = false;
    const {receipts} = await bob.store(0, 'its giver is honest now');
    const givers = receipts.map(({receipt}) => bytesToHex(receipt.nodeId));
    expect(givers).toContain(bytesToHex(forger.nodeId));
    forger.isForger = true;
    expect(await goodOf(await bob.store(0, 'and believed'))).toBe(MAJORITY - 1);
  });

  it('of all others leaves no majority', async () => {
    for (const other of swarm.members.slice(1)) other.isForger = true;
    await bob.store(0, 'hello');
    await expect(bob.store(0, 'hello')).rejects.toThrow('MESSAGING_NO_MAJORITY');
  });
});
