import {afterEach, describe, expect, it} from 'vitest';
import {SERVICES} from '../../src/devnet/host/host-definitions.ts';
import {
  type InitializeRequest,
  VM_STATE,
  type VmMethod,
} from '../../src/devnet/host/vm-messages.ts';
import {CHAIN, quietGenesis, transfer} from '../plugin/harness.ts';
import {Bench, buildVerified, databaseDigest, gossip, timed} from './harness.ts';
import {refusal} from './refusal.ts';

const bench = new Bench();
afterEach(() => bench.close());

/** All that answer before Initialize: a node may ask them of a process that it only probes. */
const EARLY = ['Initialize', 'Version', 'Shutdown', 'Health', 'Gather', 'WaitForEvent'];
const LATER: readonly VmMethod[] = [
  'SetState',
  'CreateHandlers',
  'NewHTTPHandler',
  'Connected',
  'Disconnected',
  'BuildBlock',
  'ParseBlock',
  'GetBlock',
  'SetPreference',
  'AppRequest',
  'AppRequestFailed',
  'AppResponse',
  'AppGossip',
  'GetAncestors',
  'BatchedParseBlock',
  'GetBlockIDAtHeight',
  'StateSyncEnabled',
  'GetOngoingSyncStateSummary',
  'GetLastStateSummary',
  'ParseStateSummary',
  'GetStateSummary',
  'BlockVerify',
  'BlockAccept',
  'BlockReject',
  'StateSummaryAccept',
];

describe('genesis', () => {
  it('15 returns the genesis block of an empty database, whose bytes parse to the same id', async () => {
    const host = await bench.start({stage: 'handshake'});
    const head = await host.initialize();
    expect(head.lastAcceptedId).toHaveLength(32);
    expect(Buffer.from(head.lastAcceptedParentId)).toEqual(Buffer.alloc(32));
    expect(head.height).toBe('0');
    expect(head.bytes.length).toBeGreaterThan(0);
    expect(Number(head.timestamp?.seconds)).toBeGreaterThan(1_607_144_400);
    const parsed = await host.vm.call('ParseBlock', {bytes: head.bytes});
    expect(parsed.id).toEqual(head.lastAcceptedId);
    expect(parsed.timestamp).toEqual(head.timestamp);
  });

  it('16 gives the same id for the same genesis bytes in two processes, another for others', async () => {
    const genesisBytes = quietGenesis();
    const first = await bench.start({stage: 'initialized', genesisBytes});
    const second = await bench.start({stage: 'initialized', genesisBytes});
    // Another allocation is another state; another message alone is another chain as well.
    const other = await bench.start({stage: 'initialized', genesisBytes: quietGenesis('other')});
    const id = first.head?.lastAcceptedId;
    expect(id).toHaveLength(32);
    expect(second.head?.lastAcceptedId).toEqual(id);
    expect(other.head?.lastAcceptedId).not.toEqual(id);
  });
});

describe('restart', () => {
  it('17 comes back with the last accepted block, byte for byte', async () => {
    const host = await bench.ready();
    await gossip(host, transfer(0n));
    const block = await buildVerified(host);
    await host.vm.call('BlockAccept', {id: block.id});
    await host.restart();
    expect(host.head).toEqual({
      lastAcceptedId: block.id,
      lastAcceptedParentId: block.parentId,
      height: '1',
      bytes: block.bytes,
      timestamp: block.timestamp,
    });
  });

  it('18 refuses other genesis bytes or another chain on a used database, and leaves it alone', async () => {
    const host = await bench.ready();
    await gossip(host, transfer(0n));
    const {id} = await buildVerified(host);
    await host.vm.call('BlockAccept', {id});
    await host.stopPlugin();
    const before = await databaseDigest(host);
    await host.launch();
    const genesisBytes = quietGenesis('other');
    await expect(host.initialize({genesisBytes})).rejects.toMatchObject(
      refusal('CHAIN_STORE_WRONG_GENESIS'),
    );
    await expect(host.initialize({chainId: new Uint8Array(32)})).rejects.toMatchObject(
      refusal('CHAIN_STORE_WRONG_CHAIN'),
    );
    expect(await databaseDigest(host)).toBe(before);
    expect((await host.initialize()).lastAcceptedId).toEqual(id);
  });
});

describe('bad and sparse requests', () => {
  it('19 refuses malformed fields and an unreachable database in bounded time; Shutdown still works', async () => {
    const utf8 = (text: string): Uint8Array => Buffer.from(text);
    const bad: readonly Partial<InitializeRequest>[] = [
      {genesisBytes: new Uint8Array()},
      {genesisBytes: utf8('{')},
      {genesisBytes: utf8('{"timestamp":0}')},
      {genesisBytes: Uint8Array.of(0xff, 0xfe)},
      {genesisBytes: new Uint8Array(2_000_000)},
      {configBytes: utf8('[]')},
      {configBytes: utf8('{"logLevel":"loud"}')},
      {configBytes: utf8('{"unknown":1}')},
      {upgradeBytes: utf8('{"x":1}')},
      {chainId: CHAIN.chainId.subarray(1)},
      {nodeId: new Uint8Array(19)},
      {dbServerAddr: ''},
      {dbServerAddr: '127.0.0.1:9'},
      {dbServerAddr: 'no address'},
    ];
    const host = await bench.start({stage: 'handshake'});
    for (const fields of bad) {
      const {ms} = await timed(() =>
        expect(host.initialize(fields)).rejects.toMatchObject(refusal()),
      );
      expect(ms, JSON.stringify(Object.keys(fields))).toBeLessThan(10_000);
    }
    expect(host.session.process.isRunning()).toBe(true);
    expect((await host.vm.call('Version', {})).version).not.toBe('');
    // None of them left a trace: the good one still finds an empty database.
    expect((await host.initialize()).height).toBe('0');
    expect(await host.stopPlugin()).toEqual({code: 0, signal: null});
  });

  it('20 accepts empty config and upgrade bytes, and network upgrades without fields 17 and 18', async () => {
    const host = await bench.start({
      stage: 'handshake',
      protocol: 43,
      configBytes: new Uint8Array(),
      upgradeBytes: new Uint8Array(),
    });
    const {networkUpgrades} = host.initializeRequest();
    expect(networkUpgrades).not.toHaveProperty('graniteEpochDuration');
    expect(networkUpgrades).not.toHaveProperty('heliconTime');
    expect((await host.initialize()).height).toBe('0');
  });

  it('21 refuses a second Initialize, which changes nothing', async () => {
    const host = await bench.ready();
    await gossip(host, transfer(0n));
    const {id} = await buildVerified(host);
    await host.vm.call('BlockAccept', {id});
    const before = await databaseDigest(host);
    for (const changes of [{}, {genesisBytes: quietGenesis('other')}]) {
      await expect(host.initialize(changes)).rejects.toMatchObject(
        refusal('PLUGIN_ALREADY_INITIALIZED'),
      );
    }
    expect(await databaseDigest(host)).toBe(before);
    const head = await host.vm.call('SetState', {state: VM_STATE.normalOp});
    expect(head.lastAcceptedId).toEqual(id);
  });

  it('22 refuses every other call before Initialize at once', async () => {
    const host = await bench.start({stage: 'handshake'});
    const all = Object.keys(SERVICES.vm);
    expect([...LATER, ...EARLY].sort()).toEqual(all.sort());
    for (const method of LATER) {
      const call = host.vm.call(method, {}, {timeoutMs: 2000});
      await expect(call, method).rejects.toMatchObject(refusal('PLUGIN_NOT_INITIALIZED'));
    }
    expect((await host.initialize()).height).toBe('0');
  });
});
