import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {didOf} from '../../src/client/did.ts';
import {sessionIdentityOf} from '../../src/client/session-identity.ts';
import {createIdentity, writeIdentityFile} from '../../src/daemon/identity-files.ts';
import {bytesToHex} from '../../src/protocol/bytes.ts';
import {HouseServer, type IdentityDocument, serveIdentities} from '../client/house-server.ts';
import {runCli} from './run-cli.ts';

const identity = createIdentity('session', (length) => new Uint8Array(length).fill(4));
if (identity.kind !== 'session') throw new Error('another kind');
const owner = sessionIdentityOf(identity);
const DID = didOf(owner.keys.signing);
const documents = new Map<string, IdentityDocument>();

let folder: string;
let key: string;
let house: HouseServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-did-'));
  key = join(folder, 'me.key');
  await writeIdentityFile(key, identity, {passphrase: undefined, overwrite: false});
  house = await HouseServer.start();
  serveIdentities(house, documents);
});
afterAll(async () => {
  await house.close();
  await rm(folder, {recursive: true});
});

const look = (did: string, ...words: readonly string[]) =>
  runCli(['did', did, '--identity', house.url, ...words]);

describe('sessionvm did', () => {
  it('shows what to register, and finds the inbox by it', async () => {
    const shown = await runCli(['did', 'show', '--key', key, '--json']);
    const document = JSON.parse(shown.stdout);
    expect(document).toMatchObject({did: DID});
    documents.set(DID, document);
    const forPeople = await runCli(['did', 'show', '--key', key]);
    expect(forPeople.stdout).toMatch(new RegExp(` ${bytesToHex(owner.sessionId)}$`, 'm'));
    const text = await look(DID);
    expect(text).toMatchObject({code: 0, stderr: ''});
    expect(text.stdout).toContain(`session id      ${bytesToHex(owner.sessionId)}`);
    expect(text.stdout).toContain('the key hashes to the DID');
    const json = await runCli(['did', DID, '--json'], {SESSIONVM_IDENTITY: house.url});
    expect(JSON.parse(json.stdout)).toMatchObject({
      sessionId: bytesToHex(owner.sessionId),
      encryptionKey: `0x${bytesToHex(owner.keys.kem)}`,
      binding: 'verified',
      swarmId: null,
    });
  });

  it('says why there is nothing to show', async () => {
    expect((await look('did:lux:nobody')).stderr).toMatch(/identity not found.*CLIENT_DID_UNKNOWN/);
    expect((await look('did:web:x')).stderr).toContain('CLIENT_DID_MALFORMED');
    expect(await look('nobody')).toMatchObject({code: 2});
    const nowhere = await runCli(['did', DID]);
    expect(nowhere).toMatchObject({code: 2});
    expect(nowhere.stderr).toContain('--identity URL');
    house.fault = 'status500';
    const broken = await look(DID);
    house.fault = 'none';
    expect(broken.code).toBe(1);
    expect(broken.stderr).toContain('CLIENT_BAD_RESPONSE');
  });
});
