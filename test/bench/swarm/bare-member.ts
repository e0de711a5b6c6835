import {connect, createServer} from 'node:net';
import process from 'node:process';
import {initCrypto} from '../../../src/crypto/init.ts';
import {verifySignatureAsync} from '../../../src/crypto/ml-dsa.ts';
import {concatBytes, type SigningPublicKey, toSignature} from '../../../src/protocol/bytes.ts';
import {SIGNATURE_CONTEXT} from '../../../src/protocol/domains.ts';
import {createGroupCommit} from '../../../src/storage/group-commit.ts';
import {LevelStore} from '../../../src/storage/level.ts';
import {callOver, OP, overSocket} from './bare-wire.ts';
import {membersOf} from './members.ts';

/**
 * What a member cannot do without, and nothing else: bytes over TCP, one sync and one signature for all
 * that come together, a majority's signatures checked. bare-member.ts FOLDER INDEX COUNT
 */
const [folder = '', index = '0', count = '1'] = process.argv.slice(2);
await initCrypto();
const {members} = membersOf(Number(count));
const own = members[Number(index)]?.signer;
if (own === undefined) throw new RangeError('no such member');
const store = await LevelStore.open(folder);
const commit = createGroupCommit(store);
const context = SIGNATURE_CONTEXT.receipt;
const SIGNATURE_BYTES = toSignature.byteLength;
const RECEIPT = new Uint8Array(200);

type Other = {
  readonly call: (body: Uint8Array) => Promise<Uint8Array>;
  readonly publicKey: SigningPublicKey;
};
let others: readonly Other[] = [];
let written = 0;
let waiting: ((signature: Uint8Array) => void)[] = [];

function receipt(): Promise<Uint8Array> {
  return new Promise((resolve) => {
    if (waiting.length === 0) {
      setImmediate(() => {
        const all = waiting;
        waiting = [];
        const signature = own?.sign(context, RECEIPT) ?? new Uint8Array();
        for (const each of all) each(signature);
      });
    }
    waiting.push(resolve);
  });
}

async function write(value: Uint8Array): Promise<Uint8Array> {
  written += 1;
  const key = new Uint8Array(8);
  new DataView(key.buffer).setUint32(4, written);
  await commit.write([{type: 'put', key, value}]);
  return receipt();
}

async function requireSigned(publicKey: SigningPublicKey, signed: Uint8Array): Promise<void> {
  const signature = toSignature(signed.subarray(0, SIGNATURE_BYTES));
  const message = signed.subarray(SIGNATURE_BYTES);
  const isSigned = await verifySignatureAsync({publicKey, context, message, signature});
  if (!isSigned) throw new Error('not signed');
}

async function byOther({call, publicKey}: Other, value: Uint8Array): Promise<Uint8Array> {
  const signature = await call(concatBytes(Uint8Array.of(OP.write), value));
  await requireSigned(publicKey, concatBytes(signature, RECEIPT));
  return signature;
}

async function page(length: number): Promise<Uint8Array> {
  const values: Uint8Array[] = [];
  for await (const [, value] of store.iterate()) {
    if (values.push(value) === length) break;
  }
  return concatBytes(...values);
}

function meet(ports: Uint8Array): Uint8Array {
  const view = new DataView(ports.buffer, ports.byteOffset, ports.length);
  const all = members.map(({signer}, i) => ({port: view.getUint16(2 * i), signer}));
  others = all
    .filter(({signer}) => signer !== own)
    .map(({port, signer}) => ({
      call: callOver(connect(port, '127.0.0.1')),
      publicKey: signer.publicKey,
    }));
  return new Uint8Array();
}

async function answer(op: number | undefined, body: Uint8Array): Promise<Uint8Array> {
  const owner = members[0]?.signer.publicKey;
  if (owner === undefined) throw new RangeError('no member');
  switch (op) {
    case OP.write:
      return write(body);
    case OP.store:
      return concatBytes(
        ...(await Promise.all([write(body), ...others.map((each) => byOther(each, body))])),
      );
    case OP.signedStore:
      await requireSigned(owner, body);
      return write(body.subarray(SIGNATURE_BYTES));
    case OP.page:
      await requireSigned(owner, body);
      return page(body[SIGNATURE_BYTES] ?? 0);
    case OP.peers:
      return meet(body);
    default:
      throw new RangeError(`no operation ${op}`);
  }
}

const server = createServer((socket) => {
  const send = overSocket(socket, (id, request) => {
    void answer(request[0], request.subarray(1)).then((body) => send(id, body));
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') process.stdout.write(`${address?.port}\n`);
});
process.stdin.resume().once('close', () => process.exit());
