import {mkdir, mkdtemp, rm, stat, writeFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {addressOf, nodeIdOf, nodeIdToString} from '../../src/crypto/ids.ts';
import {createSigner} from '../../src/crypto/ml-dsa.ts';
import {createKemKey} from '../../src/crypto/ml-kem.ts';
import {
  createIdentity,
  readIdentityFile,
  writeIdentityFile,
} from '../../src/daemon/identity-files.ts';
import {hashChainsOf, kemSeedsOf, type NodeIdentity} from '../../src/daemon/node-secrets.ts';
import {bytesToHex} from '../../src/protocol/bytes.ts';
import {RealChain, type ServedChain} from '../daemon/real-chain.ts';
import {CHAIN_ID, type TestNode, testNode} from '../vm/driver.ts';
import {runCli} from './run-cli.ts';

/** Blocks come, epochs hardly: 20 s each. */
const SPEED = 0.2;
const PASSPHRASE = 'correct horse';
const owner = createIdentity('account', (length) => new Uint8Array(length).fill(9));
const signer = createSigner(owner.signingSeed);
const account = {key: signer.publicKey, address: addressOf(signer.publicKey)};
const payer = createIdentity('account', (length) => new Uint8Array(length).fill(8));
const payerSigner = createSigner(payer.signingSeed);
const secrets = createIdentity('node', (length) => new Uint8Array(length).fill(3)) as NodeIdentity;
const nodeKey = createSigner(secrets.signingSeed).publicKey;
const [ownNode, gone]: readonly TestNode[] = [
  {nodeId: nodeIdOf(CHAIN_ID, nodeKey), key: nodeKey, links: testNode('own').links},
  testNode('gone'),
];
const nodeId = nodeIdToString(ownNode!.nodeId);

let folder: string;
let chain: RealChain;
let server: ServedChain;
const place = (name: string): string => join(folder, name);

/** A seated node whose key we have, and another that is retired with its stake free. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-orders-'));
  await mkdir(place('data'));
  const plain = {passphrase: undefined, overwrite: false};
  await writeIdentityFile(place('owner.key'), owner, plain);
  await writeIdentityFile(place('payer.key'), payer, plain);
  await writeIdentityFile(place('data/node.key'), secrets, plain);
  chain = new RealChain([signer, payerSigner]);
  const {driver} = chain;
  const nodes = [ownNode!, gone!];
  driver.block(
    driver.at(1000),
    nodes.map((node, i) => driver.register(account, node, undefined, BigInt(i))),
  );
  driver.block(driver.now + 50n, [driver.deregister(account, gone!)]);
  for (let epoch = 0; epoch < 8; epoch++) driver.runEpoch(epoch, {committing: [], answering: []});
  driver.block(driver.inEpoch(8));
  chain.clockMs = driver.now;
  server = await chain.serve(SPEED);
}, 60_000);
afterAll(async () => {
  await server.close();
  await rm(folder, {recursive: true});
});

const run = (...words: string[]) => runCli([...words, '--rpc', server.url]);

async function runJson(...words: string[]) {
  const {code, stdout, stderr} = await run(...words, '--json');
  expect({code, stderr}).toEqual({code: 0, stderr: ''});
  return JSON.parse(stdout);
}

async function recordOf(id = nodeId) {
  const {nodes} = await runJson('status');
  return nodes.find((node: {nodeId: string}) => node.nodeId === id);
}

const hex = (bytes: Uint8Array): string => `0x${bytesToHex(bytes)}`;
const order = (...words: string[]) => [
  ...words,
  '--data',
  place('data'),
  '--key',
  place('payer.key'),
];

describe('sessionvm stake', () => {
  it('adds whole tokens to a stake, and shows the transaction', async () => {
    const before = BigInt((await recordOf()).stake);
    const added = await runJson('stake', 'add', nodeId, '12.5', '--key', place('owner.key'));
    expect(added).toMatchObject({status: 'accepted', nodeId, amount: '12500000'});
    expect(await recordOf()).toMatchObject({stake: String(before + 12_500_000n)});
    const tx = await runJson('tx', added.txId);
    expect(tx).toMatchObject({kind: 'addStake', content: {body: {amount: '12500000'}}});
  });

  it('withdraws the stake of a retired node, whose record goes', async () => {
    const id = nodeIdToString(gone!.nodeId);
    expect(await recordOf(id)).toMatchObject({status: 'retired'});
    const done = await run('stake', 'withdraw', id, '--key', place('owner.key'));
    expect(done.code).toBe(0);
    expect(done.stdout).toContain(`the stake of ${id} is withdrawn`);
    expect(await recordOf(id)).toBeUndefined();
  });

  it.each([
    [['stake', 'add', nodeId, '1'], 'TX_NOT_OWNER', 1],
    [['stake', 'add', nodeId, '0'], 'TX_AMOUNT_ZERO', 1],
    [['stake', 'withdraw', nodeId], 'TX_NOT_OWNER', 1],
    [['stake', 'withdraw', nodeId, '1'], 'takes all', 2],
    [['stake', 'remove', nodeId], "'add' and 'withdraw'", 2],
    [['stake', 'add', nodeId], 'an argument is missing', 2],
  ])('refuses %j', async (words, text, code) => {
    const key = text === 'TX_AMOUNT_ZERO' ? 'owner.key' : 'payer.key';
    const result = await run(...words, '--key', place(key));
    expect(result.stderr).toContain(text);
    expect(result.code).toBe(code);
  });
});

/** In front of the chain: `onIssue` sees each transaction before it, and may keep it away. */
async function startGate(onIssue: () => Promise<boolean>) {
  const gate = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (body.includes('issueTx') && !(await onIssue())) return res.writeHead(503).end();
    const answer = await chain.handle(new Uint8Array(body));
    return res.writeHead(answer.status).end(answer.body);
  });
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  const {port} = gate.address() as AddressInfo;
  return {url: `http://127.0.0.1:${port}/rpc`, close: () => gate.close()};
}

