import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {Contact} from '../../src/client/contact-card.ts';
import {didOf, parseDid} from '../../src/client/did.ts';
import {contactOfDid, DidResolver} from '../../src/client/did-resolver.ts';
import {HouseRpc} from '../../src/client/house-rpc.ts';
import type {SessionIdentity} from '../../src/client/session-identity.ts';
import {initCrypto} from '../../src/crypto/init.ts';
import {bytesToHex} from '../../src/protocol/bytes.ts';
import {
  base64,
  type Fault,
  HouseServer,
  type IdentityDocument,
  serveIdentities,
} from './house-server.ts';
import {code, identityOf} from './people.ts';

await initCrypto();
const [alice, bob] = [identityOf(1), identityOf(2)];
const DID = didOf(alice.keys.signing);
const SHORT = `did:lux:${DID.slice(8, 24)}`;
const CACHE_MS = 3_600_000;

let house: HouseServer;
let documents: Map<string, IdentityDocument>;
let nowMs: number;
beforeEach(async () => {
  house = await HouseServer.start();
  documents = new Map();
  serveIdentities(house, documents);
  nowMs = 1_000_000;
});
afterEach(() => house.close());

const resolver = (): DidResolver =>
  new DidResolver({
    identities: new HouseRpc({url: house.url, timeoutMs: 300}),
    nowMs: () => nowMs,
    cacheMs: CACHE_MS,
  });

/** What alice would register: her key, and her inbox in the metadata. */
function documentOf({keys, sessionId}: SessionIdentity, did = DID): IdentityDocument {
  const metadata = {'session.kem': base64(keys.kem), 'session.id': bytesToHex(sessionId)};
  return {did, publicKey: base64(keys.signing), metadata};
}

describe('parseDid', () => {
  it('knows a whole id from a short one and from a name', () => {
    expect(parseDid(DID).id).toHaveLength(32);
    for (const text of [SHORT, 'did:lux:alice', 'did:pars:mainnet:abc', 'did:lux:C:0x00ff']) {
      expect(parseDid(text)).toEqual({text, id: undefined});
    }
  });

  it.each([
    '',
    'alice',
    'did:web:example.org',
    'did:lux:',
    'did:lux:a b',
    `did:lux:${'a'.repeat(121)}`,
  ])('refuses %j', (text) => {
    expect(() => parseDid(text)).toThrow(code('CLIENT_DID_MALFORMED'));
  });
});

