import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {sendAccountTx} from '../../src/client/account-sender.ts';
import {acceptRegistrationRequest} from '../../src/client/registration.ts';
import {addressOf, nodeIdOf, nodeIdToString} from '../../src/crypto/ids.ts';
import {PersistentClient} from '../../src/daemon/persistent-client.ts';
import {Registration, type RegistrationInit} from '../../src/daemon/registration.ts';
import {hexToBytes, toHash} from '../../src/protocol/bytes.ts';
import {RegistrationRequest} from '../../src/protocol/chain/register-service-node.ts';
import {decode} from '../../src/protocol/codec.ts';
import {kemKeyOf, signerOf} from '../client/keys.ts';
import {CHAIN, FakeChain, NETWORK} from './fake-chain.ts';
import {recordingPorts} from './recorder.ts';

const owner = signerOf(9);
let folder: string;
let chain: FakeChain;
let ended: AbortController;
beforeEach(async () => {
  ended = new AbortController();
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-registration-'));
  chain = new FakeChain();
});
afterEach(async () => {
  ended.abort();
  await rm(folder, {recursive: true});
});

function create(number: number, ownedBy: RegistrationInit['owner']) {
  const node = signerOf(number);
  const nodeId = nodeIdOf(CHAIN.chainId, node.publicKey);
  let looks = 0;
  const recorder = recordingPorts();
  const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    looks += 1;
    if (looks % 2 === 0) chain.advance(100);
    await recorder.ports.sleep(ms, signal);
  };
  const ports = {...recorder.ports, sleep};
  const registration = new Registration(
    {client: chain, chain: new PersistentClient({client: chain, ...ports}), ports},
    {
      network: NETWORK,
      chain: CHAIN,
      nodeId,
      node,
      encryptionKey: kemKeyOf(number),
      hashChainTip: toHash(new Uint8Array(32).fill(number)),
      owner: ownedBy,
      stake: 100_000_000n,
      dataFolder: folder,
    },
  );
  return {
    nodeId: nodeIdToString(nodeId),
    events: recorder.events,
    complete: () => registration.complete(ended.signal),
  };
}

describe('Registration', () => {
  it('registers the node with its owner’s key, once', async () => {
    const node = create(1, {signer: owner});
    await node.complete();
    expect(chain.nodes.get(node.nodeId)).toBeDefined();
    await node.complete();
    expect(chain.accepted.size).toBe(1);
    expect(node.events()).toEqual(['registration.sent', 'registration.done']);
  });

  it('sends anew when the chain lost the transaction', async () => {
    const node = create(1, {signer: owner});
    chain.losesTransactions = true;
    const done = node.complete();
    while (chain.issued.length < 2) await new Promise(setImmediate);
    chain.losesTransactions = false;
    await done;
    expect(chain.nodes.has(node.nodeId)).toBe(true);
  });

  it('gets through although other nodes of the same owner race for the nonce', async () => {
    const nodes = [1, 2, 3, 4].map((number) => create(number, {signer: owner}));
    await Promise.all(nodes.map((node) => node.complete()));
    expect(chain.nodes.size).toBe(4);
  });

  it('writes a request that the owner signs elsewhere, and waits', async () => {
    const address = addressOf(owner.publicKey);
    const node = create(1, {address});
    const done = node.complete();
    while (!node.events().includes('registration.request')) await new Promise(setImmediate);
    const text = await readFile(join(folder, 'registration-request.txt'), 'utf8');
    const request = decode(RegistrationRequest, hexToBytes(text.trim()));
    const value = acceptRegistrationRequest(request, {chain: CHAIN, owner: address, stake: 5n});
    const body = {type: 'registerServiceNode', value} as const;
    await sendAccountTx(chain, {network: NETWORK, signer: owner, body});
    await done;
    expect(chain.nodes.has(node.nodeId)).toBe(true);
  });

  it('says what is missing when nobody is named who could register it', async () => {
    const node = create(1, undefined);
    await expect(node.complete()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: {path: 'owner'},
    });
  });
});
