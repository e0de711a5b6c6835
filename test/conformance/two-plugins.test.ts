import {randomInt} from 'node:crypto';
import {afterEach, expect, it} from 'vitest';
import {VM_STATE} from '../../src/devnet/host/vm-messages.ts';
import type {Host} from '../../src/devnet/host.ts';
import {bytesToHex} from '../../src/protocol/bytes.ts';
import type {ParsedBlock} from '../../src/vm/parsed-block.ts';
import {quietGenesis, rpc, transfer} from '../plugin/harness.ts';
import {BlockMaker} from './block-maker.ts';
import {Bench, databaseDigest, stateRootOf} from './harness.ts';

const bench = new Bench();
afterEach(() => bench.close());

/** Three branches on the maker's last block, this many blocks long. */
const LENGTHS = [4, 3, 2] as const;
const ROUNDS = 5;

type Branch = readonly ParsedBlock[];

/** Some order of all blocks in which each parent comes before its children. */
function shuffled(branches: readonly Branch[]): ParsedBlock[] {
  const rest = branches.map((branch) => [...branch]);
  const order: ParsedBlock[] = [];
  while (rest.some((branch) => branch.length > 0)) {
    const block = rest[randomInt(rest.length)]?.shift();
    if (block !== undefined) order.push(block);
  }
  return order;
}

type Decision = {readonly winner: Branch; readonly losers: readonly Branch[]};

/** Verifies in some order, some blocks twice, then decides as the engine does. */
async function decide(host: Host, {winner, losers}: Decision): Promise<string> {
  const order = shuffled([winner, ...losers]);
  for (const {bytes} of order) {
    await host.vm.call('BlockVerify', {bytes});
    if (randomInt(3) === 0) await host.vm.call('BlockVerify', {bytes});
  }
  for (const {id} of winner) await host.vm.call('BlockAccept', {id});
  for (const {id} of losers.flat()) await host.vm.call('BlockReject', {id});
  return order.map(({id}) => bytesToHex(id).slice(0, 8)).join(' ');
}

it('41 two plugins that verify the same blocks in different orders have the same state root and database', async () => {
  const genesisBytes = quietGenesis();
  const one = await bench.ready({genesisBytes});
  const two = await bench.ready({genesisBytes});
  const maker = await BlockMaker.create(genesisBytes);
  let tip = maker.genesisId;
  let height = 0;
  let differing = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const branches = LENGTHS.map((length, index) => {
      maker.prefer(tip);
      return Array.from({length}, (_, n) => {
        const txs = [transfer(BigInt(height + n), BigInt(index + 1))];
        return maker.make(txs, 1000 * (height + n + 1));
      });
    });
    const winner = branches[randomInt(branches.length)]!;
    const decision = {winner, losers: branches.filter((branch) => branch !== winner)};
    if ((await decide(one, decision)) !== (await decide(two, decision))) differing++;
    for (const {id} of winner) maker.accept(id);
    tip = winner.at(-1)!.id;
    height += winner.length;
    const root = `0x${bytesToHex(winner.at(-1)!.stateRoot)}`;
    expect([await stateRootOf(one), await stateRootOf(two)]).toEqual([root, root]);
    expect(await databaseDigest(one)).toBe(await databaseDigest(two));
  }
  expect(differing).toBeGreaterThan(0);
  const heads = [];
  for (const host of [one, two]) {
    const head = await host.vm.call('SetState', {state: VM_STATE.normalOp});
    await host.restart();
    expect(host.head).toEqual(head);
    await host.openRoutes();
    await host.run();
    heads.push([head, (await rpc(host, 'getLastAccepted')).result]);
  }
  expect(heads[0]).toEqual(heads[1]);
  expect(heads[0]?.[1]).toMatchObject({height: String(height)});
});
