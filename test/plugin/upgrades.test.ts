import {afterEach, describe, expect, it} from 'vitest';
import {signAccountTx} from '../../src/client/transactions.ts';
import {addressOf} from '../../src/crypto/ids.ts';
import type {DecidedBlock} from '../../src/devnet/host/engine.ts';
import type {Host} from '../../src/devnet/host.ts';
import {utf8ToBytes} from '../../src/protocol/bytes.ts';
import {createGenesis} from '../../src/protocol/chain/genesis.ts';
import {Bench, CHAIN, issue, POOR, RICH, rpc, waitFor} from './harness.ts';

const bench = new Bench();
afterEach(() => bench.close());

const E_SECONDS = 12;
const [FEE_BEFORE, FEE_AFTER] = [1000n, 10n];

type Upgrade = {readonly activatesAt: number; readonly rules: object};
const bytesOf = (...upgrades: readonly Upgrade[]): Uint8Array =>
  utf8ToBytes(JSON.stringify({upgrades}));

/** A chain whose fee falls at S_1, a few seconds from now. */
function fallingFee() {
  const timestamp = Math.floor(Date.now() / 1000) - 6;
  const activatesAt = timestamp + E_SECONDS;
  const genesisBytes = createGenesis({
    preset: 'lux',
    timestamp,
    allocations: [{address: addressOf(RICH.publicKey), amount: 1_000_000_000n}],
    rules: {epochSeconds: E_SECONDS},
  });
  const upgrade = {activatesAt, rules: {minFee: FEE_AFTER.toString()}};
  return {genesisBytes, activatesAt, upgrade};
}

function transferFor(fee: bigint, nonce: bigint): Uint8Array {
  const body = {type: 'transfer', value: {to: POOR, amount: 1n}} as const;
  return signAccountTx({chain: CHAIN, body, nonce, fee, expiryHeight: 1_000_000n}, RICH).bytes;
}

const factsOf = async (host: Host) => (await rpc(host, 'health')).result;
const networkOf = async (host: Host) => (await rpc(host, 'getNetwork')).result;
const nonceOf = async (host: Host) =>
  (await rpc(host, 'getAccount', {address: addressHex})).result?.['nonce'];
const addressHex = `0x${Buffer.from(addressOf(RICH.publicKey)).toString('hex')}`;

async function restartKeepsState(host: Host): Promise<void> {
  await host.engine?.stop();
  const before = await factsOf(host);
  await host.restart();
  const after = await factsOf(host);
  if (after?.['height'] === before?.['height']) {
    expect(after).toMatchObject({
      stateRoot: before?.['stateRoot'],
      lastAccepted: before?.['lastAccepted'],
    });
  } else expect(Number(after?.['height'])).toBeGreaterThan(Number(before?.['height']));
}

/** What Initialize answers on this database to other upgrade bytes. */
async function refusal(host: Host, upgradeBytes: Uint8Array): Promise<string> {
  await host.stopPlugin();
  await host.launch();
  const error = await host.initialize({upgradeBytes}).then(
    () => 'taken',
    (cause: unknown) => String(cause),
  );
  await host.kill();
  return error;
}

/** A plugin that gets these blocks from others, as a validator that joins later does. */
async function follow(host: Host, blocks: readonly DecidedBlock[]): Promise<void> {
  for (const {id, bytes} of blocks) {
    await host.vm.call('BlockVerify', {bytes});
    await host.vm.call('BlockAccept', {id});
  }
}

describe('an upgrade in the middle of a chain', () => {
  it('activates, outlives restarts, binds those who follow, and is never rewritten', async () => {
    const {genesisBytes, activatesAt, upgrade} = fallingFee();
    const later = {activatesAt: activatesAt + 3600, rules: {minFee: '77'}};
    const blocks: DecidedBlock[] = [];
    const host = await bench.start({
      genesisBytes,
      upgradeBytes: bytesOf(upgrade, later),
      onAccepted: (block) => blocks.push(block),
    });

    expect(await networkOf(host)).toMatchObject({
      minFee: FEE_BEFORE.toString(),
      upcomingUpgrades: [
        {activatesAtMs: activatesAt * 1000, epoch: '1', rules: {minFee: FEE_AFTER.toString()}},
        {activatesAtMs: later.activatesAt * 1000, epoch: '301', rules: {minFee: '77'}},
      ],
    });
    expect((await issue(host, transferFor(FEE_AFTER, 0n))).error?.data).toMatchObject({
      reason: 'TX_FEE_TOO_LOW',
    });
    await issue(host, transferFor(FEE_BEFORE, 0n));
    await waitFor(async () => (await nonceOf(host)) === '1');
    await restartKeepsState(host);

    await waitFor(async () => (await factsOf(host))?.['epoch'] === '1');
    const network = await networkOf(host);
    expect(network).toMatchObject({minFee: FEE_AFTER.toString(), epochSeconds: E_SECONDS});
    expect(network?.['upcomingUpgrades']).toHaveLength(1);
    expect((await issue(host, transferFor(FEE_AFTER, 1n))).error).toBeUndefined();
    await waitFor(async () => (await nonceOf(host)) === '2');
    await restartKeepsState(host);
    await host.engine?.stop();
    const head = await factsOf(host);

    // A second validator with the same bytes agrees; one without them refuses the first cheap block.
    const same = await bench.start({
      genesisBytes,
      upgradeBytes: bytesOf(upgrade),
      stage: 'initialized',
    });
    await follow(same, blocks);
    await same.restart();
    await same.openRoutes();
    await same.run();
    expect(await rpc(same, 'getBlockByHeight', {height: head?.['height']})).toMatchObject({
      result: {id: head?.['lastAccepted'], stateRoot: head?.['stateRoot']},
    });
    const stranger = await bench.start({genesisBytes, stage: 'initialized'});
    await expect(follow(stranger, blocks)).rejects.toThrow('TX_FEE_TOO_LOW');

    // What is accepted stays as it was; what is to come is free.
    const contradicts = `PLUGIN_UPGRADE_CONTRADICTS (activatesAt=${activatesAt}`;
    const dearer = {...upgrade, rules: {minFee: '11'}};
    const moved = {...upgrade, activatesAt: activatesAt - 1};
    expect(await refusal(host, bytesOf(dearer))).toMatch(/CONTRADICTS.*under another minFee/);
    expect(await refusal(host, bytesOf())).toContain(contradicts);
    expect(await refusal(host, new Uint8Array())).toContain(contradicts);
    expect(await refusal(host, bytesOf(moved))).toContain('PLUGIN_UPGRADE_CONTRADICTS');
    const early = {activatesAt: activatesAt - 5, rules: {minPeers: 3}};
    expect(await refusal(host, bytesOf(early, upgrade))).toMatch(/CONTRADICTS.*its time is over/);
    expect(await refusal(host, bytesOf(upgrade, {...later, rules: {minFee: '78'}}))).toBe('taken');
    expect(await refusal(host, utf8ToBytes('{"upgrades":1}'))).toContain('UPGRADES_INVALID');
    await host.start();
    expect(await factsOf(host)).toMatchObject({healthy: true});
  }, 60_000);
});
