import {bytesToBase64} from '../../client/base64.ts';
import {didOf} from '../../client/did.ts';
import {initCrypto} from '../../crypto/init.ts';
import {bytesToHex, type SessionId} from '../../protocol/bytes.ts';
import type {Arguments} from '../arguments.ts';
import {connect, RPC_OPTION} from '../chain.ts';
import type {CliContext, Command} from '../command.ts';
import {usageError} from '../errors.ts';
import {didResolver, IDENTITY_HELP, IDENTITY_OPTION} from '../identity-chain.ts';
import {inboxIdentity, MESSENGER_HELP, MESSENGER_OPTIONS} from '../messenger.ts';
import {fields, JSON_OPTION, print, shorten} from '../output.ts';

const BINDINGS = {
  verified: 'the key hashes to the DID',
  unverified: 'the word of the identity chain’s server alone',
} as const;

/** The swarm of the inbox, when somebody said where our chain is. */
async function swarmFor(
  sessionId: SessionId,
  args: Arguments,
  context: CliContext,
): Promise<number | null> {
  if ((args.text('rpc') ?? context.env['SESSIONVM_RPC'] ?? '') === '') return null;
  const pubkey = `0x${bytesToHex(sessionId)}`;
  const {swarmId} = await connect(args, context).call('swarmOf', {pubkey}, context.signal);
  return swarmId;
}

async function look(did: string, args: Arguments, context: CliContext): Promise<void> {
  await initCrypto();
  const found = await didResolver(args, context).resolve(did);
  const data = {
    did: found.did,
    sessionId: bytesToHex(found.sessionId),
    swarmId: await swarmFor(found.sessionId, args, context),
    binding: found.binding,
    source: found.source,
    signingKey: `0x${bytesToHex(found.signing)}`,
    encryptionKey: found.kem === undefined ? null : `0x${bytesToHex(found.kem)}`,
  };
  await print(
    context,
    args,
    data,
    ({sessionId, swarmId, binding, source, signingKey, encryptionKey}) =>
      fields([
        ['session id', sessionId],
        ['swarm', swarmId === null ? '– (say --rpc)' : String(swarmId)],
        ['bound by', BINDINGS[binding]],
        ['named in', source],
        ['signing key', shorten(signingKey)],
        ['encryption key', encryptionKey === null ? 'in its contact card' : shorten(encryptionKey)],
      ]),
  );
}

/** What to register at the identity chain, so that the DID leads to this inbox. */
async function show(args: Arguments, context: CliContext): Promise<void> {
  const {keys, sessionId} = await inboxIdentity(args, context);
  const data = {
    did: didOf(keys.signing),
    publicKey: bytesToBase64(keys.signing),
    metadata: {'session.kem': bytesToBase64(keys.kem), 'session.id': bytesToHex(sessionId)},
  };
  await print(context, args, data, ({did, publicKey, metadata}) =>
    fields([
      ['did', did],
      ['public key', shorten(publicKey)],
      ...Object.entries(metadata).map(([name, value]): [string, string] => [name, shorten(value)]),
    ]),
  );
}

export const command: Command = {
  usage: 'did DID [--identity URL] [--rpc URL] | did show --key FILE',
  help: `Looks up a DID at the identity chain: the inbox and the keys of its owner. 'did show' says what the
owner of an inbox registers there: the key, and the metadata that name the inbox.

A DID with a whole id in it is checked against the key; of any other the answer says that it is not.

--json        with the whole keys
${MESSENGER_HELP}
${IDENTITY_HELP}

example: sessionvm did did:lux:2ZbQ… --identity http://127.0.0.1:9650/ext/bc/I/rpc`,
  options: {...RPC_OPTION, ...MESSENGER_OPTIONS, ...IDENTITY_OPTION, ...JSON_OPTION},
  positionals: [1, 1],
  async run(args, context) {
    const what = args.at(0);
    if (what === 'show') return show(args, context);
    if (!what.startsWith('did:'))
      throw usageError(`'${what.slice(0, 40)}' is no DID, and not 'show'`);
    return look(what, args, context);
  },
};
