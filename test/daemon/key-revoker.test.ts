import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {ClientError} from '../../src/client/errors.ts';
import {defaultKeyName} from '../../src/client/key-record.ts';
import {nodeIdFromString, nodeIdOf} from '../../src/crypto/ids.ts';
import {createSigner} from '../../src/crypto/ml-dsa.ts';
import {createKemKey} from '../../src/crypto/ml-kem.ts';
import {parseNodeConfig} from '../../src/daemon/config.ts';
import {startDaemon} from '../../src/daemon/daemon.ts';
import {createIdentity} from '../../src/daemon/identity-files.ts';
import {KeyRevoker} from '../../src/daemon/key-revoker.ts';
import {createSystemPorts} from '../../src/daemon/system-ports.ts';
import type {KemPublicKey, NodeId} from '../../src/protocol/bytes.ts';
import {transportKeys} from '../../src/vm/state/node-notes.ts';
import {getServiceNode, requireServiceNodeKeys} from '../../src/vm/state/service-nodes.ts';
import {type HouseKey, HouseServer, serveKeys} from '../client/house-server.ts';
import {kemKeyOf, signerOf} from '../client/keys.ts';
import {CHAIN_ID, NETWORK_ID} from '../vm/driver.ts';
import {RealChain} from './real-chain.ts';
import {recordingPorts} from './recorder.ts';
import {registerOn} from './register-on.ts';
import {TestNode} from './test-node.ts';

const SIGNAL = new AbortController().signal;
const CHAIN = {networkId: NETWORK_ID, chainId: CHAIN_ID};
const OWNER = signerOf(99);

let chain: RealChain;
beforeEach(() => {
  chain = new RealChain([OWNER]);
});

const isRevoked = (nodeId: NodeId): boolean =>
  transportKeys.get(chain.driver.state, nodeId).revoked;

describe('KeyRevoker', () => {
  let nodeId: NodeId;
  let key: KemPublicKey;
  beforeEach(async () => {
    const node = new TestNode(chain, {number: 1, chain: CHAIN});
    await registerOn(chain, {node, number: 1, owner: OWNER});
    nodeId = nodeIdFromString(node.nodeIdText);
    key = requireServiceNodeKeys(chain.driver.state, nodeId).encryptionKey;
  });

  function revokerOf(payer = true) {
    const {ports, events} = recordingPorts();
    const init = {chain: CHAIN, nodeId, node: signerOf(1), payer: payer ? OWNER : undefined};
    return {revoker: new KeyRevoker({client: chain, ports}, init), events};
  }

  it('revokes the registered key by one transaction that the node key signed', async () => {
    const {revoker, events} = revokerOf();
    expect(await revoker.registeredKey(SIGNAL)).toEqual(key);
    expect(await revoker.revoke(key, SIGNAL)).toBe(false);
    expect(await revoker.revoke(key, SIGNAL)).toBe(false);
    expect(events()).toEqual(['revocation.sent']);
    expect(isRevoked(nodeId)).toBe(false);
    chain.advance(100);
    expect(isRevoked(nodeId)).toBe(true);
    expect(getServiceNode(chain.driver.state, nodeId)).toMatchObject({sequence: 1n});
    expect(await revoker.revoke(key, SIGNAL)).toBe(true);
    expect(events()).toEqual(['revocation.sent']);
  });

  it('sends it anew when it got lost', async () => {
    const {revoker, events} = revokerOf();
    await revoker.revoke(key, SIGNAL);
    const {mempool} = chain.driver;
    for (const tx of [...mempool.accountTxs()]) mempool.remove(tx);
    await revoker.revoke(key, SIGNAL);
    chain.advance(100);
    expect(await revoker.revoke(key, SIGNAL)).toBe(true);
    expect(events()).toEqual(['revocation.sent', 'revocation.sent']);
  });

  it('leaves a key alone that the chain does not show', async () => {
    const {revoker, events} = revokerOf();
    expect(await revoker.revoke(kemKeyOf(77), SIGNAL)).toBe(true);
    expect(events()).toEqual([]);
  });

  it('says once that nobody here can pay', async () => {
    const {revoker, events} = revokerOf(false);
    expect(await revoker.revoke(key, SIGNAL)).toBe(false);
    expect(await revoker.revoke(key, SIGNAL)).toBe(false);
    expect(events()).toEqual(['revocation.unpaid']);
  });

  it('waits while its chain is silent', async () => {
    const {ports, events} = recordingPorts();
    const client = {call: () => Promise.reject(new ClientError('CLIENT_UNREACHABLE'))};
    const init = {chain: CHAIN, nodeId, node: signerOf(1), payer: OWNER};
    const revoker = new KeyRevoker({client, ports}, init);
    expect(await revoker.revoke(key, SIGNAL)).toBe(false);
    expect(events()).toEqual(['revocation.refused']);
  });
});

describe('a node whose key is revoked at the key chain', () => {
  const identity = createIdentity('node', (length) => new Uint8Array(length).fill(3));
  let folder: string;
  let house: HouseServer;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sessionvm-revoked-'));
    house = await HouseServer.start();
  });
  afterEach(async () => {
    await house.close();
    await rm(folder, {recursive: true});
  });

  it('revokes it on its own chain', async () => {
    if (identity.kind !== 'node') throw new Error('a node identity has kind node');
    const nodeId = nodeIdOf(CHAIN_ID, createSigner(identity.signingSeed).publicKey);
    const name = defaultKeyName(nodeId);
    const publicKey = createKemKey(identity.kemSeed).publicKey;
    const record = {name, algorithm: 'ml-kem-768', publicKey, status: 'revoked'};
    serveKeys(house, new Map<string, HouseKey>([[name, record]]));
    const served = await chain.serve(1);
    const config = parseNodeConfig({
      rpc: served.url,
      data: join(folder, 'node'),
      metrics: 'off',
      listen: ['/ip4/127.0.0.1/tcp/0'],
      keyChain: house.url,
    });
    const {ports: recorder, events} = recordingPorts();
    const ports = {...createSystemPorts(), logger: recorder.logger};
    const daemon = startDaemon({config, identity, owner: OWNER}, ports);
    daemon.done.catch(() => undefined);
    try {
      const end = performance.now() + 15_000;
      while (!isRevoked(nodeId) && performance.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect(isRevoked(nodeId)).toBe(true);
      expect(events()).toContain('keychain.state');
      expect(events().filter((event) => event === 'revocation.sent')).toHaveLength(1);
    } finally {
      await daemon.stop();
      await served.close();
    }
  }, 30_000);
});
