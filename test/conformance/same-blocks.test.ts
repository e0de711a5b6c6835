import {setTimeout as sleep} from 'node:timers/promises';
import {afterEach, expect, it} from 'vitest';
import {VM_STATE} from '../../src/devnet/host/vm-messages.ts';
import {toBlockId} from '../../src/protocol/bytes.ts';
import {quietGenesis, rpc, transfer} from '../plugin/harness.ts';
import {BlockMaker} from './block-maker.ts';
import {Bench, databaseDigest, databaseEntries, feed, gossip, stateRootOf} from './harness.ts';

const bench = new Bench();
afterEach(() => bench.close());

it('39 bootstrapping replays 1 000 blocks of another process to the same last accepted id and state', async () => {
  // At four blocks a second they take 250 s, all in the past.
  const genesisBytes = quietGenesis('', 300);
  const maker = await BlockMaker.create(genesisBytes);
  const source = await bench.ready({genesisBytes});
  const blocks = [];
  for (let n = 0; n < 1000; n++) {
    const block = maker.make([transfer(BigInt(n))], 250 * (n + 1));
    maker.accept(block.id);
    blocks.push(block);
  }
  await feed(source, blocks);
  const newcomer = await bench.start({genesisBytes, stage: 'initialized'});
  await newcomer.vm.call('SetState', {state: VM_STATE.bootstrapping});
  let id = toBlockId((await source.vm.call('GetBlockIDAtHeight', {height: '1000'})).blkId);
  const limits = {
    maxBlocksNum: 2000,
    maxBlocksSize: 1_677_721,
    maxBlocksRetrivalTime: '9000000000',
  };
  const fetched: Uint8Array[] = [];
  while (fetched.length < 1001) {
    const {blksBytes} = await source.vm.call('GetAncestors', {blkId: id, ...limits});
    fetched.push(...blksBytes);
    const last = await source.vm.call('ParseBlock', {bytes: blksBytes.at(-1)!});
    id = toBlockId(last.parentId);
  }
  const request = fetched.reverse().slice(1);
  const {response} = await newcomer.vm.call('BatchedParseBlock', {request});
  await feed(
    newcomer,
    response.map(({id: blockId}, n) => ({id: blockId, bytes: request[n]!})),
  );
  const head = await newcomer.vm.call('SetState', {state: VM_STATE.normalOp});
  expect(head).toEqual(await source.vm.call('SetState', {state: VM_STATE.normalOp}));
  expect(head.height).toBe('1000');
  expect(await stateRootOf(newcomer)).toBe(await stateRootOf(source));
  expect(await databaseDigest(newcomer)).toBe(await databaseDigest(source));
});

it('41 two processes with the same blocks report the same ids, timestamps and state', async () => {
  const genesisBytes = quietGenesis();
  const builder = await bench.start({genesisBytes});
  const follower = await bench.ready({genesisBytes});
  for (let n = 0; n < 5; n++) {
    await gossip(builder, transfer(BigInt(n)));
    const height = String(n + 1);
    while ((await builder.vm.call('GetBlockIDAtHeight', {height})).err !== 0) await sleep(20);
    const {blkId: id} = await builder.vm.call('GetBlockIDAtHeight', {height});
    const block = await builder.vm.call('GetBlock', {id});
    const parsed = await follower.vm.call('ParseBlock', {bytes: block.bytes});
    expect(parsed).toMatchObject({id, height, timestamp: block.timestamp});
    await feed(follower, [{id, bytes: block.bytes}]);
    expect(await follower.vm.call('GetBlock', {id})).toEqual(block);
  }
  expect(await stateRootOf(follower)).toBe(await stateRootOf(builder));
  expect([...(await databaseEntries(follower))]).toEqual([...(await databaseEntries(builder))]);
  const viaHttp = (await rpc(builder, 'getLastAccepted')).result;
  expect(viaHttp).toMatchObject({height: '5', stateRoot: await stateRootOf(follower)});
});