const readNode = async (): Promise<NodeIdentity> =>
  (await readIdentityFile(place('data/node.key'), PASSPHRASE)) as NodeIdentity;
const kemKeys = async (): Promise<readonly string[]> =>
  kemSeedsOf(await readNode(), CHAIN_ID).map((seed) => hex(createKemKey(seed).publicKey));

describe('sessionvm keys rotate and revoke', () => {
  it('has the new key on disk before it is sent, and keeps it when sending fails', async () => {
    const before = (await kemKeys()).length;
    const seen: number[] = [];
    const gate = await startGate(async () => {
      seen.push((await kemKeys()).length);
      return false;
    });
    const failed = await runCli([...order('keys', 'rotate'), '--rpc', gate.url]);
    gate.close();
    expect(failed.code).toBe(1);
    expect(seen).toEqual([before + 1]);
    expect(await kemKeys()).toHaveLength(before + 1);
    expect(await recordOf()).toMatchObject({sequence: '0'});
  });

  it('rotates, paid by anybody, with the old key for two epochs', async () => {
    const old = (await recordOf()).encryptionKey;
    const done = await runJson(...order('keys', 'rotate'));
    expect(done).toMatchObject({nodeId, status: 'accepted', hashChainTip: null});
    expect((await kemKeys())[0]).toBe(done.encryptionKey);
    expect((await stat(place('data/node.key'))).mode & 0o777).toBe(0o600);
    expect(await recordOf()).toMatchObject({
      sequence: '1',
      encryptionKey: done.encryptionKey,
      transportKeys: {revoked: false, previous: {encryptionKey: old, epochsLeft: '2'}},
    });
    const tx = await runJson('tx', done.txId);
    expect(tx).toMatchObject({kind: 'rotateTransportKey', content: {body: {sequence: '1'}}});
    const shown = await runCli(['keys', 'show', place('data/node.key'), '--json']);
    expect(JSON.parse(shown.stdout)).toMatchObject({kind: 'node', rotations: '2'});
  });

  it('brings a new hash chain, whose seed is in the file', async () => {
    const done = await runJson(...order('keys', 'rotate', '--new-hash-chain'));
    expect(hex(hashChainsOf(await readNode(), CHAIN_ID)[0]!.tip)).toBe(done.hashChainTip);
    const {nextHashChainTip} = (await recordOf()).transportKeys;
    expect(nextHashChainTip).toBe(done.hashChainTip);
  });

  it('revokes the previous key, and the present one until it rotates again', async () => {
    const {transportKeys, encryptionKey} = await recordOf();
    const first = await runJson(...order('keys', 'revoke', '--previous'));
    expect(first.encryptionKey).toBe(transportKeys.previous.encryptionKey);
    expect((await recordOf()).transportKeys.previous).toBeNull();
    const none = await run(...order('keys', 'revoke', '--previous'));
    expect(none.stderr).toContain('no previous key');
    expect((await runJson(...order('keys', 'revoke'))).encryptionKey).toBe(encryptionKey);
    expect((await recordOf()).transportKeys.revoked).toBe(true);
    expect((await run(...order('keys', 'revoke'))).stderr).toContain('TX_KEY_UNKNOWN');
    await runJson(...order('keys', 'rotate'));
    expect((await recordOf()).transportKeys).toMatchObject({revoked: false, previous: null});
  });

  it('opens an encrypted key with its own passphrase, and leaves it encrypted', async () => {
    const words = place('words');
    await writeFile(words, PASSPHRASE);
    const file = place('data/node.key');
    const overwritten = {passphrase: PASSPHRASE, overwrite: true};
    await writeIdentityFile(file, await readNode(), overwritten);
    const closed = await run(...order('keys', 'rotate'));
    expect(closed.stderr).toContain('CRYPTO_PASSPHRASE_REQUIRED');
    const before = await kemKeys();
    await runJson(...order('keys', 'rotate', '--node-passphrase-file', words));
    expect((await kemKeys()).slice(1)).toEqual(before);
    await expect(readIdentityFile(file)).rejects.toThrow('CRYPTO_PASSPHRASE_REQUIRED');
    await writeIdentityFile(file, await readNode(), {passphrase: undefined, overwrite: true});
  }, 40_000);

  it.each([
    [['keys', 'rotate', '--key', 'payer.key'], '--data DIR, or --node-key FILE', 2],
    [['keys', 'rotate', '--node-key', 'owner.key', '--key', 'payer.key'], 'not the key of a', 2],
    [['keys', 'rotate', '--node-key', 'gone.key', '--key', 'payer.key'], 'FILE_MISSING', 1],
    [['keys', 'rotate', 'x', '--data', 'data', '--key', 'payer.key'], "does not take 'x'", 2],
    [['keys', 'turn'], "not 'turn'", 2],
  ] as const)('refuses %j', async (words, text, code) => {
    const isPlace = (word: string): boolean => word.endsWith('.key') || word === 'data';
    const result = await run(...words.map((word) => (isPlace(word) ? place(word) : word)));
    expect(result.stderr).toContain(text);
    expect(result.code).toBe(code);
  });
});

