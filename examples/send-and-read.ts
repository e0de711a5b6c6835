/**
 * Two people, one message:
 *
 *   scripts/with-node node examples/send-and-read.ts "$SESSIONVM_RPC" "$SESSIONVM_NODE"
 *
 * `sessionvm devnet` prints both values. The second is the address of one service node, or several
 * with commas between them.
 */
import process from 'node:process';
import {openSession} from '../src/client/open-session.ts';
import {ReaderState} from '../src/client/reader-state.ts';
import {RpcChainClient} from '../src/client/rpc-chain-client.ts';
import {sessionIdentityOf} from '../src/client/session-identity.ts';
import {initCrypto} from '../src/crypto/init.ts';
import {toKemSeed, toSigningSeed} from '../src/protocol/bytes.ts';

const say = (line: string): unknown => process.stdout.write(`${line}\n`);
const [url = '', addresses = ''] = process.argv.slice(2);
const nodes = addresses.split(',').filter((address) => address !== '');
if (url === '' || nodes.length === 0) {
  process.stderr.write('usage: send-and-read.ts RPC_URL NODE_ADDRESS[,NODE_ADDRESS]…\n');
  process.exit(2);
}

/** A new inbox. A real one keeps its seeds: `sessionvm keys new FILE --kind session`. */
function newIdentity() {
  const signingSeed = toSigningSeed(crypto.getRandomValues(new Uint8Array(32)));
  const kemSeed = toKemSeed(crypto.getRandomValues(new Uint8Array(64)));
  return sessionIdentityOf({kind: 'session', signingSeed, kemSeed});
}

await initCrypto();
const chain = new RpcChainClient({url});
await using alice = await openSession({chain, nodes, identity: newIdentity()});
await using bob = await openSession({chain, nodes, identity: newIdentity()});

// Bob puts his keys where everybody finds them by his id alone.
await bob.client.publishCard('Bob');
const contact = await alice.client.fetchCard(bob.client.identity.sessionId);

// Stored: a majority of Bob's swarm has it on disk, and said so by signatures that were checked.
const sent = await alice.client.send(contact, {type: 'text', value: 'Hello Bob'});
say(`stored by ${sent.members.length} members of swarm ${sent.swarmId}`);

const {messages} = await bob.client.read(new ReaderState());
for (const {content} of messages) say(`Bob reads: ${content.value}`);
