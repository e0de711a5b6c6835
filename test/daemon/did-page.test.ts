import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {didOf} from '../../src/client/did.ts';
import {DidResolver} from '../../src/client/did-resolver.ts';
import {HouseRpc} from '../../src/client/house-rpc.ts';
import {initCrypto} from '../../src/crypto/init.ts';
import {didPage} from '../../src/daemon/did-page.ts';
import {type StatusServer, startStatusServer} from '../../src/daemon/status-server.ts';
import {bytesToHex} from '../../src/protocol/bytes.ts';
import {
  base64,
  HouseServer,
  type IdentityDocument,
  serveIdentities,
} from '../client/house-server.ts';
import {identityOf} from '../client/people.ts';

await initCrypto();
const alice = identityOf(1);
const DID = didOf(alice.keys.signing);

let house: HouseServer;
let server: StatusServer;
let documents: Map<string, IdentityDocument>;
const errors: unknown[] = [];
beforeEach(async () => {
  house = await HouseServer.start();
  documents = new Map();
  serveIdentities(house, documents);
  const identities = new HouseRpc({url: house.url, timeoutMs: 300});
  const dids = new DidResolver({identities, nowMs: () => 7, cacheMs: 1000});
  const seat = {epoch: 1n, swarmId: 5, swarmExponent: 3, members: [], acknowledge: []};
  server = await startStatusServer({
    at: {host: '127.0.0.1', port: 0},
    pages: new Map([['/did', didPage(dids, {swarmOf: () => seat})]]),
    onError: (_path, error) => errors.push(error),
  });
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await house.close();
  expect(errors).toEqual([]);
});

async function ask(query: string) {
  const response = await fetch(`http://127.0.0.1:${server.port}/did${query}`);
  return {status: response.status, body: await response.json()};
}

describe('/did', () => {
  it('answers keys and inbox of a DID', async () => {
    const metadata = {'session.kem': base64(alice.keys.kem)};
    documents.set(DID, {did: DID, publicKey: base64(alice.keys.signing), metadata});
    const expected = {
      did: DID,
      sessionId: bytesToHex(alice.sessionId),
      swarmId: 5,
      signingKey: `0x${bytesToHex(alice.keys.signing)}`,
      encryptionKey: `0x${bytesToHex(alice.keys.kem)}`,
      binding: 'verified',
      source: 'metadata',
      fetchedAtMs: 7,
    };
    for (let i = 0; i < 2; i++) {
      expect(await ask(`?did=${encodeURIComponent(DID)}`)).toEqual({status: 200, body: expected});
    }
    expect(house.calls).toHaveLength(1);
  });

  it.each([
    ['', 400, 'CLIENT_DID_MALFORMED'],
    ['?did=x', 400, 'CLIENT_DID_MALFORMED'],
    ['?did=did:lux:nobody', 404, 'CLIENT_DID_UNKNOWN'],
  ])('answers %j with %d', async (query, status, error) => {
    expect(await ask(query)).toMatchObject({status, body: {error}});
  });

  it('says so when the identity chain is silent or lies', async () => {
    house.fault = 'hang';
    const silent = await ask(`?did=${DID}`);
    expect(silent).toMatchObject({status: 502, body: {error: 'CLIENT_TIMEOUT'}});
    house.fault = 'none';
    documents.set(DID, {did: DID, publicKey: base64(identityOf(2).keys.signing)});
    const lie = await ask(`?did=${DID}`);
    expect(lie).toMatchObject({status: 502, body: {error: 'CLIENT_DID_WRONG_KEY'}});
  });
});
