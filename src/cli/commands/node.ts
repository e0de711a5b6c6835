import {randomBytes} from 'node:crypto';
import {resolve} from 'node:path';
import type {Signer} from '../../crypto/ml-dsa.ts';
import type {NodeConfig} from '../../daemon/config.ts';
import {ownerMissing} from '../../daemon/errors.ts';
import {FileError} from '../../daemon/files.ts';
import {createIdentity, readIdentityFile, writeIdentityFile} from '../../daemon/identity-files.ts';
import type {NodeIdentity} from '../../daemon/node-secrets.ts';
import type {Arguments} from '../arguments.ts';
import {RPC_HELP} from '../chain.ts';
import type {CliContext, Command} from '../command.ts';
import {usageError} from '../errors.ts';
import {
  givenPassphrase,
  loadIdentity,
  type OpenedIdentity,
  openIdentity,
  PASSPHRASE_HELP,
  PASSPHRASE_OPTIONS,
  requirePassphrase,
  signerOf,
} from '../keys.ts';
import {nodeConfigOf, SETTING_OPTIONS} from '../node-settings.ts';

/** The node's own key, made on first start, and the passphrase of its file. */
async function nodeIdentity(
  config: NodeConfig,
  args: Arguments,
  context: CliContext,
): Promise<{readonly identity: NodeIdentity; readonly passphrase: string | undefined}> {
  const {key} = config;
  const given = await givenPassphrase(args, context);
  let opened: OpenedIdentity;
  try {
    opened = await openIdentity(key, given, context);
  } catch (error) {
    if (!(error instanceof FileError) || error.code !== 'FILE_MISSING') throw error;
    if (config.owner === undefined && config.ownerKey === undefined) throw ownerMissing();
    if (given !== undefined) requirePassphrase(given);
    const identity = createIdentity('node', (length) => new Uint8Array(randomBytes(length)));
    await writeIdentityFile(key, identity, {passphrase: given, overwrite: false});
    context.err(`made the node's key ${key}: keep a copy of it, and never run it in two places`);
    opened = {identity, passphrase: given};
  }
  const {identity, passphrase} = opened;
  if (identity.kind === 'node') return {identity, passphrase};
  throw usageError(
    `${key} is the key of ${identity.kind === 'account' ? 'an account' : 'an inbox'}`,
  );
}

async function ownerSigner(
  {ownerKey}: NodeConfig,
  args: Arguments,
  context: CliContext,
): Promise<Signer | undefined> {
  if (ownerKey === undefined) return undefined;
  return signerOf(await loadIdentity(resolve(ownerKey), args, context));
}

export const command: Command = {
  usage: 'node --data DIR [--owner-key FILE | --owner ADDRESS] [--capacity SIZE] [--rpc URL]',
  help: `Runs a service node until SIGINT or SIGTERM. Logs are JSON lines on stderr.

--data DIR        its ledger, its records, and its key unless --key names another file
--key FILE        the node's identity file; made on first start
--owner-key FILE  the owner account's key: the node registers itself
--owner ADDRESS   the owner account: the node writes a request that 'sessionvm register' signs
--capacity SIZE   storage to offer, as in 10GiB; the least that the chain allows unless said
--stake UNITS     base units to lock with --owner-key; the chain's minimum unless said
--listen ADDR     where others reach it; /ip4/0.0.0.0/tcp/22023 and /ip6/::/tcp/22023 unless said
--announce ADDR   what others are told instead, as in /dns4/node.example.org/tcp/22023
--bootstrap ADDR  a peer to begin with: /ip4/…/tcp/…/p2p/ID
                  these three: several times, or several with commas between them
--metrics WHERE   serves /metrics and /health at host:port, 127.0.0.1:22024 unless said; or off
--identity URL    the identity chain's API: the node looks up DIDs at /did beside /health
--key-chain URL   the key chain's API: when it says that the node's transport key is revoked, so does
                  this chain; the owner's key must be here to pay for it
--key-ref KEY     id or name of that key there; sessionvm/NODEID unless said
--config FILE     the same settings as JSON: rpc, data, key, owner, ownerKey, capacity, stake,
                  listen, announce, bootstrap, metrics, identity, keyChain, keyRef;
                  docs/node-config.schema.json helps editors
--take-over       this key signed elsewhere and never will again: duties from the next epoch on
${PASSPHRASE_HELP}
${RPC_HELP}

example: sessionvm node --data ~/.sessionvm/node --owner-key ~/.sessionvm/owner.key`,
  options: {...SETTING_OPTIONS, ...PASSPHRASE_OPTIONS, 'take-over': {type: 'boolean'}},
  /** Its databases are closed in order. */
  stopMs: 60_000,
  positionals: [0, 0],
  async run(args, context) {
    const config = await nodeConfigOf(args, context);
    const owner = await ownerSigner(config, args, context);
    const {identity, passphrase} = await nodeIdentity(config, args, context);
    const readIdentity = () => readIdentityFile(config.key, passphrase);
    const {startDaemon} = await import('../../daemon/daemon.ts');
    const {createSystemPorts} = await import('../../daemon/system-ports.ts');
    const {collectSeldom} = await import('../../daemon/collector.ts');
    collectSeldom();
    const daemon = startDaemon({config, identity, readIdentity, owner}, createSystemPorts());
    context.signal.addEventListener('abort', () => void daemon.stop().catch(() => undefined));
    if (context.signal.aborted) await daemon.stop();
    await daemon.done;
  },
};
