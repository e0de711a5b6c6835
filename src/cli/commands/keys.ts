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
import {bytesToHex, toChainId} from '../../protocol/bytes.ts';
import type {Arguments} from '../arguments.ts';
import type {CliContext, Command} from '../command.ts';
import {usageError} from '../errors.ts';
import {
  givenPassphrase,
  loadIdentity,
  newPassphrase,
  PASSPHRASE_HELP,
  PASSPHRASE_OPTIONS,
  signerOf,
} from '../keys.ts';
import {fields, JSON_OPTION, print} from '../output.ts';

const KINDS: readonly Identity['kind'][] = ['account', 'node', 'session'];

/** What an identity is to the world; nothing of it is secret. */
function publicView(identity: Identity, chain: string | undefined): Record<string, string> {
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
  if (chain !== undefined) {
    const chainId = toChainId(idFromString(chain));
    view['nodeId'] = nodeIdToString(nodeIdOf(chainId, publicKey));
  }
  view['publicKey'] = `0x${bytesToHex(publicKey)}`;
  return view;
}

const SHORT = 66;
const shorten = (text: string): string =>
  text.length > SHORT ? `${text.slice(0, SHORT)}… (--json shows all)` : text;

function show(identity: Identity, file: string, {args, context}: Run): void {
  const view = publicView(identity, args.text('chain'));
  print(context, args, {file, ...view}, (data) =>
    fields(Object.entries(data).map(([name, value]) => [name, shorten(value)])),
  );
}

type Run = {readonly args: Arguments; readonly context: CliContext};

async function create(file: string, {args, context}: Run): Promise<void> {
  const kind = args.text('kind') ?? 'account';
  const known = KINDS.find((each) => each === kind);
  if (known === undefined) throw usageError(`--kind must be ${KINDS.join(', ')}`);
  const given = await givenPassphrase(args, context);
  const isAsked = given === undefined && args.flag('encrypt');
  const passphrase = isAsked ? await newPassphrase(context) : given;
  const identity = createIdentity(known, (length) => new Uint8Array(randomBytes(length)));
  await writeIdentityFile(file, identity, {passphrase, overwrite: args.flag('force')});
  show(identity, file, {args, context});
}

export const command: Command = {
  usage: 'keys new FILE [--kind account|node|session] [--encrypt] [--force] | keys show FILE',
  help: `Makes an identity file (mode 0600), or shows the public side of one. Never prints a secret.

--kind KIND  account: pays and stakes; node: runs a service node; session: owns an inbox
--encrypt    asks for a passphrase; one that is given encrypts anyway
--force      replaces FILE, and with it the only copy of its keys
--chain ID   also the NodeID of this key on that chain
--json       with the whole public keys
${PASSPHRASE_HELP}

example: sessionvm keys new ~/.sessionvm/owner.key`,
  options: {
    ...JSON_OPTION,
    ...PASSPHRASE_OPTIONS,
    kind: {type: 'string'},
    encrypt: {type: 'boolean'},
    force: {type: 'boolean'},
    chain: {type: 'string'},
  },
  positionals: [2, 2],
  async run(args, context) {
    const [what, file] = [args.at(0), resolve(args.at(1))];
    if (what === 'new') return create(file, {args, context});
    if (what !== 'show') throw usageError(`keys knows 'new' and 'show', not '${what}'`);
    show(await loadIdentity(file, args, context), file, {args, context});
  },
};