describe('sessionvm maintenance', () => {
  it('announces epochs without duties, from the next on', async () => {
    const {epoch} = (await runJson('status')).epoch;
    const words = order('maintenance', '--from', 'next', '--epochs', '2');
    const done = await runJson(...words);
    const fromEpoch = String(BigInt(epoch) + 1n);
    expect(done).toMatchObject({nodeId, fromEpoch, epochs: 2, status: 'accepted'});
    const {maintenance} = await recordOf();
    expect(maintenance).toMatchObject({fromEpoch, epochsLeft: 2, phase: 'announced'});
    expect((await run(...words)).stderr).toContain('TX_MAINTENANCE_PENDING');
    while (chain.driver.epoch.epoch < BigInt(fromEpoch)) chain.advance(1000);
    expect((await run('status')).stdout).toMatch(
      new RegExp(`${nodeId} .*active \\(maintenance\\)`),
    );
  });

  it.each([
    [['--from', '0', '--epochs', '1'], 'TX_MAINTENANCE_TIME', 1],
    [['--from', 'tomorrow', '--epochs', '1'], "'next' or an epoch", 2],
    [['--from', 'next', '--epochs', '13'], 'at most 12', 2],
    [['--from', 'next'], '--epochs is missing', 2],
    [['--epochs', '1'], '--from is missing', 2],
  ])('refuses %j', async (words, text, code) => {
    const result = await run(...order('maintenance', ...words));
    expect(result.stderr).toContain(text);
    expect(result.code).toBe(code);
  });
});