describe('DidResolver', () => {
  it.each(['flat', 'nested'] as const)(
    'reads a %s answer, and checks the key by the DID',
    async (form) => {
      serveIdentities(house, documents, form);
      documents.set(DID, documentOf(alice));
      expect(await resolver().resolve(DID)).toEqual({
        did: DID,
        signing: alice.keys.signing,
        kem: alice.keys.kem,
        sessionId: alice.sessionId,
        binding: 'verified',
        source: 'metadata',
        fetchedAtMs: nowMs,
      });
    },
  );

  it('says that nothing but the server ties a short id to its key', async () => {
    documents.set(SHORT, documentOf(alice, SHORT));
    expect(await resolver().resolve(SHORT)).toMatchObject({binding: 'unverified'});
  });

  it('takes hex keys too', async () => {
    documents.set(DID, {
      did: DID,
      publicKey: `0x${bytesToHex(alice.keys.signing)}`,
      metadata: {'session.kem': bytesToHex(alice.keys.kem)},
    });
    expect(await resolver().resolve(DID)).toMatchObject({sessionId: alice.sessionId});
  });

  it.each([
    ['Session', `session:${bytesToHex(alice.sessionId)}`],
    ['ParsSession', `pars://session/${bytesToHex(alice.sessionId)}`],
    ['MessagingService', `session:${bytesToHex(alice.sessionId).toUpperCase()}`],
  ])('finds the inbox in a service of type %s', async (type, serviceEndpoint) => {
    const other = {id: '#1', type: 'Web', serviceEndpoint: `session:${bytesToHex(bob.sessionId)}`};
    const services = [other, {id: '#2', type, serviceEndpoint}];
    documents.set(DID, {did: DID, publicKey: base64(alice.keys.signing), services});
    const resolved = await resolver().resolve(DID);
    expect(resolved).toMatchObject({sessionId: alice.sessionId, source: 'service'});
    expect(resolved.kem).toBeUndefined();
  });

  const key = base64(alice.keys.signing);
  const badKem = new Uint8Array(1184).fill(255);
  it.each<[string, Partial<IdentityDocument>]>([
    ['CLIENT_DID_NOT_PQ', {publicKey: base64(new Uint8Array(33))}],
    ['CLIENT_DID_NOT_PQ', {publicKey: 'no base64!'}],
    ['CLIENT_DID_WRONG_KEY', {publicKey: base64(bob.keys.signing)}],
    [
      'CLIENT_DID_WRONG_KEY',
      {metadata: {'session.kem': base64(bob.keys.kem), 'session.id': bytesToHex(alice.sessionId)}},
    ],
    ['CLIENT_DID_NO_SESSION', {metadata: null}],
    [
      'CLIENT_DID_NO_SESSION',
      {
        metadata: {},
        services: [{type: 'Session', serviceEndpoint: `session:05${'00'.repeat(32)}`}],
      },
    ],
    ['CLIENT_BAD_RESPONSE', {metadata: {'session.kem': base64(badKem)}}],
    ['CLIENT_BAD_RESPONSE', {metadata: {'session.kem': 5}}],
    ['CLIENT_BAD_RESPONSE', {did: `${DID}x`}],
    ['CLIENT_BAD_RESPONSE', {publicKey: 7 as unknown as string}],
  ])('refuses with %s a document with %j', async (expected, change) => {
    documents.set(DID, {...documentOf(alice), publicKey: key, ...change});
    await expect(resolver().resolve(DID)).rejects.toThrow(code(expected));
  });

  it.each<[Fault, string]>([
    ['hang', 'CLIENT_TIMEOUT'],
    ['cut', 'CLIENT_UNREACHABLE'],
    ['redirect', 'CLIENT_UNREACHABLE'],
    ['status500', 'CLIENT_BAD_RESPONSE'],
    ['noJson', 'CLIENT_BAD_RESPONSE'],
    ['list', 'CLIENT_BAD_RESPONSE'],
    ['oversized', 'CLIENT_BAD_RESPONSE'],
    ['endless', 'CLIENT_BAD_RESPONSE'],
    ['otherId', 'CLIENT_BAD_RESPONSE'],
  ])('tells a server that answers with %s by %s, and asks again', async (fault, expected) => {
    documents.set(DID, documentOf(alice));
    const dids = resolver();
    house.fault = fault;
    await expect(dids.resolve(DID)).rejects.toThrow(code(expected));
    house.fault = 'none';
    expect(await dids.resolve(DID)).toMatchObject({sessionId: alice.sessionId});
  });

  it('keeps an answer for an epoch, and a refusal for a minute', async () => {
    const dids = resolver();
    await expect(dids.resolve(DID)).rejects.toThrow(code('CLIENT_DID_UNKNOWN'));
    documents.set(DID, documentOf(alice));
    nowMs += 59_999;
    await expect(dids.resolve(DID)).rejects.toThrow(code('CLIENT_DID_UNKNOWN'));
    expect(house.calls).toHaveLength(1);
    nowMs += 1;
    await dids.resolve(DID);
    nowMs += CACHE_MS - 1;
    await dids.resolve(DID);
    expect(house.calls).toHaveLength(2);
    nowMs += 1;
    await dids.resolve(DID);
    expect(house.calls).toHaveLength(3);
  });

  it('asks once for many, and has at most 16 questions open', async () => {
    documents.set(DID, documentOf(alice));
    const dids = resolver();
    await Promise.all(Array.from({length: 20}, () => dids.resolve(DID)));
    expect(house.calls).toHaveLength(1);
    house.fault = 'hang';
    const open = Array.from({length: 17}, (_, i) => dids.resolve(`did:lux:n${i}`));
    const results = await Promise.allSettled(open);
    const codes = results.map((result) => (result as PromiseRejectedResult).reason.code);
    expect(codes.filter((each) => each === 'CLIENT_TIMEOUT')).toHaveLength(16);
    expect(codes[16]).toBe('CLIENT_NEIGHBOUR_BUSY');
  });

  it('forgets the oldest when there are too many', async () => {
    documents.set(DID, documentOf(alice));
    const dids = resolver();
    await dids.resolve(DID);
    for (let i = 0; i < 1024; i++) await dids.resolve(`did:lux:n${i}`).catch(() => undefined);
    await dids.resolve(DID);
    expect(house.calls).toHaveLength(1026);
  });

  it('lets no control characters of a server through', async () => {
    house.methods.set('identity.ResolveIdentity', () => {
      throw new Error('no\u001b[2Jsuch\u202ething');
    });
    const text = 'no·[2Jsuch·thing';
    await expect(resolver().resolve(DID)).rejects.toMatchObject({details: {text}});
  });

  it('has no use for a method that the chain does not have', async () => {
    house.methods.clear();
    await expect(resolver().resolve(DID)).rejects.toThrow(code('CLIENT_BAD_RESPONSE'));
  });
});

describe('contactOfDid', () => {
  const cardOf = ({sessionId, keys}: SessionIdentity): Contact => {
    return {sessionId, keys, name: undefined, timeMs: 1n};
  };
  const resolved = async (did: string, document: IdentityDocument) => {
    documents.set(did, document);
    return resolver().resolve(did);
  };
  const fetchCard = async () => cardOf(alice);

  it('is the card of the inbox that the DID leads to', async () => {
    const asked: string[] = [];
    const contact = await contactOfDid(await resolved(DID, documentOf(alice)), {
      fetchCard: async (sessionId) => {
        asked.push(bytesToHex(sessionId));
        return cardOf(alice);
      },
      allowUnverified: false,
    });
    expect(contact.keys).toBe(alice.keys);
    expect(asked).toEqual([bytesToHex(alice.sessionId)]);
  });

  it('refuses what only the server vouches for, unless told to take it', async () => {
    const short = await resolved(SHORT, documentOf(alice, SHORT));
    const strict = contactOfDid(short, {fetchCard, allowUnverified: false});
    await expect(strict).rejects.toThrow(code('CLIENT_DID_UNVERIFIED'));
    const contact = await contactOfDid(short, {fetchCard, allowUnverified: true});
    expect(contact.sessionId).toBe(alice.sessionId);
  });

  it('refuses an inbox of another key', async () => {
    const services = [{type: 'Session', serviceEndpoint: `session:${bytesToHex(bob.sessionId)}`}];
    const lie = {did: DID, publicKey: base64(alice.keys.signing), services};
    const named = await resolved(DID, lie);
    const asking = contactOfDid(named, {
      fetchCard: async () => cardOf(bob),
      allowUnverified: false,
    });
    await expect(asking).rejects.toThrow(code('CLIENT_DID_WRONG_KEY'));
  });
});
