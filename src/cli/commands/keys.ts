import {randomBytes} from 'node:crypto';
import {resolve} from 'node:path';
import type {Identity} from '../../crypto/identity.ts';
import {
  addressOf,
  addressToString,
  idFromString,
  nodeIdOf,
  nodeIdToString,
  sessionIdOf,
} from '../../crypto/ids.ts';
import {createKemKey} from '../../crypto/ml-kem.ts';
import {createIdentity, writeIdentityFile} from '../../daemon/identity-files.ts';
import {rotationsOn} from '../../daemon/node-secrets.ts';
import {bytesToHex, type ChainId, toChainId} from '../../protocol/bytes.ts';
import type {Arguments} from '../arguments.ts';
import {RPC_HELP} from '../chain.ts';
import type {CliContext, Command} from '../command.ts';
import {usageError} from '../errors.ts';
import {
  givenPassphrase,
  KEY_HELP,
  loadIdentity,
  newPassphrase,
  PASSPHRASE_OPTIONS,
  requirePassphrase,
  signerOf,
} from '../keys.ts';
import {revokeKey, rotateKeys} from '../node-keys.ts';
import {ORDER_HELP, ORDER_OPTIONS} from '../node-order.ts';
import {fields, JSON_OPTION, print, shorten} from '../output.ts';
import {SEND_HELP} from '../send-tx.ts';
import {wordAs} from '../word-as.ts';

const KINDS: readonly Identity['kind'][] = ['account', 'node', 'session'];

/** What an identity is to the world; nothing of it is secret. */
function publicView(identity: Identity, chainId: ChainId | undefined): Record<string, string> {
  const {publicKey} = signerOf(identity);
  const view: Record<string, string> = {
    kind: identity.kind,
    account: addressToString(addressOf(publicKey)),
  };
  if (identity.kind !== 'account') {
    const kem = createKemKey(identity.kemSeed).publicKey;
    if (identity.kind === 'session') view['sessionId'] = bytesToHex(sessionIdOf(kem, publicKey));
    view['encryptionKey'] = `0x${bytesToHex(kem)}`;
  }
  if (identity.kind === 'node') {
    const {rotations = []} = identity;
    if (rotations.length > 0) view['rotations'] = String(rotations.length);
  }
  if (chainId !== undefined) {
    view['nodeId'] = nodeIdToString(nodeIdOf(chainId, publicKey));
    const [newest] = identity.kind === 'node' ? rotationsOn(identity, chainId) : [];
    if (newest !== undefined) {
      const {publicKey: kem} = createKemKey(newest.kemSeed);
      view['newestEncryptionKey'] = `0x${bytesToHex(kem)}`;
    }
  }
  view['publicKey'] = `0x${bytesToHex(publicKey)}`;
  return view;
}

function chainOf(args: Arguments): ChainId | undefined {
  const chain = args.text('chain');
  return chain === undefined ? undefined : wordAs(chain, (word) => toChainId(idFromString(word)));
}

async function show(identity: Identity, file: string, {args, context}: Run): Promise<void> {
  const view = publicView(identity, chainOf(args));
  await print(context, args, {file, ...view}, (data) =>
    fields(Object.entries(data).map(([name, value]) => [name, shorten(value)])),
  );
}

const SHOW_OPTIONS = [...Object.keys(JSON_OPTION), ...Object.keys(PASSPHRASE_OPTIONS), 'chain'];
const ORDERS = Object.keys(ORDER_OPTIONS);

/** What each form takes. */
const OPTIONS_OF: Readonly<Record<string, readonly string[]>> = {
  new: [...SHOW_OPTIONS, 'kind', 'encrypt', 'force'],
  show: SHOW_OPTIONS,
  rotate: [...ORDERS, 'new-hash-chain'],
  revoke: [...ORDERS, 'previous'],
};

type Run = {readonly args: Arguments; readonly context: CliContext};

async function create(file: string, {args, context}: Run): Promise<void> {
  const kind = args.text('kind') ?? 'account';
  const known = KINDS.find((each) => each === kind);
  if (known === undefined) throw usageError(`--kind must be ${KINDS.join(', ')}`);
  // Before there is a key that nobody has heard of.
  chainOf(args);
  const given = await givenPassphrase(args, context);
  const isAsked = given === undefined && args.flag('encrypt');
  const passphrase = isAsked ? await newPassphrase(context) : given;
  if (passphrase !== undefined) requirePassphrase(passphrase);
  const identity = createIdentity(known, (length) => new Uint8Array(randomBytes(length)));
  await writeIdentityFile(file, identity, {passphrase, overwrite: args.flag('force')});
  await show(identity, file, {args, context});
}

export const command: Command = {
  usage:
    'keys new FILE | keys show FILE | keys rotate --data DIR --key FILE | keys revoke --data DIR --key FILE',
  help: `Makes an identity file (mode 0600), or shows the public side of one. Never prints a secret. Gives a
service node a new transport key, or revokes one: the node's key signs, the account of --key pays.

keys new FILE, keys show FILE
--kind KIND  account: pays and stakes; node: runs a service node; session: owns an inbox
--encrypt    asks for a passphrase; one that is given encrypts anyway
--force      replaces FILE, and with it the only copy of its keys
--chain ID   also the NodeID of this key on that chain
--json       with the whole public keys

keys rotate  writes the new key into the node's file before it sends; the node need not be restarted
--new-hash-chain  also a new chain of reveals, in force from the next epoch on
keys revoke       the present key, or with --previous the one before it
${ORDER_HELP}
${KEY_HELP}
${SEND_HELP}
${RPC_HELP}

examples: sessionvm keys new ~/.sessionvm/owner.key
          sessionvm keys rotate --data ~/.sessionvm/node --key ~/.sessionvm/owner.key
          sessionvm keys revoke --data ~/.sessionvm/node --key ~/.sessionvm/owner.key --previous`,
  options: {
    ...ORDER_OPTIONS,
    kind: {type: 'string'},
    encrypt: {type: 'boolean'},
    force: {type: 'boolean'},
    chain: {type: 'string'},
    'new-hash-chain': {type: 'boolean'},
    previous: {type: 'boolean'},
  },
  positionals: [1, 2],
  async run(args, context) {
    const what = args.at(0);
    const run = {args, context};
    const options = Object.hasOwn(OPTIONS_OF, what) ? OPTIONS_OF[what] : undefined;
    if (options === undefined) {
      throw usageError(`keys knows 'new', 'show', 'rotate' and 'revoke', not '${what}'`);
    }
    args.takesOnly(`keys ${what}`, options);
    if (what === 'rotate' || what === 'revoke') {
      const [, extra] = args.positionals;
      if (extra !== undefined) throw usageError(`keys ${what} does not take '${extra}'`);
      return what === 'rotate' ? rotateKeys(run) : revokeKey(run);
    }
    const file = resolve(args.at(1));
    if (what === 'new') return create(file, run);
    await show(await loadIdentity(file, args, context), file, run);
  },
};
