import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {didOf} from '../../src/client/did.ts';
import {contactOfDid, DidResolver} from '../../src/client/did-resolver.ts';
import {HouseRpc} from '../../src/client/house-rpc.ts';
import {ReaderState} from '../../src/client/reader-state.ts';
import {LocalOwner} from '../messaging/local-owner.ts';
import {LocalSwarm} from '../messaging/local-swarm.ts';
import {base64, HouseServer, type IdentityDocument, serveIdentities} from './house-server.ts';
import {clientOver} from './local-client.ts';
import {code, identityOf} from './people.ts';

let swarm: LocalSwarm;
let bob: LocalOwner;
let house: HouseServer;
let documents: Map<string, IdentityDocument>;
beforeEach(async () => {
  swarm = await LocalSwarm.start({members: 3});
  bob = new LocalOwner(swarm);
  house = await HouseServer.start();
  documents = new Map();
  serveIdentities(house, documents);
});
afterEach(() => house.close());

/** Somebody who knows nothing of Bob but his DID. */
async function writeTo(did: string, value: string) {
  const alice = clientOver(swarm, identityOf(1));
  const identities = new HouseRpc({url: house.url});
  const dids = new DidResolver({identities, nowMs: () => swarm.nowMs, cacheMs: 1000});
  const contact = await contactOfDid(await dids.resolve(did), {
    fetchCard: (sessionId) => alice.fetchCard(sessionId),
    allowUnverified: false,
  });
  return alice.send(contact, {type: 'text', value});
}

describe('a message to a DID', () => {
  it('reaches the owner of its key', async () => {
    const {keys} = bob.identity;
    const did = didOf(keys.signing);
    const metadata = {'session.kem': base64(keys.kem)};
    documents.set(did, {did, publicKey: base64(keys.signing), metadata});
    await expect(writeTo(did, 'too early')).rejects.toThrow(code('CLIENT_NO_CARD'));
    const client = clientOver(swarm, bob.identity);
    await client.publishCard('Bob');
    swarm.nowMs += 100;
    await writeTo(did, 'hello');
    const {messages} = await client.read(new ReaderState());
    expect(messages.map(({content}) => content)).toEqual([{type: 'text', value: 'hello'}]);
  });

  it('is not sealed for a key that the identity chain made up', async () => {
    await clientOver(swarm, bob.identity).publishCard('Bob');
    const mallory = identityOf(3);
    await clientOver(swarm, mallory).publishCard('Bob');
    const {signing} = bob.identity.keys;
    const did = didOf(signing);
    const metadata = {'session.kem': base64(mallory.keys.kem)};
    documents.set(did, {did, publicKey: base64(signing), metadata});
    await expect(writeTo(did, 'secret')).rejects.toThrow(code('CLIENT_NO_CARD'));
    const serviceEndpoint = `session:${Buffer.from(mallory.sessionId).toString('hex')}`;
    const services = [{type: 'Session', serviceEndpoint}];
    documents.set(did, {did, publicKey: base64(signing), services});
    await expect(writeTo(did, 'secret')).rejects.toThrow(code('CLIENT_DID_WRONG_KEY'));
  });
});
